import { MIB } from '@pafka/base'
import { Registry } from '@prometheus-io/client'
import { expect, test } from 'vitest'

import { MetricsRegistry } from '../src/metrics/metrics-registry.ts'
import { appendMib, passSeconds, startTiers, tierFiles } from './tier-rig.ts'

/** Segments that can be moved while little was appended. */
const SMALL = { configs: { 'segment.bytes': String(4 * MIB) } }
const SLOW_MOVES = { 'storage.migrate.max.bytes.per.second': String(MIB) }

/** Those with a value, by name and labels. */
async function valuesOf(metrics: MetricsRegistry): Promise<Map<string, number>> {
  const lines = (await metrics.text(new Registry())).split('\n')
  const samples = lines.filter((line) => /^[^#]/.test(line)).map((line) => line.split(/ (?=\S+$)/))
  return new Map(samples.map(([name = '', value]) => [name, Number(value)]))
}

test('tiers tell how long they were drained, and how long producers were slowed', async () => {
  const metrics = new MetricsRegistry()
  await using rig = await startTiers(SLOW_MOVES, { metrics })
  await rig.createTopic('t', SMALL)
  await passSeconds(rig, 5)
  await appendMib(rig, 72)
  await passSeconds(rig, 1)
  const now = await valuesOf(metrics)
  expect(now.get('pafka_tiers_state{tier="nvme"}')).toBe(1)
  expect(now.get('pafka_log_dir_state{path="/fast"}')).toBe(1)
  expect(now.get('pafka_log_dir_pressure{path="/slow"}')).toBe(0)
  const pressure = now.get('pafka_log_dir_pressure{path="/fast"}') ?? 0
  expect([pressure > 0.5, pressure < 1]).toEqual([true, true])
  expect(now.get('pafka_tiers_pressure{tier="nvme"}')).toBe(pressure)
  await passSeconds(rig, 60)
  const after = await valuesOf(metrics)
  const seconds = (labels: string): number => after.get(`pafka_${labels}`) ?? -1
  const nvme = (state: string): number =>
    seconds(`tiers_seconds_total{tier="nvme",state="${state}"}`)
  expect(nvme('rest')).toBeGreaterThanOrEqual(5)
  expect(nvme('draining')).toBeGreaterThanOrEqual(10)
  expect(nvme('rest') + nvme('draining') + nvme('waiting')).toBe(66)
  const fast = (state: string): number =>
    seconds(`log_dir_seconds_total{path="/fast",state="${state}"}`)
  expect(fast('slowing')).toBeGreaterThanOrEqual(1)
  expect(fast('taking') + fast('slowing')).toBe(66)
  expect(seconds('log_dir_seconds_total{path="/slow",state="taking"}')).toBe(66)
  expect(after.get('pafka_log_dir_state{path="/fast"}')).toBe(0)
})

test('a tier that takes no more, and one that is lost, say for how long', async () => {
  const metrics = new MetricsRegistry()
  const files = tierFiles()
  const small = { 'storage.tiers.second.sizes': String(8 * MIB) }
  await using rig = await startTiers(small, { files, metrics })
  await rig.createTopic('t', SMALL)
  for (let second = 0; second < 20; second++) {
    while (rig.broker.storagePressure.pressure < 1) {
      if (
        !(await appendMib(rig, 1).then(
          () => true,
          () => false,
        ))
      )
        break // refused
    }
    await passSeconds(rig, 1)
  }
  const full = await valuesOf(metrics)
  expect(full.get('pafka_tiers_state{tier="nvme"}')).toBe(3)
  expect(full.get('pafka_log_dir_state{path="/fast"}')).toBe(3)
  expect(full.get('pafka_tiers_seconds_total{tier="nvme",state="full"}')).toBeGreaterThan(5)
  await files.remove('/slow/meta.properties')
  await passSeconds(rig, 4)
  const lost = await valuesOf(metrics)
  expect(lost.get('pafka_tiers_state{tier="hdd"}')).toBe(5)
  expect(lost.get('pafka_log_dir_state{path="/slow"}')).toBe(4)
  const times = [
    'pafka_log_dir_seconds_total{path="/slow",state="offline"}',
    'pafka_tiers_seconds_total{tier="hdd",state="offline"}',
  ].map((name) => lost.get(name) ?? 0)
  expect(times.every((time) => time >= 2 && time <= 4)).toBe(true)
})

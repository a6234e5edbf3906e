import { MIB } from '@pafka/base'
import { expect, test } from 'vitest'

import type { HandlerRig } from './handler-rig.ts'
import { appendMib, passSeconds, startTiers, usedMib } from './tier-rig.ts'

/** Segments that can be moved while little was appended. */
const SMALL = { configs: { 'segment.bytes': String(4 * MIB) } }
/** The least that it may be limited to. */
const SLOW_MOVES = { 'storage.migrate.max.bytes.per.second': String(MIB) }

test('producers are slowed by how full the fast tier is, long before its disk is', async () => {
  await using rig = await startTiers(SLOW_MOVES)
  await rig.createTopic('t', SMALL)
  await appendMib(rig, 10)
  await passSeconds(rig, 1)
  expect(rig.broker.storagePressure.pressure).toBe(0)
  await appendMib(rig, 60)
  await passSeconds(rig, 1)
  const { storagePressure, logs } = rig.broker
  expect(logs.pressure).toBe(0) // the disk is not why
  expect(storagePressure.pressure).toBeGreaterThan(0.5)
  expect(storagePressure.pressure).toBeLessThan(1)
  await passSeconds(rig, 30)
  expect(storagePressure.pressure).toBe(0)
})

test('no more is moved in a second than it is limited to', async () => {
  await using limited = await startTiers(SLOW_MOVES)
  await limited.createTopic('t', SMALL)
  await appendMib(limited, 60)
  await passSeconds(limited, 10)
  const [, slow = 0] = usedMib(limited)
  expect([slow >= 4, slow <= 12]).toEqual([true, true])
  expect(limited.broker.logs.pressure).toBe(0)
})

/** Seconds with a commit each that takes so long. */
async function commit(rig: HandlerRig, seconds: number, latencyMs: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    rig.broker.logs.journalFigures?.wrote(MIB, MIB, latencyMs)
    await passSeconds(rig, 1)
  }
}

/** MiB that were moved in five seconds, once commits take so long. */
async function movedWith(latencyMs: number): Promise<number> {
  await using rig = await startTiers({
    'storage.migrate.max.bytes.per.second': String(4 * MIB),
  })
  await rig.createTopic('t', SMALL)
  await commit(rig, 5, 1)
  await appendMib(rig, 60)
  await commit(rig, 8, latencyMs)
  return usedMib(rig)[1] ?? 0
}

test('what is moved yields to producers whose commits take longer', async () => {
  const [calm, slow] = [await movedWith(1), await movedWith(500)]
  expect([calm > 20, slow >= 4, slow < calm / 1.5]).toEqual([true, true, true])
})

/** A rate that fills the fast tier in a third of a second. */
const MS_PER_MIB = 4

/** Appends as producers do: not while they are held. @returns MiB that went in */
async function appendUntilHeld(rig: HandlerRig, mostMib: number): Promise<number> {
  for (let mib = 0; mib < mostMib; mib++) {
    if (rig.broker.storagePressure.pressure >= 1) return mib
    await appendMib(rig, 1)
    rig.clock.advance(MS_PER_MIB)
  }
  return mostMib
}

const WITH_RING = { 'log.journal.dir': '/fast/journal' }

test('a burst between two looks is held before the path is full', async () => {
  await using rig = await startTiers({ ...WITH_RING, ...SLOW_MOVES })
  await rig.createTopic('t', SMALL)
  const held = await appendUntilHeld(rig, 100)
  const [used = 0] = usedMib(rig)
  expect([held > 50, used >= 75, used <= 78]).toEqual([true, true, true])
  expect(rig.broker.logs.pressure).toBeLessThan(1) // by the tier, before its disk is looked at
})

test('bursts that come again and again are refused nothing while the tier is drained', async () => {
  await using rig = await startTiers(WITH_RING)
  await rig.createTopic('t', SMALL)
  let mib = 0
  for (let round = 0; round < 3; round++) {
    mib += await appendUntilHeld(rig, 60)
    await passSeconds(rig, 2)
  }
  expect(mib).toBeGreaterThan(100)
})

test('what is moved fills no path so far that its disk slows producers', async () => {
  await using rig = await startTiers({ 'storage.tiers.second.sizes': String(40 * MIB) })
  await rig.createTopic('t', { configs: { 'segment.bytes': String(MIB) } })
  await appendMib(rig, 60)
  await passSeconds(rig, 10)
  await appendMib(rig, 35)
  await passSeconds(rig, 10)
  expect(usedMib(rig)[1]).toBeGreaterThanOrEqual(36)
  expect(rig.broker.logs.pressure).toBe(0)
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  ApiVersions,
  encodeRecordBatch,
  GetTelemetrySubscriptions,
  PushTelemetry,
  ZERO_UUID,
} from '@pafka/protocol'
import { expect, test, vi } from 'vitest'

import { Broker } from '../src/index.ts'
import { WireClient } from '../src/try/wire-client.ts'
import { writtenMetrics } from './otlp-writer.ts'
import { setQuotas } from './quota-requests.ts'
import { createTopic, fetchOnce, produceBytes, rawSocket } from './wire.ts'

const METRICS = { 'metrics.listener': '127.0.0.1:0' }

async function scrape(broker: Broker): Promise<Map<string, number>> {
  const response = await fetch(`http://${broker.metricsAddress}/metrics`)
  expect(response.status).toBe(200)
  const lines = (await response.text()).split('\n').filter((line) => /^[^#]/.test(line))
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

test('a broker tells what it did', async () => {
  await using broker = await Broker.start({ config: METRICS })
  const before = await scrape(broker)
  expect(before.get('pafka_connections')).toBe(0)
  expect(before.get('pafka_request_seconds_count{api="Produce"}')).toBe(0)
  const value = Buffer.alloc(10_000, 'x')
  const records = encodeRecordBatch({
    records: [{ timestamp: 0, key: null, value, headers: [] }],
  })
  {
    using client = await WireClient.connect(broker.bootstrap)
    await createTopic(client, 't')
    for (let count = 0; count < 3; count += 1) await produceBytes(client, 't', records)
    await fetchOnce(client, 't')
    expect((await scrape(broker)).get('pafka_connections')).toBe(1)
  }
  await vi.waitFor(async () => expect((await scrape(broker)).get('pafka_connections')).toBe(0))
  const after = await scrape(broker)
  expect(after.get('pafka_connections_total')).toBe(1)
  expect(after.get('pafka_request_seconds_count{api="Produce"}')).toBe(3)
  expect(after.get('pafka_request_seconds_count{api="Fetch"}')).toBe(1)
  expect(after.get('pafka_request_seconds_bucket{api="Produce",le="+Inf"}')).toBe(3)
  expect(after.get('pafka_request_seconds_sum{api="Produce"}')).toBeGreaterThan(0)
  expect(after.get('pafka_received_bytes_total')).toBeGreaterThan(3 * value.length)
  expect(after.get('pafka_sent_bytes_total')).toBeGreaterThan(3 * value.length)
  expect(after.get('pafka_request_memory_bytes')).toBe(0)
  for (const name of ['process_cpu_seconds_total', 'process_start_time_seconds']) {
    expect(after.get(name)).toBeGreaterThan(0)
  }
  for (const quantile of ['0.5', '0.99', '0.999', '1']) {
    const seconds = after.get(`pafka_event_loop_delay_seconds{quantile="${quantile}"}`)
    expect(seconds).toBeGreaterThanOrEqual(0)
  }
})

test('what came of half a request is memory of requests', async () => {
  await using broker = await Broker.start({ config: METRICS })
  const socket = rawSocket(broker.port)
  const sizeField = Buffer.alloc(4)
  sizeField.writeInt32BE(50_000_000)
  socket.write(Buffer.concat([sizeField, Buffer.alloc(300_000)]))
  await vi.waitFor(async () => {
    expect((await scrape(broker)).get('pafka_request_memory_bytes')).toBe(300_000)
  })
  expect((await scrape(broker)).get('pafka_waiting_requests')).toBe(0)
  socket.destroy()
  await vi.waitFor(async () => {
    expect((await scrape(broker)).get('pafka_request_memory_bytes')).toBe(0)
  })
})

test('the journal shows what it wrote', async () => {
  await using broker = await Broker.start({ config: METRICS, data: 'temporary', topics: ['t'] })
  using client = await WireClient.connect(broker.bootstrap)
  const value = Buffer.alloc(10_000, 'x')
  const records = encodeRecordBatch({
    records: [{ timestamp: 0, key: null, value, headers: [] }],
  })
  for (let count = 0; count < 3; count += 1) await produceBytes(client, 't', records)
  const found = await scrape(broker)
  const appended = found.get('pafka_journal_appended_bytes_total') ?? 0
  expect(appended).toBe(3 * records.length)
  expect(found.get('pafka_journal_round_write_seconds_count')).toBe(3)
  expect(found.get('pafka_journal_round_write_seconds_sum')).toBeGreaterThan(0)
  expect(found.get('pafka_journal_round_bytes_bucket{le="8192"}')).toBe(0)
  expect(found.get('pafka_journal_round_bytes_bucket{le="16384"}')).toBe(3)
  expect(found.get('pafka_journal_round_bytes_sum')).toBeGreaterThan(appended)
  expect(found.get('pafka_journal_queued_bytes')).toBe(0)
  expect(found.get('pafka_journal_limit_bytes')).toBe(broker.config.logJournalMaxBytes)
  expect(found.get('pafka_log_cleaner_passes_total')).toBe(0)
})

test('docs/metrics.md has every metric of ours', async () => {
  await using broker = await Broker.start({ config: METRICS })
  const text = await (await fetch(`http://${broker.metricsAddress}/metrics`)).text()
  const names = [...text.matchAll(/^# TYPE (pafka_\w+) (\w+)$/gm)]
  const document = await readFile(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8')
  const rows = [...document.matchAll(/^\| `(pafka_\w+)[^`]*` +\| (\w+)/gm)]
  const said = (found: readonly RegExpMatchArray[]): string[] =>
    found.map(([, name, type]) => `${name} ${type}`).toSorted()
  expect(said(rows)).toEqual(said(names))
})

test('what a client pushes of its own metrics is shown beside those of the broker', async () => {
  await using broker = await Broker.start({ config: METRICS })
  await broker.services.clientMetrics.change('s', async () => new Map([['metrics', '*']]))
  using client = await WireClient.connect(broker.bootstrap, 'orders')
  await client.send(ApiVersions, 4, { clientSoftwareName: 'soft', clientSoftwareVersion: '1.2' })
  const asked = { clientInstanceId: ZERO_UUID }
  const offer = await client.send(GetTelemetrySubscriptions, 0, asked)
  const { clientInstanceId, subscriptionId } = offer
  const metrics = writtenMetrics([{ name: 'org.apache.kafka.a', points: [{ value: 3 }] }])
  const push = { clientInstanceId, subscriptionId, terminating: false, compressionType: 0, metrics }
  expect(await client.send(PushTelemetry, 0, push)).toMatchObject({ errorCode: 0 })
  const found = await scrape(broker)
  const labels = `client_instance_id="${clientInstanceId}",client_id="orders"`
  expect(found.get(`org_apache_kafka_a{${labels}}`)).toBe(3)
  const info = [...found.keys()].find((line) => line.startsWith('pafka_client_info'))
  expect(info).toMatch(/client_software_name="soft",client_software_version="1.2"/)
  expect(found.get('pafka_telemetry_series')).toBe(2)
  expect(found.get('pafka_telemetry_pushes_total{outcome="accepted"}')).toBe(1)
})

test('what a client calls its software is not kept when it is long', async () => {
  await using broker = await Broker.start({ config: METRICS })
  using client = await WireClient.connect(broker.bootstrap)
  const software = { clientSoftwareName: 'x'.repeat(201), clientSoftwareVersion: '1' }
  expect(await client.send(ApiVersions, 4, software)).toMatchObject({ errorCode: 0 })
  const asked = { clientInstanceId: ZERO_UUID }
  const offer = await client.send(GetTelemetrySubscriptions, 0, asked)
  const metrics = writtenMetrics([{ name: 'a', points: [{ value: 1 }] }])
  await client.send(PushTelemetry, 0, { ...offer, terminating: true, compressionType: 0, metrics })
  const text = broker.services.telemetry.text()
  expect(text).toMatch(/client_software_name="",client_software_version=""/)
})

test.each([
  ['clients are not asked for metrics that nobody could see', {}, []],
  ['where they are served, they are', METRICS, [71, 72]],
])('%s', async (_, config, telemetryApis) => {
  await using broker = await Broker.start({ config })
  using client = await WireClient.connect(broker.bootstrap)
  const software = { clientSoftwareName: 'a', clientSoftwareVersion: '1' }
  const { apiKeys } = await client.send(ApiVersions, 3, software)
  const keys = apiKeys.map(({ apiKey }) => apiKey)
  expect(keys.filter((key) => key === 71 || key === 72)).toEqual(telemetryApis)
})

test('storage that is behind shows', async () => {
  await using broker = await Broker.start({ config: METRICS, topics: ['t'] })
  const pressure = vi.spyOn(broker.services.storagePressure, 'pressure', 'get').mockReturnValue(1.5)
  using client = await WireClient.connect(broker.bootstrap)
  const records = encodeRecordBatch({
    records: [{ timestamp: 0, key: null, value: null, headers: [] }],
  })
  const late = produceBytes(client, 't', records)
  await vi.waitFor(async () => expect((await scrape(broker)).get('pafka_held_producers')).toBe(1))
  const behind = await scrape(broker)
  expect(behind.get('pafka_storage_pressure')).toBe(1.5)
  expect(behind.get('pafka_producer_holds_total')).toBe(1)
  pressure.mockReturnValue(0)
  await late
  expect((await scrape(broker)).get('pafka_held_producers')).toBe(0)
})

test('clients that are told to wait show, by the kind of their quota', async () => {
  await using broker = await Broker.start({ config: METRICS, topics: ['t'] })
  using client = await WireClient.connect(broker.bootstrap)
  const throttles = 'pafka_quota_throttles_total{quota="produce"}'
  const seconds = 'pafka_quota_throttle_seconds_total{quota="produce"}'
  const clients = 'pafka_quota_clients{quota="produce"}'
  const before = await scrape(broker)
  expect([throttles, seconds, clients].map((name) => before.get(name))).toEqual([0, 0, 0])
  expect(before.get('pafka_quota_entities')).toBe(0)
  await setQuotas(client, { 'client-id': null }, { producer_byte_rate: 1000 })
  const value = Buffer.alloc(30_000, 'x')
  const records = encodeRecordBatch({
    records: [{ timestamp: 0, key: null, value, headers: [] }],
  })
  await produceBytes(client, 't', records)
  const after = await scrape(broker)
  expect([throttles, clients].map((name) => after.get(name))).toEqual([1, 1])
  expect(after.get(seconds)).toBeGreaterThan(15)
  expect(after.get('pafka_quota_entities')).toBe(1)
  for (const quota of ['fetch', 'request', 'controllerMutation', 'connection']) {
    expect(after.get(`pafka_quota_throttles_total{quota="${quota}"}`)).toBe(0)
  }
})

test('brokers of one process count apart, and each closes its own', async () => {
  await using first = await Broker.start({ config: METRICS })
  const second = await Broker.start({ config: METRICS })
  const address = second.metricsAddress
  using client = await WireClient.connect(first.bootstrap)
  await createTopic(client, 't')
  expect((await scrape(first)).get('pafka_connections')).toBe(1)
  expect((await scrape(second)).get('pafka_connections')).toBe(0)
  await second.stop()
  await expect(fetch(`http://${address}/metrics`)).rejects.toThrow('fetch failed')
  expect((await scrape(first)).get('pafka_connections')).toBe(1)
})

test('nothing is served unless it is asked for', async () => {
  await using broker = await Broker.start()
  expect(broker.metricsAddress).toBeUndefined()
})

test('a port for metrics that is taken stops the start, and leaves nothing open', async () => {
  await using first = await Broker.start({ config: METRICS })
  const config = { 'metrics.listener': first.metricsAddress ?? '' }
  await expect(Broker.start({ config })).rejects.toThrow('the port is in use')
})

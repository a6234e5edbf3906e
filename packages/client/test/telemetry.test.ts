import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { Broker } from '@pafka/broker'
import { ApiVersions, Compression, ErrorCode, ZERO_UUID } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test, vi } from 'vitest'

import { type ConnectionEvent, Kafka, type KafkaOptions } from '../src/index.ts'
import type { DecodedMetric } from './decode-otlp.ts'
import { ALL, INSTANCE_ID, passes, TelemetryBroker } from './telemetry-broker.ts'

const PREFIX = 'org.apache.kafka.'
/** No step of time is one that anything waits for, but what is tested. */
const NEVER_LATE = { requestTimeoutMs: 2 ** 31 - 1, connectTimeoutMs: 2 ** 31 - 1 }
const CONFIG = {
  'metrics.listener': '127.0.0.1:0',
  'group.initial.rebalance.delay.ms': 0,
}

function clientOf({ bootstrap }: TelemetryBroker, options: Partial<KafkaOptions> = {}) {
  const clock = new ManualClock()
  return { clock, kafka: new Kafka({ brokers: bootstrap, clock, ...NEVER_LATE, ...options }) }
}

function value(metrics: readonly DecodedMetric[], name: string): number | undefined {
  const metric = metrics.find((one) => one.name === `${PREFIX}${name}`)
  return (metric?.sum ?? metric?.gauge)?.data_points[0]?.as_double
}

/** Ends when some connection is lost. */
async function lostConnection(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const listen = (event: unknown): void => {
    if ((event as ConnectionEvent).event === 'lost') resolve()
  }
  subscribe('pafka:connection', listen)
  await promise
  unsubscribe('pafka:connection', listen)
}

test('asks when it is connected, pushes at the interval, and says a last word', async () => {
  await using broker = await TelemetryBroker.start()
  const { clock, kafka } = clientOf(broker)
  kafka.producer()
  expect(await kafka.clientInstanceId()).toBe(INSTANCE_ID)
  expect(await broker.heard(clock)).toEqual({ asked: ZERO_UUID })
  const first = await broker.pushed(clock)
  expect(first.pushed).toMatchObject({
    ...{ clientInstanceId: INSTANCE_ID, subscriptionId: 1, terminating: false },
    compressionType: Compression.zstd,
  })
  expect(value(first.metrics, 'producer.connection.creation.total')).toBe(1)
  expect(value(first.metrics, 'producer.record.send.total')).toBe(0)
  await broker.pushed(clock)
  await kafka.close()
  const last = await broker.pushed(clock)
  expect(last.pushed).toMatchObject({ terminating: true, clientInstanceId: INSTANCE_ID })
  expect(broker.isSilent).toBe(true)
})

test('deltas are of what a broker took, and nothing of it is lost with a push', async () => {
  await using broker = await TelemetryBroker.start()
  broker.offer = { ...ALL, deltaTemporality: true, acceptedCompressionTypes: [] }
  const { clock, kafka } = clientOf(broker)
  await using _kafka = kafka
  kafka.producer()
  await kafka.clientInstanceId()
  await broker.heard(clock)
  const total = 'producer.connection.creation.total'
  broker.answer = ErrorCode.THROTTLING_QUOTA_EXCEEDED
  const refused = await broker.pushed(clock)
  expect(value(refused.metrics, total)).toBe(1)
  broker.answer = ErrorCode.NONE
  expect(await broker.heard(clock)).toEqual({ asked: INSTANCE_ID })
  const taken = await broker.pushed(clock)
  expect(value(taken.metrics, total)).toBe(1)
  expect(taken.metrics[0]?.sum?.aggregation_temporality).toBe('DELTA')
  const next = await broker.pushed(clock)
  expect(value(next.metrics, total)).toBe(0)
  expect(next.pushed.compressionType).toBe(Compression.none)
})

test('only what is wanted is pushed', async () => {
  await using broker = await TelemetryBroker.start()
  const wanted = [`${PREFIX}producer.record.`, `${PREFIX}consumer.`]
  broker.offer = { ...ALL, requestedMetrics: wanted }
  const { clock, kafka } = clientOf(broker)
  await using _kafka = kafka
  kafka.producer()
  await kafka.clientInstanceId()
  await broker.heard(clock)
  const { metrics } = await broker.pushed(clock)
  const names = metrics.map(({ name }) => name.slice(PREFIX.length))
  expect(names).toEqual(['producer.record.send.total', 'producer.record.error.total'])
})

test('where nothing is wanted it only asks, and says no last word', async () => {
  await using broker = await TelemetryBroker.start()
  broker.offer = { ...ALL, requestedMetrics: [] }
  const { clock, kafka } = clientOf(broker)
  await kafka.clientInstanceId()
  expect(await broker.heard(clock)).toEqual({ asked: ZERO_UUID })
  expect(await broker.heard(clock)).toEqual({ asked: INSTANCE_ID })
  await kafka.close()
  expect(broker.isSilent).toBe(true)
})

test.each([ErrorCode.UNKNOWN_SUBSCRIPTION_ID, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE])(
  'a push that is answered with %d is followed by a question, at once',
  async (errorCode) => {
    await using broker = await TelemetryBroker.start()
    const { clock, kafka } = clientOf(broker)
    await using _kafka = kafka
    kafka.producer()
    await kafka.clientInstanceId()
    await broker.heard(clock)
    broker.answer = errorCode
    await broker.pushed(clock)
    broker.answer = ErrorCode.NONE
    broker.offer = { ...ALL, subscriptionId: 2 }
    // without a wait, time would not have to go on; it may, while the answer is under way
    expect(await broker.heard(clock)).toEqual({ asked: INSTANCE_ID })
    const { pushed } = await broker.pushed(clock)
    const isPlain = errorCode === ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    expect(pushed).toMatchObject({
      subscriptionId: 2,
      compressionType: isPlain ? Compression.none : Compression.zstd,
    })
  },
)

test('after a refusal that is for good nothing is said any more', async () => {
  await using broker = await TelemetryBroker.start()
  const { clock, kafka } = clientOf(broker)
  await kafka.clientInstanceId()
  await broker.heard(clock)
  broker.answer = ErrorCode.INVALID_RECORD
  await broker.pushed(clock)
  const untilMs = clock.nowMs() + 10_000
  await passes(clock, () => clock.nowMs() >= untilMs)
  await kafka.close()
  expect(broker.isSilent).toBe(true)
})

test('a broker that says nothing more delays the end for a second at most', async () => {
  await using broker = await TelemetryBroker.start()
  const { clock, kafka } = clientOf(broker)
  await kafka.clientInstanceId()
  await broker.heard(clock)
  broker.answer = undefined
  let isClosed = false
  const closing = kafka.close().then(() => (isClosed = true))
  expect(await passes(clock, () => isClosed)).toBeLessThanOrEqual(1000)
  await closing
  expect((await broker.pushed(clock)).pushed.terminating).toBe(true)
})

test('a broker that is gone delays it not at all', async () => {
  const broker = await TelemetryBroker.start()
  const { clock, kafka } = clientOf(broker)
  await kafka.clientInstanceId()
  await broker.heard(clock)
  await broker[Symbol.asyncDispose]()
  const beganMs = clock.nowMs()
  await kafka.close()
  expect(clock.nowMs()).toBe(beganMs)
})

test('it goes on with whatever connection there is', async () => {
  await using broker = await TelemetryBroker.start()
  const { clock, kafka } = clientOf(broker)
  await using _kafka = kafka
  kafka.producer()
  await kafka.clientInstanceId()
  await broker.heard(clock)
  const lost = lostConnection()
  broker.cut()
  await lost
  const { pushed, metrics } = await broker.pushed(clock)
  expect(pushed).toMatchObject({ clientInstanceId: INSTANCE_ID, subscriptionId: 1 })
  expect(value(metrics, 'producer.connection.creation.total')).toBeGreaterThan(1)
})

test('brokers without it, and clients that do not want to, are left alone', async () => {
  await using broker = await TelemetryBroker.start()
  const off = clientOf(broker, { pushMetrics: false })
  await using _off = off.kafka
  expect(await off.kafka.clientInstanceId()).toBeUndefined()
  broker.apis = [ApiVersions]
  const on = clientOf(broker)
  await using _on = on.kafka
  expect(await on.kafka.clientInstanceId()).toBeUndefined()
  const untilMs = on.clock.nowMs() + 1_000_000
  on.clock.advance(1_000_000)
  await passes(on.clock, () => on.clock.nowMs() >= untilMs)
  expect(broker.isSilent).toBe(true)
})

test('whoever waits for the id may give up', async () => {
  const kafka = new Kafka({ brokers: '127.0.0.1:1', timeoutMs: 100 })
  await expect(kafka.clientInstanceId()).rejects.toThrow('127.0.0.1:1')
  const signal = AbortSignal.abort(new Error('no time'))
  await expect(kafka.clientInstanceId({ signal })).rejects.toThrow('no time')
  await kafka.close()
})

test('a broker shows what clients measured', async () => {
  await using broker = await Broker.start({
    config: CONFIG,
    topics: [{ name: 't', partitions: 1 }],
  })
  await using admin = new Kafka({ brokers: broker.bootstrap, pushMetrics: false })
  await admin
    .admin()
    .configs.alter({ clientMetrics: 'all' }, { metrics: '*', 'interval.ms': '100' })
  const kafka = new Kafka({ brokers: broker.bootstrap, clientId: 'shop', rack: 'r1' })
  const producer = kafka.producer()
  await producer.send('t', { value: 'a' })
  const consumer = kafka.consumer('g', 't')
  const { value: record } = await consumer.next()
  record?.ack()
  const id = await kafka.clientInstanceId()
  const labels = `client_instance_id="${id}",client_id="shop"`
  const text = (): string => broker.services.telemetry.text()
  await vi.waitFor(() => {
    expect(text()).toContain(`org_apache_kafka_producer_record_send_total{${labels}} 1\n`)
    expect(text()).toContain(
      `org_apache_kafka_consumer_fetch_manager_records_consumed_total{${labels}} 1\n`,
    )
    expect(text()).toContain(
      `org_apache_kafka_consumer_fetch_manager_records_lag{${labels},` +
        `topic="t",partition="0",group_id="g"} 0\n`,
    )
  })
  for (const name of [
    ...['producer_record_queue_time', 'producer_produce_throttle_time'],
    ...['consumer_fetch_manager_fetch_latency'],
  ]) {
    expect(text()).toMatch(new RegExp(`^org_apache_kafka_${name}_avg\\{.* [0-9.]+$`, 'm'))
    expect(text()).toMatch(new RegExp(`^org_apache_kafka_${name}_max\\{.* [0-9.]+$`, 'm'))
  }
  for (const role of ['producer', 'consumer']) {
    const latency = `org_apache_kafka_${role}_node_request_latency_avg{${labels},node_id="`
    expect(text()).toContain(latency)
  }
  expect(text()).toMatch(/pafka_client_info\{.*client_rack="r1"/)
  await producer.send('t', { value: 'b' })
  await kafka.close()
  expect(text()).toContain(`org_apache_kafka_producer_record_send_total{${labels}} 2\n`)
  expect(text()).toContain(`org_apache_kafka_consumer_coordinator_commit_total{${labels}} 1\n`)
})

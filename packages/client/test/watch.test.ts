import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'

import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import {
  type ConnectionEvent,
  type ConsumeTrace,
  type GroupEvent,
  Kafka,
  type ProduceTrace,
  type RequestTrace,
} from '../src/index.ts'

/** What is told on a channel until the end of a test. */
function heard(name: string, hear: (event: unknown) => void): Disposable {
  const listen = (event: unknown): void => hear(event)
  subscribe(name, listen)
  return { [Symbol.dispose]: () => unsubscribe(name, listen) }
}

/** What is traced on a channel, by the part of it. */
function traced<T extends object>(
  name: string,
): Disposable & { readonly started: T[]; readonly ended: T[]; readonly failed: T[] } {
  const [started, ended, failed]: T[][] = [[], [], []]
  const handlers = {
    start: (trace: T) => void started?.push(trace),
    asyncEnd: (trace: T) => void ended?.push(trace),
    error: (trace: T) => void failed?.push(trace),
  }
  const channel = tracingChannel<object, T>(name)
  channel.subscribe(handlers as never)
  return {
    ...{ started: started ?? [], ended: ended ?? [], failed: failed ?? [] },
    [Symbol.dispose]: () => channel.unsubscribe(handlers as never),
  }
}

test('channels tell of batches, requests, records, connections and groups', async () => {
  const connections: ConnectionEvent[] = []
  using _connections = heard('pafka:connection', (event) => {
    connections.push(event as ConnectionEvent)
  })
  const groups: GroupEvent[] = []
  using _groups = heard('pafka:group', (event) => {
    groups.push(event as GroupEvent)
  })
  using requests = traced<RequestTrace>('pafka:request')
  using produced = traced<ProduceTrace & { result?: unknown }>('pafka:produce')
  using consumed = traced<ConsumeTrace>('pafka:consume')
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka(broker.bootstrap)
  await using producer = kafka.producer()
  await Promise.all(['a', 'b', 'c'].map((value) => producer.send('t', { value })))
  await using consumer = kafka.consumer('g', 't')
  const seen: number[] = []
  await consumer.run(({ offset }) => {
    seen.push(offset)
    if (offset === 2) void consumer.close()
  })
  expect(seen).toEqual([0, 1, 2])
  const place = { topic: 't', partition: 0 }
  expect(produced.ended).toHaveLength(1)
  expect(produced.ended[0]).toMatchObject({ ...place, recordsCount: 3, result: { baseOffset: 0 } })
  expect(consumed.ended.map(({ offset }) => offset)).toEqual([0, 1, 2])
  expect(requests.started.map(({ api }) => api)).toEqual(
    expect.arrayContaining(['Metadata', 'Produce', 'Fetch', 'JoinGroup']),
  )
  expect(connections.every(({ event }) => event === 'opened')).toBe(true)
  expect(connections[0]?.broker).toBe(broker.bootstrap)
  expect(groups.map(({ event }) => event)).toEqual(['joined', 'assigned'])
  expect(groups[1]).toMatchObject({ groupId: 'g', partitions: [place] })
})

test('a handler that throws, and a broker that goes, are told of', async () => {
  const connections: ConnectionEvent[] = []
  using _connections = heard('pafka:connection', (event) => {
    connections.push(event as ConnectionEvent)
  })
  using consumed = traced<ConsumeTrace & { error?: Error }>('pafka:consume')
  const broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka({ brokers: broker.bootstrap, timeoutMs: 300 })
  const producer = kafka.producer({ deliveryTimeoutMs: 300 })
  await producer.send('t', { value: 'a' })
  const refused = kafka.consumer('g', 't').run(() => {
    throw new Error('not that one')
  })
  await expect(refused).rejects.toThrow('not that one')
  expect(consumed.failed.map(({ error }) => error?.message)).toEqual(['not that one'])
  await broker[Symbol.asyncDispose]()
  await expect(producer.send('t', { value: 'b' })).rejects.toThrow('acknowledged')
  const events = new Set(connections.map(({ event }) => event))
  expect(events).toEqual(new Set(['opened', 'lost', 'refused']))
  expect(kafka.metrics().producer).toMatchObject({ records: 1, failedRecords: 1 })
  producer.abort()
})

test('metrics count what was done', async () => {
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 2 }] })
  await using kafka = new Kafka(broker.bootstrap)
  await using producer = kafka.producer()
  for (const partition of [0, 0, 0, 1]) {
    // oxlint-disable-next-line no-await-in-loop -- a batch for each
    await producer.send('t', { value: 'value', partition })
  }
  const waiting = producer.send('t', { value: 'value', partition: 1 })
  expect(kafka.metrics().producer.bufferedBytes).toBeGreaterThan(0)
  await waiting
  const { producer: wrote, brokers } = kafka.metrics()
  expect(wrote).toMatchObject({ records: 5, batches: 5, failedRecords: 0, bufferedBytes: 0 })
  expect(wrote.bytes).toBeGreaterThan(5 * 61)
  const { requests, errors, sentBytes, receivedBytes } = brokers[broker.bootstrap] ?? {}
  expect(requests).toBeGreaterThan(6)
  expect(errors).toBe(0)
  expect(sentBytes).toBeGreaterThan(wrote.bytes)
  expect(receivedBytes).toBeGreaterThan(0)
  const consumer = kafka.consumer('g', 't')
  await consumer.next()
  const before = kafka.metrics().consumer
  expect(before.lag.map(({ groupId }) => groupId)).toEqual(['g', 'g'])
  for (let taken = 1; taken < 5; taken++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await consumer.next()
  }
  const { consumer: read } = kafka.metrics()
  expect(read).toMatchObject({ records: 5, batches: 5, rebalances: 1 })
  expect(read.bytes).toBe(wrote.bytes)
  expect(read.lag.map(({ records }) => records)).toEqual([0, 0])
  await consumer.commit()
  expect(kafka.metrics().consumer.commits).toBe(1)
  await consumer.close()
  expect(kafka.metrics().consumer.lag).toEqual([])
})

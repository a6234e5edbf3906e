import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setImmediate as othersTurn } from 'node:timers/promises'

import { AdvanceableClock } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka, type KafkaOptions } from '../src/index.ts'
import { committedValues } from './committed-values.ts'
import { refusal } from './refusal.ts'
import { beginEarliest } from './share-stage.ts'
import { OTHER_KAFKA, startBroker } from './stage-broker.ts'

const NEVER = new Promise<never>(() => {})
/** Longer than what is asked for takes, and less than anything that waits by default. */
const SOON = { timeout: 8000 }

async function start(options: Partial<KafkaOptions> = {}) {
  const broker = await startBroker({
    topics: ['t', 'to'].map((name) => ({ name, partitions: 1 })),
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const kafka = new Kafka({ brokers: broker.bootstrap, ...options })
  await kafka.producer().sendAll('t', [{ value: 'a' }, { value: 'b' }])
  return {
    ...{ broker, kafka },
    async [Symbol.asyncDispose]() {
      await kafka.close({ timeoutMs: 0 })
      await broker[Symbol.asyncDispose]()
    },
  }
}

test(
  'a pipe whose transform hangs ends when its time is up, with nothing of it',
  SOON,
  async () => {
    await using stage = await start()
    const begun = Promise.withResolvers<void>()
    const piping = stage.kafka.pipe({ group: 'g', from: 't', to: 'to' }, async (_record, emit) => {
      emit({ value: 'half of it' })
      begun.resolve()
      await NEVER
    })
    const told = refusal(piping)
    await begun.promise
    await stage.kafka.close({ timeoutMs: 100 })
    expect(await told).toMatchObject({ code: 'CLOSED' })
    await using reading = new Kafka(stage.broker.bootstrap)
    expect(await committedValues(reading, 'to')).toEqual([])
  },
)

test(
  'a handler that hangs keeps a consumer for its time: what was processed is committed',
  SOON,
  async () => {
    await using stage = await start()
    const { kafka } = stage
    const hangs = Promise.withResolvers<void>()
    const consumer = kafka.consumer('g', 't')
    void consumer.run(async ({ offset }) => {
      if (offset === 0) return
      hangs.resolve()
      await NEVER
    })
    await hangs.promise
    await consumer.close({ timeoutMs: 100 })
    const next = kafka.consumer('g', 't')
    const { value: record } = await next.next()
    expect(record?.offset).toBe(1)
  },
)

test('a share handler that hangs keeps its consumer for its time', SOON, async () => {
  await using stage = await start()
  const { kafka, broker } = stage
  const hangs = Promise.withResolvers<void>()
  await beginEarliest(broker.bootstrap, 'workers')
  const consumer = kafka.shareConsumer('workers', 't')
  void consumer.run(async () => {
    hangs.resolve()
    await NEVER
  })
  await hangs.promise
  await consumer.close({ timeoutMs: 100 })
  expect(await consumer.next()).toEqual({ done: true, value: undefined })
})

test('without a broker closing takes its time, and no more', SOON, async ({ skip }) => {
  skip(OTHER_KAFKA !== undefined, 'another Kafka cannot be ended')
  const stage = await start()
  const { kafka, broker } = stage
  const consumer = kafka.consumer('g', 't')
  await consumer.next()
  await consumer.next()
  const producer = kafka.producer()
  await producer.send('t', { value: 'c' })
  await broker[Symbol.asyncDispose]()
  const lost = refusal(producer.send('t', { value: 'd' }))
  await kafka.close({ timeoutMs: 200 })
  expect(await lost).toMatchObject({ code: 'CLOSED' })
})

test('a commit is waited for as long as its signal says', SOON, async () => {
  await using stage = await start()
  const { kafka, broker } = stage
  await using consumer = kafka.consumer('g', 't')
  await consumer.next()
  await consumer.next()
  broker.faults.delay('OffsetCommit', 200)
  const stop = new AbortController()
  const committing = refusal(consumer.commit({ signal: stop.signal }))
  await othersTurn()
  const enough = new Error('enough')
  stop.abort(enough)
  expect(await committing).toBe(enough)
  expect(await refusal(consumer.commit({ signal: stop.signal }))).toBe(enough)
})

test('a client that is being closed makes nothing any more', async () => {
  await using stage = await start()
  const { kafka } = stage
  const closing = kafka.close()
  expect(kafka.close()).toBe(closing)
  for (const make of [
    () => kafka.producer(),
    () => kafka.reader('t'),
    () => kafka.consumer('g', 't'),
    () => kafka.shareConsumer('g', 't'),
  ]) {
    expect(make).toThrow('The client is closed')
  }
  const piping = kafka.pipe({ group: 'g', from: 't', to: 'to' }, () => {})
  expect(await refusal(piping)).toMatchObject({ code: 'CLOSED' })
  await closing
})

test.each(['signal', 'consumer', 'share consumer', 'client'] as const)(
  'what closes in its own time already has less when it is said so: %s',
  SOON,
  async (what) => {
    await using stage = await start()
    const { kafka } = stage
    const stop = new AbortController()
    const hangs = Promise.withResolvers<void>()
    const handler = (): Promise<never> => {
      hangs.resolve()
      return NEVER
    }
    const { signal } = stop
    if (what === 'share consumer') {
      await beginEarliest(stage.broker.bootstrap, 'workers')
      const consumer = kafka.shareConsumer('workers', 't', { signal })
      void consumer.run(handler)
      await hangs.promise
      void consumer.close()
    } else {
      const consumer = kafka.consumer('g', 't', { signal })
      void consumer.run(handler).catch(() => {})
      await hangs.promise
      if (what === 'consumer') void consumer.close()
    }
    if (what === 'signal') stop.abort()
    const closing = what === 'client' ? kafka.close() : undefined
    await kafka.close({ timeoutMs: 100 })
    await closing
    expect(() => kafka.producer()).toThrow('The client is closed')
  },
)

test('a broker that takes connections and says nothing keeps nobody', async () => {
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const clock = new AdvanceableClock()
  const kafka = new Kafka({ brokers: `127.0.0.1:${port}`, clock })
  const connected = once(silent, 'connection')
  const sent = refusal(kafka.producer().send('t', { value: 'x' }))
  const read = kafka.reader('t').next()
  const [socket] = (await connected) as [Socket]
  const gone = once(socket.resume(), 'close')
  const closing = kafka.close({ timeoutMs: 0 })
  const ticking = setInterval(() => clock.advance(10), 1)
  await closing
  clearInterval(ticking)
  // without a tick of the clock more
  await gone
  expect(await sent).toMatchObject({ code: 'CLOSED' })
  expect(await read).toEqual({ done: true, value: undefined })
  silent.close()
})

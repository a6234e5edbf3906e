import { setImmediate as othersTurn } from 'node:timers/promises'

import { AdvanceableClock } from '@pafka/broker'
import { expect, test } from 'vitest'

import {
  Kafka,
  type KafkaOptions,
  type Producer,
  type ProducerOptions,
  type Sink,
} from '../src/index.ts'
import { committedValues } from './committed-values.ts'
import { readAll } from './read-records.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'

async function start(options: ProducerOptions = {}, kafkaOptions: Partial<KafkaOptions> = {}) {
  const broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  const kafka = new Kafka({ brokers: broker.bootstrap, ...kafkaOptions })
  const producer = kafka.producer(options)
  return {
    ...{ broker, kafka, producer },
    async [Symbol.asyncDispose]() {
      producer.abort()
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

/** To a serde that is ready for a value when `prepare` says so. */
function preparing(prepare: (value: string) => Promise<void> | undefined) {
  const serde = { prepare, encode: (value: string, sink: Sink) => sink.text(value) }
  return { name: 't', key: serde, value: serde }
}

const NEVER = new Promise<never>(() => {})
const REGISTRY_IS_GONE = new Error('the registry is gone')

const prepareAllBut = (wrong: string) =>
  preparing((value) => (value === wrong ? Promise.reject(REGISTRY_IS_GONE) : Promise.resolve()))
const ENCODING_FAILED = {
  ...{ code: 'ENCODING_FAILED', outcome: 'not-written', context: { topic: 't' } },
  cause: REGISTRY_IS_GONE,
}

test('what a serde cannot be ready for fails that record, and no other', async () => {
  await using stage = await start()
  const to = prepareAllBut('b')
  const [a, b, c] = ['a', 'b', 'c'].map((value) => stage.producer.send(to, { value }))
  expect(await refusal(b as Promise<unknown>)).toMatchObject(ENCODING_FAILED)
  expect([(await a)?.offset, (await c)?.offset]).toEqual([0, 1])
})

test('what a serde cannot be ready for is told where many are sent', async () => {
  await using stage = await start()
  const { producer } = stage
  const to = prepareAllBut('b')
  await producer.send(to, { value: 'first' })
  const all = producer.sendAll(to, [{ value: 'a' }, { value: 'b' }, { value: 'c' }])
  const other = producer.send('t', { value: 'of others' })
  expect(await refusal(all)).toMatchObject(ENCODING_FAILED)
  await other
  const values = (await readAll(stage.broker.bootstrap, 't')).map(({ value }) => value)
  expect(new Set(values)).toEqual(new Set(['first', 'a', 'of others']))
})

test('what a serde cannot be ready for is thrown where it is enqueued', async () => {
  await using stage = await start()
  const { producer } = stage
  const to = prepareAllBut('b')
  const record = { value: 'b' }
  await producer.send(to, { value: 'first' })
  expect(producer.enqueue(to, record)).toBe(false)
  await producer.ready()
  expect(() => producer.enqueue(to, record)).toThrow(REGISTRY_IS_GONE.message)
  expect((await producer.send(to, { value: 'next' })).offset).toBe(1)
})

test('a record that waits for too long before it is buffered is given up', async () => {
  const clock = new AdvanceableClock()
  await using stage = await start({ deliveryTimeoutMs: 5000 }, { clock })
  await stage.producer.send('t', { value: 'first' })
  let isOver = false
  const waiting = refusal(
    stage.producer.send(
      preparing(() => NEVER),
      { value: 'x' },
    ),
  )
  void waiting.then(() => (isOver = true))
  // the clock goes on by itself, too
  clock.advance(3000)
  await othersTurn()
  expect(isOver).toBe(false)
  clock.advance(2000)
  const told = { code: 'DELIVERY_TIMED_OUT', kind: 'retriable', outcome: 'not-written' }
  expect(await waiting).toMatchObject(told)
})

test('who waits in vain is told what it waited for', async () => {
  // nobody listens there
  await using lonely = new Kafka('127.0.0.1:1')
  const nobody = lonely.producer({ deliveryTimeoutMs: 500 }).send('t', { value: 'x' })
  await using broker = await startBroker()
  await using kafka = new Kafka(broker.bootstrap)
  const nowhere = kafka.producer({ deliveryTimeoutMs: 500 }).send('t', { value: 'x' })
  const told = { code: 'DELIVERY_TIMED_OUT', outcome: 'not-written' }
  expect(await refusal(nobody)).toMatchObject({
    ...told,
    cause: { code: 'CONNECTION_LOST', cause: { code: 'ECONNREFUSED' } },
  })
  expect(await refusal(nowhere)).toMatchObject({
    ...told,
    cause: { code: 'UNKNOWN_TOPIC_OR_PARTITION' },
  })
})

test('the time before it is buffered counts', async () => {
  const clock = new AdvanceableClock()
  await using stage = await start({ deliveryTimeoutMs: 60_000 }, { clock })
  await stage.producer.send('t', { value: 'first' })
  const ready = Promise.withResolvers<void>()
  const sent = refusal(
    stage.producer.send(
      preparing(() => ready.promise),
      { value: 'x' },
    ),
  )
  clock.advance(59_000)
  stage.broker.faults.answer('Produce', 'NOT_ENOUGH_REPLICAS', { times: 1000 })
  ready.resolve()
  const fromMs = clock.monotonicMs()
  const ticking = setInterval(() => clock.advance(100), 1)
  // given up between two attempts, or in one
  expect(await sent).toMatchObject({ kind: 'retriable' })
  clearInterval(ticking)
  expect(clock.monotonicMs() - fromMs).toBeLessThan(10_000)
})

async function* silent(): AsyncGenerator<{ value: string }> {
  yield { value: 'one' }
  await NEVER
}

test.each(['close', 'abort'] as const)('what waits does not outlive %s', async (how) => {
  await using stage = await start()
  const { producer } = stage
  await producer.send('t', { value: 'first' })
  const all = refusal(producer.sendAll('t', silent()))
  const waiting = refusal(
    producer.send(
      preparing(() => NEVER),
      { value: 'x' },
    ),
  )
  const behind = refusal(producer.send('t', { value: 'y' }))
  expect(producer.enqueue('t', { value: 'z' })).toBe(false)
  const ready = refusal(producer.ready())
  if (how === 'close') await producer.close({ timeoutMs: 50 })
  else producer.abort()
  const closed = { code: 'CLOSED', outcome: 'not-written' }
  expect(await waiting).toMatchObject(closed)
  expect(await behind).toMatchObject(closed)
  expect(await ready).toMatchObject(closed)
  expect(await all).toMatchObject({ code: 'CLOSED' })
  expect(await refusal(producer.send('t', { value: 'later' }))).toMatchObject(closed)
})

test('closing tells of what was enqueued, and is given up by it', async () => {
  await using stage = await start()
  const { producer, broker } = stage
  await producer.send('t', { value: 'first' })
  broker.faults.delay('Produce', 2000)
  producer.enqueue('t', { value: 'slow' })
  const error = await refusal(producer.close({ timeoutMs: 50 }))
  expect(error).toMatchObject({ code: 'CLOSED', outcome: 'unknown' })
})

test('a transaction with a source that is silent ends with its producer', async () => {
  await using stage = await start()
  const { producer } = stage
  const transaction = await producer.begin()
  const all = refusal(transaction.sendAll('t', silent()))
  const committing = refusal(transaction.commit())
  await producer.close({ timeoutMs: 50 })
  expect(await committing).toMatchObject({ code: 'CLOSED' })
  expect(await all).toMatchObject({ code: 'CLOSED' })
  expect(await committedValues(stage.kafka, 't')).toEqual([])
})

const ENOUGH = new Error('enough')

test.each<[string, (producer: Producer, signal: AbortSignal) => Promise<unknown>]>([
  ['send', (producer, signal) => producer.send('t', { value: 'x' }, { signal })],
  ['sendAll', (producer, signal) => producer.sendAll('t', silent(), { signal })],
  ['ready', (producer, signal) => producer.ready({ signal })],
  ['flush', (producer, signal) => producer.flush({ signal })],
  ['begin', (producer, signal) => producer.begin({ signal })],
  ['transaction', (producer, signal) => producer.transaction(() => NEVER, { signal })],
])('%s ends with its signal', async (_name, ask) => {
  await using stage = await start()
  const { producer } = stage
  await producer.send('t', { value: 'first' })
  // behind it all others have to wait
  const before = await producer.begin()
  void producer
    .send(
      preparing(() => NEVER),
      { value: 'x' },
    )
    .catch(() => {})
  expect(producer.enqueue('t', { value: 'z' })).toBe(false)
  const early = await refusal(ask(producer, AbortSignal.abort(ENOUGH)))
  expect(early).toBe(ENOUGH)
  const stop = new AbortController()
  const asked = refusal(ask(producer, stop.signal))
  await othersTurn()
  stop.abort(ENOUGH)
  expect(await asked).toBe(ENOUGH)
  await before.abort()
  // whatever was begun for it has ended
  await (await producer.begin()).abort()
})

test('what a signal ended before its time is sent for all that', async () => {
  await using stage = await start()
  const { producer, broker } = stage
  await producer.send('t', { value: 'first' })
  broker.faults.delay('Produce', 50)
  const stop = new AbortController()
  const sent = refusal(producer.send('t', { value: 'second' }, { signal: stop.signal }))
  const all = refusal(producer.sendAll('t', silent(), { signal: stop.signal }))
  await othersTurn()
  stop.abort(ENOUGH)
  expect([await sent, await all]).toEqual([ENOUGH, ENOUGH])
  await producer.flush()
  const values = (await readAll(broker.bootstrap, 't')).map(({ value }) => value)
  expect(values).toEqual(['first', 'second', 'one'])
})

test('a transaction ends with its signal, or is committed all the same', async () => {
  await using stage = await start()
  const { producer, broker, kafka } = stage
  const stop = new AbortController()
  const body = async (): Promise<void> => {
    stop.abort(ENOUGH)
    await NEVER
  }
  const options = { signal: stop.signal }
  expect(await refusal(producer.transaction(body, options))).toBe(ENOUGH)
  const late = await producer.begin()
  await late.send('t', { value: 'committed' })
  broker.faults.delay('EndTxn', 50)
  const next = new AbortController()
  const committing = refusal(late.commit({ signal: next.signal }))
  await othersTurn()
  next.abort(ENOUGH)
  expect(await committing).toBe(ENOUGH)
  await (await producer.begin()).abort()
  expect(await committedValues(kafka, 't')).toEqual([['committed']])
})

test.each<[string, (producer: Producer) => Promise<unknown>, string]>([
  ['a number', (producer) => producer.send('t', { value: 5 as never }), 'ENCODING_FAILED'],
  ['no record', (producer) => producer.send('t', undefined as never), 'ENCODING_FAILED'],
  [
    'no such partition',
    (producer) => producer.send('t', { value: 'x', partition: 7 }),
    'UNKNOWN_PARTITION',
  ],
  [
    'no such topic',
    (producer) => producer.send('none', { value: 'x' }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'no name of a topic',
    (producer) => producer.send('a b', { value: 'x' }),
    'INVALID_TOPIC_EXCEPTION',
  ],
])('%s: it is said that it is not written', async (_name, send, code) => {
  await using stage = await start({}, { timeoutMs: 200 })
  expect(await refusal(send(stage.producer))).toMatchObject({ code, outcome: 'not-written' })
})

test('without any broker it is said that it is not written', async () => {
  await using kafka = new Kafka({ brokers: '127.0.0.1:1', timeoutMs: 100 })
  await using producer = kafka.producer()
  const error = await refusal(producer.send('t', { value: 'x' }))
  expect(error).toMatchObject({ kind: 'retriable', outcome: 'not-written' })
})

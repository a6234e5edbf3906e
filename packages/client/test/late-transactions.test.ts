import { expect, test } from 'vitest'

import { type Consumer, type ConsumerRecord, Kafka, type ProducerOptions } from '../src/index.ts'
import { committedValues } from './committed-values.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'
import { useTransactionVersion } from './transaction-version.ts'

type RawRecord = ConsumerRecord<Uint8Array, Uint8Array>

interface Stage extends AsyncDisposable {
  readonly kafka: Kafka
  /** A record, and who read it as a member of a group. */
  read(): Promise<{ consumer: Consumer<Uint8Array, Uint8Array>; record: RawRecord }>
  /** Ends when the broker has aborted the transaction that was begun before `beside` was sent. */
  aborted(): Promise<void>
}

const TIMEOUT_MS = 300

async function start(version: 1 | 2): Promise<Stage> {
  const broker = await startBroker({
    topics: [
      { name: 't', partitions: 2 },
      { name: 'in', partitions: 1 },
    ],
    config: {
      'group.initial.rebalance.delay.ms': 0,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
    },
  })
  await useTransactionVersion(broker.bootstrap, version)
  const kafka = new Kafka(broker.bootstrap)
  return {
    kafka,
    async read() {
      await using producer = kafka.producer()
      await producer.send('in', { value: 'first' })
      const consumer = kafka.consumer('g', 'in', { ack: 'manual' })
      const { value: record } = await consumer.next()
      if (record === undefined) throw new Error('there is one')
      return { consumer, record }
    },
    async aborted() {
      await using producer = kafka.producer()
      await producer.send('t', { partition: 0, value: 'beside' })
      const seen = async (): Promise<string[]> => (await committedValues(kafka, 't')).flat()
      await expect.poll(seen, { timeout: 20_000 }).toContain('beside')
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

const OWN = {}
const NAMED = { transactionalId: 'named' }
const WAYS: readonly (readonly [1 | 2, ProducerOptions])[] = [
  [1, OWN],
  [2, OWN],
  [2, NAMED],
]

test.each(WAYS)('what was processed in it is not committed: v%i %o', async (version, options) => {
  await using stage = await start(version)
  const { kafka } = stage
  await using producer = kafka.producer({ ...options, transactionTimeoutMs: TIMEOUT_MS })
  const { consumer, record } = await stage.read()
  const late = await producer.begin()
  await late.send('t', { partition: 0, value: 'too late' })
  late.ack(record)
  await stage.aborted()
  const told = { code: 'TRANSACTION_TIMED_OUT', kind: 'abortable' }
  expect(await refusal(late.commit())).toMatchObject(told)
  await producer.transaction(async (transaction) => {
    await transaction.send('t', { partition: 0, value: 'in time' })
    transaction.ack(record)
  })
  expect((await committedValues(kafka, 't')).flat()).toEqual(['beside', 'in time'])
  await consumer.close()
})

test.each(WAYS)('what is sent after it is not written: v%i %o', async (version, options) => {
  await using stage = await start(version)
  const { kafka } = stage
  await using producer = kafka.producer({ ...options, transactionTimeoutMs: TIMEOUT_MS })
  const late = await producer.begin()
  await late.send('t', { partition: 0, value: 'too late' })
  await stage.aborted()
  // another partition is one more to be added, the first way
  const later = await refusal(late.send('t', { partition: 1, value: 'later' }))
  expect(later).toMatchObject({ kind: 'abortable' })
  expect(await refusal(late.commit())).toMatchObject({ kind: 'abortable' })
  await producer.transaction(async (transaction) => {
    await transaction.send('t', { partition: 0, value: 'in time' })
  })
  expect((await committedValues(kafka, 't')).flat()).toEqual(['beside', 'in time'])
})

test('whose id may be of another one is told so, the first way', async () => {
  await using stage = await start(1)
  const { kafka } = stage
  await using producer = kafka.producer({ ...NAMED, transactionTimeoutMs: TIMEOUT_MS })
  const { consumer, record } = await stage.read()
  const late = await producer.begin()
  await late.send('t', { partition: 0, value: 'too late' })
  late.ack(record)
  await stage.aborted()
  const told = { code: 'PRODUCER_FENCED', kind: 'fatal' }
  expect(await refusal(late.commit())).toMatchObject(told)
  expect(await refusal(producer.begin())).toMatchObject(told)
  await consumer.close()
})

test.each([1, 2] as const)('a pipe that is late does it again: v%i', async (version) => {
  await using stage = await start(version)
  const { kafka } = stage
  await using producer = kafka.producer()
  await producer.sendAll('in', [{ value: 'first' }, { value: 'second' }])
  let isLate = true
  const stop = new AbortController()
  const piping = kafka.pipe(
    {
      ...{ group: 'g', from: 'in', to: 't', signal: stop.signal },
      producer: { transactionTimeoutMs: TIMEOUT_MS },
    },
    async ({ value }, emit) => {
      emit({ partition: 0, value })
      if (!isLate || Buffer.from(value ?? []).toString() === 'first') return
      isLate = false
      await stage.aborted()
    },
  )
  const seen = async (): Promise<string[]> => (await committedValues(kafka, 't')).flat()
  await expect.poll(seen, { timeout: 20_000 }).toEqual(['beside', 'first', 'second'])
  stop.abort(new Error('enough'))
  await expect(piping).rejects.toThrow('enough')
})

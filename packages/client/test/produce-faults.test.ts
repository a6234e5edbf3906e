import { Broker, type FaultError } from '@pafka/broker'
import { type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { Kafka, KafkaError, type Producer } from '../src/index.ts'
import { type ReadRecord, readAll } from './read-records.ts'
import { seedsOf } from './seeds.ts'
import { oneOf, spoil } from './spoil.ts'

const PARTITIONS = 3
const RECORDS = 400

const SEQUENCE_ERRORS: readonly string[] = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
]

const ERRORS: readonly [FaultError, ...FaultError[]] = [
  'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
]

/** One thing that goes wrong with a request to produce. */
function goWrong(broker: Broker, random: Random): void {
  const answer = (): void => {
    const error = oneOf(random, ERRORS)
    broker.faults.answer('Produce', error, { times: 1 + random.below(2) })
  }
  spoil(broker, 'Produce', { random, mostDelayMs: 30, others: [answer] })
}

async function pause(random: Random): Promise<void> {
  if (random.below(2) === 0) await new Promise(setImmediate)
  else await new Promise((resolve) => setTimeout(resolve, random.below(4)))
}

interface Sent {
  readonly partition: number
  readonly value: string
  readonly end: PromiseSettledResult<unknown>
}

async function sendAll(producer: Producer, broker: Broker, random: Random): Promise<Sent[]> {
  const sent: { partition: number; value: string; sending: Promise<unknown> }[] = []
  for (let at = 0; at < RECORDS; at++) {
    const partition = random.below(PARTITIONS)
    const value = String(at)
    const sending = producer.send('t', { partition, value: value.padEnd(random.below(300)) })
    sending.catch(() => {})
    sent.push({ partition, value, sending })
    if (random.below(25) === 0) goWrong(broker, random)
    // oxlint-disable-next-line no-await-in-loop -- so that batches differ
    if (random.below(5) === 0) await pause(random)
  }
  const ends = await Promise.allSettled(sent.map(({ sending }) => sending))
  return ends.map((end, at) => ({ ...{ partition: 0, value: '' }, ...sent[at], end }))
}

/** A broker that forgot what it answers for: then nobody can tell whether it has a record. */
function isUnknown({ end }: Sent): boolean {
  if (end.status === 'fulfilled') return false
  const error: unknown = end.reason
  const isTold = error instanceof KafkaError && error.outcome === 'unknown'
  return isTold && SEQUENCE_ERRORS.includes(error.code)
}

function valuesOf(records: readonly ReadRecord[], partition: number): string[] {
  return records
    .filter((one) => one.partition === partition)
    .map(({ value }) => (value ?? '').trim())
}

const seeds = seedsOf(6)

test.each(seeds)(
  'whatever goes wrong, each record is there once, in order: SEED=%i',
  async (seed) => {
    const random = seededRandom(seed)
    await using broker = await Broker.start({ topics: [{ name: 't', partitions: PARTITIONS }] })
    await using kafka = new Kafka(broker.bootstrap)
    await using producer = kafka.producer()
    const sent = await sendAll(producer, broker, random)
    broker.faults.clear()
    expect(sent.filter((one) => one.end.status === 'rejected' && !isUnknown(one))).toEqual([])
    const records = await readAll(broker.bootstrap, 't')
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const there = new Set(valuesOf(records, partition))
      const own = sent.filter((one) => one.partition === partition)
      const expected = own.filter((one) => !isUnknown(one) || there.has(one.value))
      expect(valuesOf(records, partition)).toEqual(expected.map(({ value }) => value))
    }
  },
)

test('what no broker takes is refused to who sent it, and the others go on', async () => {
  await using broker = await Broker.start({
    topics: [{ name: 't', partitions: 1, configs: { 'max.message.bytes': 2000 } }],
  })
  await using kafka = new Kafka(broker.bootstrap)
  await using producer = kafka.producer()
  const small = (): Promise<unknown> => producer.send('t', { value: 'x'.repeat(300) })
  const sent = [
    ...Array.from({ length: 20 }, small),
    producer.send('t', { value: 'y'.repeat(5000) }),
    ...Array.from({ length: 20 }, small),
  ]
  const ends = await Promise.allSettled(sent)
  const failed = ends.flatMap((end, at) => (end.status === 'rejected' ? [[at, end.reason]] : []))
  expect(failed).toEqual([[20, expect.any(KafkaError)]])
  const error = failed[0]?.[1] as KafkaError
  expect([error.code, error.outcome]).toEqual(['MESSAGE_TOO_LARGE', 'not-written'])
  expect(await readAll(broker.bootstrap, 't')).toHaveLength(40)
})

test('what is on its way when a producer ends may be written, and is said to be', async () => {
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer()
  await producer.send('t', { value: 'before' })
  broker.faults.delay('Produce', 1000)
  const sending = producer.send('t', { value: 'on its way' })
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  const waiting = producer.send('t', { value: 'not yet' })
  producer.abort()
  await expect(sending).rejects.toMatchObject({ code: 'CLOSED', outcome: 'unknown' })
  await expect(waiting).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-written' })
})

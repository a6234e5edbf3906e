import { Worker } from 'node:worker_threads'

import { type Random, seededRandom, silentLogger } from '@pafka/base'
import { Broker, type FaultError } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka } from '../src/index.ts'
import { committedValues } from './committed-values.ts'
import { useTransactionVersion } from './transaction-version.ts'
import { seedsOf } from './seeds.ts'
import { oneOf, spoil } from './spoil.ts'

const PARTITIONS = 3
const RECORDS = 400
const KEYS = 10
const MOST_MEMBERS = 3

const APIS = ['Produce', 'EndTxn', 'TxnOffsetCommit', 'InitProducerId', 'FindCoordinator'] as const

/** What each API may say, and means that it is to be tried again, or that all is. */
const ERRORS = {
  Produce: ['NOT_LEADER_OR_FOLLOWER', 'CONCURRENT_TRANSACTIONS', 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  EndTxn: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'CONCURRENT_TRANSACTIONS'],
  TxnOffsetCommit: ['ILLEGAL_GENERATION', 'NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID'],
  InitProducerId: ['COORDINATOR_NOT_AVAILABLE', 'CONCURRENT_TRANSACTIONS'],
  FindCoordinator: ['COORDINATOR_NOT_AVAILABLE'],
} as const

function goWrong(broker: Broker, random: Random): void {
  const api = oneOf(random, APIS)
  const answer = (): void => void broker.faults.answer(api, oneOf<FaultError>(random, ERRORS[api]))
  spoil(broker, api, { random, others: [answer] })
}

const seeds = seedsOf(4)

test.each(seeds)('whatever goes wrong, each record is piped once: SEED=%i', async (seed) => {
  const random = seededRandom(seed)
  const version = random.below(2) === 0 ? 1 : 2
  const protocol = random.below(2) === 0 ? 'classic' : 'consumer'
  await using broker = await Broker.start({
    topics: ['in', 'out'].map((name) => ({ name, partitions: PARTITIONS })),
    config: {
      'group.initial.rebalance.delay.ms': 0,
      'group.min.session.timeout.ms': 500,
      'group.consumer.min.session.timeout.ms': 1000,
      'group.consumer.session.timeout.ms': 1000,
      'group.consumer.min.heartbeat.interval.ms': 100,
      'group.consumer.heartbeat.interval.ms': 100,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
    },
  })
  await useTransactionVersion(broker.bootstrap, version)
  await using kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer()
  const members: Worker[] = []
  const workerData = { bootstrap: broker.bootstrap, protocol }
  const come = (): void => {
    members.push(new Worker(new URL('pipe-worker.ts', import.meta.url), { workerData }))
  }
  come()
  const sent: string[][] = []
  for (let at = 0; at < RECORDS; at++) {
    // oxlint-disable-next-line no-await-in-loop -- they come over time
    const { partition } = await producer.send('in', { key: `${at % KEYS}`, value: `${at}` })
    sent[partition] = [...(sent[partition] ?? []), `${at}`]
    if (random.below(12) === 0) goWrong(broker, random)
    const change = random.below(80)
    if (change === 0 && members.length < MOST_MEMBERS) come()
    // oxlint-disable-next-line no-await-in-loop -- killed in the midst of it
    else if (change === 1) await members.shift()?.terminate()
    // oxlint-disable-next-line no-await-in-loop -- so that members get their turn
    if (random.below(3) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(16)))
  }
  broker.faults.clear()
  if (members.length === 0) come()
  const seen = async (): Promise<number> => (await committedValues(kafka, 'out')).flat().length
  await expect.poll(seen, { timeout: 45_000, interval: 50 }).toBeGreaterThanOrEqual(RECORDS)
  expect(await committedValues(kafka, 'out')).toEqual(sent)
  await Promise.all(members.map(async (member) => member.terminate()))
})

test.each([1, 2] as const)(
  'what may have been committed, and was, is not piped again: v%i',
  async (version) => {
    await using broker = await Broker.start({ topics: ['in', 'out'] })
    await useTransactionVersion(broker.bootstrap, version)
    await using kafka = new Kafka(broker.bootstrap)
    const values = Array.from({ length: 20 }, (_, at) => ({ value: `${at}` }))
    await kafka.producer().sendAll('in', values)
    // it is committed, and who asks again is told nothing of it until he gives up
    broker.faults.loseAnswer('EndTxn')
    broker.faults.answer('EndTxn', 'COORDINATOR_NOT_AVAILABLE', { times: 1000 })
    const warn = (event: string): void => {
      if (event === 'pipe-aborted') broker.faults.clear()
    }
    await using client = new Kafka({
      ...{ brokers: broker.bootstrap, timeoutMs: 500, logger: { ...silentLogger, warn } },
    })
    const stop = new AbortController()
    const piping = client.pipe(
      { group: 'g', from: 'in', to: 'out', signal: stop.signal },
      ({ value }, emit) => emit({ value }),
    )
    const seen = async (): Promise<string[]> => (await committedValues(kafka, 'out')).flat()
    await expect.poll(seen, { timeout: 20_000 }).toContain('19')
    // what is piped after it comes after what was piped twice
    await kafka.producer().send('in', { value: 'last' })
    await expect.poll(seen, { timeout: 20_000 }).toContain('last')
    expect(await seen()).toEqual([...values.map(({ value }) => value), 'last'])
    stop.abort(new Error('enough'))
    await expect(piping).rejects.toThrow('enough')
  },
)

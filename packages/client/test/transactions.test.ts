import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import {
  Kafka,
  KafkaError,
  type KafkaOptions,
  type Producer,
  type ProducerOptions,
  type Transaction,
} from '../src/index.ts'
import { committedValues, visibleValues } from './committed-values.ts'
import { refusal } from './refusal.ts'
import { useTransactionVersion } from './transaction-version.ts'
import { type StageBroker, startBroker } from './stage-broker.ts'

interface Stage extends AsyncDisposable {
  readonly broker: StageBroker
  readonly kafka: Kafka
  readonly producer: Producer
}

async function start(
  version: 1 | 2,
  options: ProducerOptions = {},
  kafkaOptions: Partial<KafkaOptions> = {},
): Promise<Stage> {
  const broker = await startBroker({
    topics: [
      { name: 't', partitions: 3 },
      { name: 'in', partitions: 1 },
    ],
    config: {
      'group.initial.rebalance.delay.ms': 0,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
    },
  })
  await useTransactionVersion(broker.bootstrap, version)
  const kafka = new Kafka({ brokers: [broker.bootstrap], ...kafkaOptions })
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

async function committed({ kafka }: Stage): Promise<string[]> {
  return (await committedValues(kafka, 't')).flat().toSorted()
}

const BOTH = [1, 2] as const
const POLL = { timeout: 20_000, interval: 10 }

test.each(BOTH)('what is sent in a transaction is there when it ends: v%i', async (version) => {
  await using stage = await start(version)
  for (const round of [1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
    const sent = await stage.producer.transaction(async (transaction) => {
      void transaction.send('t', { key: 'a', value: `${round}a` })
      await transaction.sendAll('t', [{ key: 'b', value: `${round}b` }])
      transaction.enqueue('t', { key: 'c', value: `${round}c` })
      return 3
    })
    expect(sent).toBe(3)
  }
  expect(await committed(stage)).toEqual(['1a', '1b', '1c', '2a', '2b', '2c', '3a', '3b', '3c'])
})

test.each(BOTH)('a throw aborts, and the next transaction goes on: v%i', async (version) => {
  await using stage = await start(version)
  const failing = stage.producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'written' })
    void transaction.send('t', { value: 'perhaps' })
    throw new Error('not this')
  })
  expect(await refusal(failing)).toMatchObject({ message: 'not this' })
  await stage.producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'this' })
  })
  expect(await committed(stage)).toEqual(['this'])
})

test.each(BOTH)('an empty transaction is none: v%i', async (version) => {
  await using stage = await start(version)
  await stage.producer.transaction(() => {})
  const transaction = await stage.producer.begin()
  await transaction.abort()
  expect(await refusal(transaction.commit())).toMatchObject({ code: 'TRANSACTION_ENDED' })
  expect(await refusal(transaction.send('t', { value: 'late' }))).toMatchObject({ kind: 'usage' })
  expect(await committed(stage)).toEqual([])
})

test('transactions of a producer follow one another, whoever begins them', async () => {
  await using stage = await start(2)
  const order: string[] = []
  await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      await stage.producer.transaction(async (transaction) => {
        order.push(`${name} begins`)
        await transaction.send('t', { value: name })
        order.push(`${name} ends`)
      })
    }),
  )
  const turns = ['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`])
  expect(order).toEqual(turns)
})

test('what the producer sends beside it is no part of a transaction', async () => {
  await using stage = await start(2)
  const { producer } = stage
  const failing = producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'inside' })
    await producer.send('t', { value: 'beside' })
    throw new Error('aborted')
  })
  expect(await refusal(failing)).toMatchObject({ message: 'aborted' })
  expect(await committed(stage)).toEqual(['beside'])
})

test('two aborted transactions in one answer, and the marker of one beyond it', async () => {
  await using stage = await start(2)
  const { producer } = stage
  for (const value of ['one', 'two']) {
    // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
    const transaction = await producer.begin()
    // oxlint-disable-next-line no-await-in-loop
    await transaction.send('t', { partition: 0, value: `${value} aborted` })
    // oxlint-disable-next-line no-await-in-loop
    await transaction.abort()
    // oxlint-disable-next-line no-await-in-loop
    await producer.send('t', { partition: 0, value: `after ${value}` })
  }
  const open = await producer.begin()
  await open.send('t', { partition: 0, value: 'open' })
  const visible = async (): Promise<unknown> => (await visibleValues(stage.kafka, 't')).flat()
  await expect.poll(visible, POLL).toEqual(['after one', 'after two'])
  await open.commit()
  expect(await committed(stage)).toEqual(['after one', 'after two', 'open'])
})

test.each(BOTH)('a record that cannot be written aborts: v%i', async (version) => {
  await using stage = await start(version)
  const { producer } = stage
  const failing = producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'good', partition: 0 })
    void transaction.send('t', { value: Buffer.alloc(1_500_000), partition: 1 })
  })
  expect(await refusal(failing)).toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
  await producer.transaction((transaction) => {
    for (const partition of [0, 1, 2]) void transaction.send('t', { partition, value: 'next' })
  })
  expect(await committed(stage)).toEqual(['next', 'next', 'next'])
})

test.each(BOTH)('sequences of what was given up are not missed: v%i', async (version) => {
  await using stage = await start(version)
  const { producer, broker } = stage
  const sendOne = (value: string) => async (transaction: Transaction) =>
    void (await transaction.send('t', { partition: 0, value }))
  await producer.transaction(sendOne('first'))
  const cut = broker.faults.cut('Produce')
  // until it has another try
  broker.faults.answer('Produce', 'NOT_LEADER_OR_FOLLOWER', { times: 1000 })
  const given = await producer.begin()
  const sending = refusal(given.send('t', { partition: 0, value: 'given up' }))
  await cut.used
  await given.abort()
  expect(await sending).toMatchObject({ code: 'TRANSACTION_ABORTED' })
  broker.faults.clear()
  await producer.transaction(sendOne('next'))
  expect(await committed(stage)).toEqual(['first', 'next'])
})

test('partitions of what was aborted meanwhile are of no concern to the next', async () => {
  await using stage = await start(1)
  const { producer, broker } = stage
  const refused = broker.faults.answer('AddPartitionsToTxn', 'CONCURRENT_TRANSACTIONS')
  const given = await producer.begin()
  const sending = refusal(given.send('t', { value: 'given up' }))
  await refused.used
  await given.abort()
  expect(await sending).toMatchObject({ code: 'TRANSACTION_ABORTED' })
  // they are asked for again while it is open, by who the producer was then
  await producer.transaction(async (next) => {
    await next.send('t', { value: 'next' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    await next.send('t', { value: 'another' })
  })
  expect(await committed(stage)).toEqual(['another', 'next'])
})

test.each(BOTH)('a transaction that takes too long is aborted, and told: v%i', async (version) => {
  await using stage = await start(version, { transactionTimeoutMs: 300 })
  const { producer } = stage
  const late = await producer.begin()
  await late.send('t', { partition: 0, value: 'too late' })
  await producer.send('t', { partition: 0, value: 'beside' })
  // who sees only what is committed waits for the end of the transaction
  await expect.poll(async () => committed(stage), { timeout: 30_000 }).toEqual(['beside'])
  const error = await refusal(late.commit())
  expect(error).toMatchObject({ code: 'TRANSACTION_TIMED_OUT', kind: 'abortable' })
  await producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'in time' })
  })
  expect(await committed(stage)).toEqual(['beside', 'in time'])
})

test.each(BOTH)('a group goes on where a transaction says: v%i', async (version) => {
  await using stage = await start(version)
  const { kafka, producer } = stage
  await producer.sendAll(
    'in',
    [0, 1, 2, 3, 4, 5].map((n) => ({ value: `${n}` })),
  )
  await using consumer = kafka.consumer('g', 'in', { ack: 'manual' })
  for await (const record of consumer) {
    const value = `copy of ${Buffer.from(record.value ?? []).toString()}`
    const transaction = await producer.begin()
    void transaction.send('t', { value })
    transaction.ack(record)
    if (record.offset === 4) await transaction.abort()
    else await transaction.commit()
    if (record.offset === 4) break
  }
  const next = kafka.consumer('g', 'in')
  const { value: record } = await next.next()
  expect(record?.offset).toBe(4)
  await next.close()
  expect(await committed(stage)).toEqual([0, 1, 2, 3].map((n) => `copy of ${n}`))
})

test('a record of no group cannot be acknowledged by a transaction', async () => {
  await using stage = await start(2)
  await stage.producer.send('in', { value: 'x' })
  const failing = stage.producer.transaction(async (transaction) => {
    for await (const record of stage.kafka.reader('in', { until: 'end' })) transaction.ack(record)
  })
  expect(await refusal(failing)).toMatchObject({ code: 'NOT_IN_GROUP', kind: 'usage' })
})

test('a member that lost its place cannot commit by a transaction', async () => {
  await using stage = await start(2)
  const { kafka, producer, broker } = stage
  await producer.send('in', { value: 'x' })
  await using consumer = kafka.consumer('g', 'in', { ack: 'manual' })
  const { value: record } = await consumer.next()
  broker.faults.answer('TxnOffsetCommit', 'ILLEGAL_GENERATION')
  const failing = producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'copy' })
    if (record !== undefined) transaction.ack(record)
  })
  const error = await refusal(failing)
  expect(error).toMatchObject({ code: 'ILLEGAL_GENERATION', kind: 'abortable' })
  expect(await committed(stage)).toEqual([])
})

test('an end that nobody answers is told as such, and is what it is', async () => {
  await using stage = await start(2, {}, { timeoutMs: 400 })
  const { producer, broker } = stage
  broker.faults.answer('EndTxn', 'COORDINATOR_NOT_AVAILABLE', { times: 1000 })
  const failing = producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'who knows' })
  })
  const error = await refusal(failing)
  expect(error).toMatchObject({ code: 'TRANSACTION_OUTCOME_UNKNOWN', outcome: 'unknown' })
  broker.faults.clear()
  await producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'next' })
  })
  expect(await committed(stage)).toEqual(['next'])
})

test.each(BOTH)(
  'an end that was lost is not known, whatever is said then: v%i',
  async (version) => {
    await using stage = await start(version)
    const { producer, broker } = stage
    broker.faults.answer('EndTxn', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    const refused = producer.transaction(async (transaction) => {
      await transaction.send('t', { value: 'not done' })
    })
    const error = await refusal(refused)
    expect(error).toMatchObject({ code: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', kind: 'auth' })
    expect(error.outcome).toBeUndefined()
    broker.faults.loseAnswer('EndTxn')
    broker.faults.answer('EndTxn', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    const failing = producer.transaction(async (transaction) => {
      await transaction.send('t', { value: 'done' })
    })
    expect(await refusal(failing)).toMatchObject({
      ...{ code: 'TRANSACTION_OUTCOME_UNKNOWN', outcome: 'unknown', kind: 'auth' },
      errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    })
    await producer.transaction((transaction) => transaction.send('t', { value: 'next' }))
    expect(await committed(stage)).toEqual(['done', 'next'])
  },
)

test('who closes before the end is answered does not know what it is', async () => {
  await using stage = await start(2)
  const { producer, broker, kafka } = stage
  const delay = broker.faults.delay('EndTxn', 60_000)
  const open = await producer.begin()
  await open.send('t', { value: 'who knows' })
  const committing = refusal(open.commit())
  await expect.poll(() => delay.remaining, POLL).toBe(0)
  producer.abort()
  await kafka.close()
  expect(await committing).toMatchObject({
    ...{ code: 'TRANSACTION_OUTCOME_UNKNOWN', outcome: 'unknown', kind: 'usage' },
  })
})

test.each(['records', 'no records'])('a producer that closes stops who sends %s', async (what) => {
  await using stage = await start(2)
  const { producer } = stage
  const transaction = await producer.begin()
  await transaction.send('t', { value: 'first' })
  const never = new Promise<void>(() => {})
  const sending = refusal(
    transaction.sendAll(
      't',
      (async function* () {
        for (;;) {
          yield { value: 'one of many' }
          // oxlint-disable-next-line no-await-in-loop -- it has no end
          await (what === 'records' ? new Promise(setImmediate) : never)
        }
      })(),
    ),
  )
  const committing = refusal(transaction.commit())
  await producer.close({ timeoutMs: 20 })
  expect(await committing).toMatchObject({ code: 'CLOSED' })
  if (what === 'records') expect(await sending).toBeInstanceOf(KafkaError)
  expect(await committed(stage)).toEqual([])
})

test('a producer that closes aborts what is open', async () => {
  await using stage = await start(2)
  const open = await stage.producer.begin()
  await open.send('t', { value: 'open' })
  await stage.producer.close()
  expect(await refusal(open.commit())).toMatchObject({ code: 'TRANSACTION_ENDED' })
  expect(await refusal(stage.producer.begin())).toMatchObject({ code: 'CLOSED' })
  expect(await committed(stage)).toEqual([])
})

test.each([
  ['a record that cannot be encoded', { value: 7 as never }],
  ['a partition that there is not', { value: 'x', partition: 99 }],
])('nobody waits for %s, and nothing is committed', async (_, record) => {
  await using stage = await start(2)
  await stage.producer.transaction((transaction) => transaction.send('t', { value: 'first' }))
  for (const send of ['send', 'sendAll'] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
    const failing = stage.producer.transaction(async (transaction) => {
      await transaction.send('t', { value: 'written' })
      if (send === 'send') void transaction.send('t', record)
      else void transaction.sendAll('t', [record])
    })
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await refusal(failing)).toBeInstanceOf(KafkaError)
  }
  expect(await committed(stage)).toEqual(['first'])
})

test('nobody waits for a topic that there is not, and nothing is committed', async () => {
  await using stage = await start(2, {}, { timeoutMs: 300 })
  const failing = stage.producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'written' })
    void transaction.send('nowhere', { value: 'lost' })
  })
  expect(await refusal(failing)).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  expect(await committed(stage)).toEqual([])
})

test('what is processed of a partition that was lost meanwhile is not committed', async () => {
  await using stage = await start(2)
  const { kafka, producer } = stage
  await producer.send('in', { value: 'x' })
  await using consumer = kafka.consumer('g', 'in', { ack: 'manual', sessionTimeoutMs: 6000 })
  const { value: record } = await consumer.next()
  const failing = producer.transaction(async (transaction) => {
    await transaction.send('t', { value: 'copy' })
    if (record !== undefined) transaction.ack(record)
    // its member is thrown out, and comes again in another generation
    await kafka.admin().groups.removeMembers('g', 'all')
    await consumer.next()
  })
  expect(await refusal(failing)).toMatchObject({ code: 'PARTITION_LOST', kind: 'abortable' })
  expect(await committed(stage)).toEqual([])
})

import { DescribeGroups, ListGroups } from '@pafka/protocol'
import {
  type Admin,
  ConfigResourceTypes,
  type Consumer,
  Kafka,
  logLevel,
  type Producer,
} from 'kafkajs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { Broker, ErrorCode } from '../src/index.ts'
import { WireClient } from '../src/try/wire-client.ts'
import type { AnswerableApi } from '../src/faults/fault-apis.ts'
import type { FaultError } from '../src/faults/faults.ts'

const TOPIC = 'orders'
const NO_GROUPS = { groups: [], includeAuthorizedOperations: false }
const ONCE = { retry: { retries: 0 } }
const QUICK = { retry: { initialRetryTime: 5, retries: 5 } }

let broker: Broker
let kafka: Kafka
let admin: Admin

beforeAll(async () => {
  broker = await Broker.start({ topics: [TOPIC] })
  kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
  admin = kafka.admin(ONCE)
  await admin.connect()
})

afterAll(async () => {
  await admin.disconnect()
  await broker.stop()
})

beforeEach(() => broker.faults.clear())

async function withProducer<T>(
  options: Parameters<Kafka['producer']>[0],
  use: (producer: Producer) => Promise<T>,
): Promise<T> {
  const producer = kafka.producer(options)
  await producer.connect()
  try {
    return await use(producer)
  } finally {
    await producer.disconnect()
  }
}

async function withConsumer<T>(
  groupId: string,
  use: (consumer: Consumer) => Promise<T>,
  options = {},
): Promise<T> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, ...QUICK, ...options })
  await consumer.connect()
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
  try {
    return await use(consumer)
  } finally {
    await consumer.disconnect()
  }
}

const send = (producer: Producer): ReturnType<Producer['send']> =>
  producer.send({ topic: TOPIC, messages: [{ value: 'tea' }] })

const endOffset = async (): Promise<number> => {
  const [offsets] = await admin.fetchTopicOffsets(TOPIC)
  return Number(offsets?.high)
}

/** Runs a consumer until it reads something. */
function firstRead(consumer: Consumer): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
    void consumer.run({
      eachMessage: async ({ message }) => resolve(message.value?.toString()),
    })
  })
}

function joins(consumer: Consumer, count: number): Promise<void> {
  let joined = 0
  return new Promise((resolve) => {
    consumer.on('consumer.group_join', () => {
      joined += 1
      if (joined === count) resolve()
    })
  })
}

/** kafkajs's name for an error, also where it wraps the error that says why it gave up. */
function errorType(error: unknown): unknown {
  const { type, cause, errors } = error as { type?: string; cause?: unknown; errors?: unknown[] }
  if (type !== undefined) return type
  if (cause !== undefined) return errorType(cause)
  return errors === undefined ? String(error) : errorType(errors[0])
}

async function commitOnce(): Promise<void> {
  await withConsumer('commits', async (consumer) => {
    const joined = joins(consumer, 1)
    await consumer.run({ autoCommit: false, eachMessage: async () => {} })
    await joined
    await consumer.commitOffsets([{ topic: TOPIC, partition: 0, offset: '0' }])
  })
}

type Case = readonly [AnswerableApi, FaultError, () => Promise<unknown>, string | null]

/** Errors that are not tried again; the last column is kafkajs's name where it differs. */
const told: readonly Case[] = [
  ['Produce', 'MESSAGE_TOO_LARGE', () => withProducer(ONCE, send), null],
  ['Produce', 'NOT_LEADER_OR_FOLLOWER', () => withProducer(ONCE, send), 'NOT_LEADER_FOR_PARTITION'],
  ['ListOffsets', 'UNKNOWN_TOPIC_OR_PARTITION', endOffset, null],
  ['Metadata', 'TOPIC_AUTHORIZATION_FAILED', () => withProducer(ONCE, send), null],
  [
    'OffsetFetch',
    'NOT_COORDINATOR',
    () => admin.fetchOffsets({ groupId: 'g', topics: [TOPIC] }),
    'NOT_COORDINATOR_FOR_GROUP',
  ],
  ['OffsetCommit', 'OFFSET_METADATA_TOO_LARGE', commitOnce, null],
  [
    'InitProducerId',
    ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
    () => withProducer({ ...QUICK, idempotent: true }, send),
    'CLUSTER_AUTHORIZATION_FAILED',
  ],
  [
    'CreateTopics',
    'POLICY_VIOLATION',
    () => admin.createTopics({ topics: [{ topic: 'forbidden' }] }),
    null,
  ],
  [
    'DeleteTopics',
    'TOPIC_AUTHORIZATION_FAILED',
    () => admin.deleteTopics({ topics: [TOPIC] }),
    null,
  ],
  [
    'DescribeConfigs',
    'CLUSTER_AUTHORIZATION_FAILED',
    () =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: TOPIC }],
      }),
    null,
  ],
  [
    'ListGroups',
    'COORDINATOR_LOAD_IN_PROGRESS',
    () => admin.listGroups(),
    'GROUP_LOAD_IN_PROGRESS',
  ],
]

test.each(told)(
  '%s answered with %s reaches the code under test',
  async (api, error, act, type) => {
    const before = await endOffset()
    const fault = broker.faults.answer(api, error)
    const outcome = await act().then(() => 'no error', errorType)
    expect(outcome).toBe(type ?? error)
    await fault.used
    expect(await endOffset()).toBe(before)
    const topics = await admin.listTopics()
    expect(topics.filter((topic) => !topic.startsWith('__'))).toEqual([TOPIC])
  },
)

test.each([
  ['ApiVersions', 'UNSUPPORTED_VERSION', 1],
  ['FindCoordinator', 'COORDINATOR_NOT_AVAILABLE', 2],
  ['JoinGroup', 'COORDINATOR_LOAD_IN_PROGRESS', 2],
  ['SyncGroup', 'REBALANCE_IN_PROGRESS', 2],
  ['OffsetFetch', 'NOT_COORDINATOR', 1],
  ['ListOffsets', 'LEADER_NOT_AVAILABLE', 2],
  ['Fetch', 'NOT_LEADER_OR_FOLLOWER', 2],
  ['Metadata', 'LEADER_NOT_AVAILABLE', 2],
] as const)('%s answered with %s: a consumer tries again', async (api, error, times) => {
  await withProducer(QUICK, send)
  const fault = broker.faults.answer(api, error, { times })
  expect(await withConsumer(`again-${api}`, firstRead)).toBe('tea')
  await fault.used
})

test('the topic of a fault decides, also for a consumer', async () => {
  await withProducer(QUICK, send)
  const where = { topic: 'another' }
  broker.faults.answer('Fetch', 'TOPIC_AUTHORIZATION_FAILED', { where })
  expect(await withConsumer('reads-in-peace', firstRead)).toBe('tea')
  expect(broker.faults.pending).toHaveLength(1)
})

test('a fetch that fails crashes the consumer when it must', async () => {
  broker.faults.answer('Fetch', 'TOPIC_AUTHORIZATION_FAILED', { where: { topic: TOPIC } })
  const outcome = await withConsumer('cannot-read', firstRead).catch(errorType)
  expect(outcome).toBe('TOPIC_AUTHORIZATION_FAILED')
})

test('a heartbeat answered with a rebalance makes the consumer join again', async () => {
  const fault = broker.faults.answer('Heartbeat', 'REBALANCE_IN_PROGRESS')
  const joinAgain = async (consumer: Consumer): Promise<void> => {
    const twice = joins(consumer, 2)
    await consumer.run({ eachMessage: async () => {} })
    await Promise.all([twice, fault.used])
  }
  await withConsumer('rebalances', joinAgain, { heartbeatInterval: 20 })
  expect(fault.remaining).toBe(0)
})

test('a member that fails to leave stays', async () => {
  const fault = broker.faults.answer('LeaveGroup', 'UNKNOWN_MEMBER_ID')
  await withProducer(QUICK, send)
  await withConsumer('stays', firstRead)
  await fault.used
  const { groups } = await admin.describeGroups(['stays'])
  expect(groups[0]?.members).toHaveLength(1)
})

test('a request that is cut off has no effect, and is sent again', async () => {
  const before = await endOffset()
  const fault = broker.faults.cut('Produce', { times: 2 })
  await withProducer(QUICK, send)
  await fault.used
  expect(await endOffset()).toBe(before + 1)
})

test.each([
  [true, 1],
  [false, 2],
])(
  'an answer that is lost, producer idempotent %s: records written %i',
  async (idempotent, count) => {
    const before = await endOffset()
    const fault = broker.faults.loseAnswer('Produce')
    await withProducer({ ...QUICK, idempotent, maxInFlightRequests: 1 }, send)
    await fault.used
    expect(await endOffset()).toBe(before + count)
  },
)

test('answers keep their order around one that is late', async () => {
  using client = await WireClient.connect(broker.bootstrap)
  const fault = broker.faults.delay('ListGroups', 30)
  const answered: string[] = []
  const note = (name: string) => () => answered.push(name)
  const nobody = { statesFilter: [], typesFilter: [] }
  await Promise.all([
    client.send(ListGroups, 4, nobody).then(note('late')),
    client.send(ListGroups, 4, nobody).then(note('second')),
    client.send(DescribeGroups, 4, NO_GROUPS).then(note('third')),
  ])
  await fault.used
  expect(answered).toEqual(['late', 'second', 'third'])
})

test('a broker stops at once, whatever it was told to delay', async () => {
  const slow = await Broker.start({ topics: [TOPIC] })
  using client = await WireClient.connect(slow.bootstrap)
  const fault = slow.faults.delay('ListGroups', 3_600_000)
  const never = slow.faults.cut('Fetch')
  const answered = client.send(ListGroups, 4, { statesFilter: [], typesFilter: [] })
  await fault.used
  await slow.stop()
  await expect(never.used).rejects.toMatchObject({ code: 'FAULT_NOT_MET' })
  expect(await answered).toMatchObject({ errorCode: ErrorCode.NONE })
})

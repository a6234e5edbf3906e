import {
  CreateTopics,
  type CreateTopicsRequestCreatableTopic,
  type CreateTopicsResponseCreatableTopicResult,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

type Topic = CreateTopicsRequestCreatableTopic

function topic(name: string, more: Partial<Topic> = {}): Topic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more }
}

async function create(
  rig: HandlerRig,
  topics: readonly Topic[],
  { version = 7, validateOnly = false } = {},
): Promise<readonly CreateTopicsResponseCreatableTopicResult[]> {
  const request = { topics, timeoutMs: 1000, validateOnly }
  return (await rig.ask(CreateTopics, version, request)).topics
}

test.each([2, 3, 4, 5, 6, 7])('version %i', async (version) => {
  await using rig = await HandlerRig.start()
  const [result] = await create(rig, [topic('orders', { numPartitions: 3 })], { version })
  expect(result).toMatchObject({ name: 'orders', errorCode: ErrorCode.NONE, errorMessage: null })
  const made = rig.broker.topics.byName('orders')
  expect(made?.partitions).toHaveLength(3)
  const isTold = version >= 5
  expect(result).toMatchObject({
    numPartitions: isTold ? 3 : -1,
    replicationFactor: isTold ? 1 : -1,
    topicId: version >= 7 ? made?.id : ZERO_UUID,
  })
  const retention = { value: '604800000', readOnly: false, configSource: 5, isSensitive: false }
  const found = result?.configs?.filter(({ name }) => name === 'retention.ms') ?? []
  expect(found).toEqual(isTold ? [{ name: 'retention.ms', ...retention }] : [])
})

test('-1 asks for the defaults, configs are kept', async () => {
  await using rig = await HandlerRig.start({ settings: { 'num.partitions': 4 } })
  const configs = [{ name: 'cleanup.policy', value: 'compact' }]
  const [result] = await create(rig, [
    topic('orders', { numPartitions: -1, replicationFactor: -1, configs }),
  ])
  expect(result).toMatchObject({ errorCode: ErrorCode.NONE, numPartitions: 4 })
  const told = result?.configs?.find(({ name }) => name === 'cleanup.policy')
  expect(told).toMatchObject({ value: 'compact', configSource: 1 })
  const made = rig.broker.topics.byName('orders')
  expect(made?.configs).toEqual(new Map([['cleanup.policy', 'compact']]))
  expect(made?.partitions[0]?.log?.config.cleanupPolicy).toBe('compact')
})

const NAMES = [
  '',
  '.',
  '..',
  'a/b',
  'a b',
  'ä',
  '../x',
  'x'.repeat(250),
  'a\u0000b',
  '__share_group_state',
]

test.each(NAMES)('the name %j is refused', async (name) => {
  await using rig = await HandlerRig.start()
  const [result] = await create(rig, [topic(name)])
  expect(result).toMatchObject({ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, topicId: ZERO_UUID })
  expect(result?.errorMessage).toMatch(/\w/)
  expect(rig.broker.topics.all()).toEqual([])
})

test('names that differ in "." and "_" only collide, in one request too', async () => {
  await using rig = await HandlerRig.start()
  const results = await create(rig, [
    topic('a.b_c'),
    topic('a_b.c'),
    topic('a.b'),
    topic('x'.repeat(249)),
  ])
  expect(results.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.NONE,
    ErrorCode.INVALID_TOPIC_EXCEPTION,
    ErrorCode.NONE,
    ErrorCode.NONE,
  ])
  const [late] = await create(rig, [topic('a_b')])
  expect(late?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
  expect(late?.errorMessage).toContain("'a.b'")
})

const { INVALID_REQUEST, INVALID_PARTITIONS, INVALID_REPLICA_ASSIGNMENT } = ErrorCode
const { INVALID_REPLICATION_FACTOR, INVALID_CONFIG, POLICY_VIOLATION } = ErrorCode
const at = (partitionIndex: number, ...brokerIds: number[]) => ({ partitionIndex, brokerIds })
const free = { numPartitions: -1, replicationFactor: -1 }

test.each<[string, Partial<Topic>, number]>([
  ['no partitions', { numPartitions: 0 }, INVALID_PARTITIONS],
  ['-2 partitions', { numPartitions: -2 }, INVALID_PARTITIONS],
  ['too many partitions', { numPartitions: 10_001 }, POLICY_VIOLATION],
  ['the most partitions', { numPartitions: 2 ** 31 - 1 }, POLICY_VIOLATION],
  ['three replicas', { replicationFactor: 3 }, INVALID_REPLICATION_FACTOR],
  ['no replicas', { replicationFactor: 0 }, INVALID_REPLICATION_FACTOR],
  ['assigned and counted', { assignments: [at(0, 1)] }, INVALID_REQUEST],
  ['assigned elsewhere', { ...free, assignments: [at(0, 2)] }, INVALID_REPLICA_ASSIGNMENT],
  ['assigned twice', { ...free, assignments: [at(0, 1), at(0, 1)] }, INVALID_REPLICA_ASSIGNMENT],
  [
    'assigned with a gap',
    { ...free, assignments: [at(0, 1), at(2, 1)] },
    INVALID_REPLICA_ASSIGNMENT,
  ],
  ['assigned to nobody', { ...free, assignments: [at(0)] }, INVALID_REPLICA_ASSIGNMENT],
  ['an unknown config', { configs: [{ name: 'retention.m', value: '1' }] }, INVALID_CONFIG],
  [
    'a config without a value',
    { configs: [{ name: 'retention.ms', value: null }] },
    INVALID_CONFIG,
  ],
  ['a bad config', { configs: [{ name: 'retention.ms', value: 'x' }] }, INVALID_CONFIG],
])('%s is refused', async (_what, wrong, errorCode) => {
  await using rig = await HandlerRig.start()
  const results = await create(rig, [topic('orders', wrong), topic('other')])
  expect(results[0]).toMatchObject({ errorCode, numPartitions: -1, configs: null })
  expect(results[0]?.errorMessage).toMatch(/\w/)
  expect(results[1]?.errorCode).toBe(ErrorCode.NONE)
  expect(rig.broker.topics.all().map(({ name }) => name)).toEqual(['other'])
})

test('an assignment that names this broker only is fine', async () => {
  await using rig = await HandlerRig.start()
  const assignments = [at(1, 1), at(0, 1)]
  const [result] = await create(rig, [topic('orders', { ...free, assignments })])
  expect(result).toMatchObject({ errorCode: ErrorCode.NONE, numPartitions: 2 })
})

test('a name twice in a request, a topic that exists', async () => {
  await using rig = await HandlerRig.start()
  const results = await create(rig, [topic('a'), topic('b'), topic('a')])
  expect(results).toMatchObject([
    { name: 'a', errorCode: INVALID_REQUEST },
    { name: 'b', errorCode: ErrorCode.NONE },
  ])
  const configs = [{ name: 'no.such', value: '1' }]
  const [again] = await create(rig, [topic('b', { configs })])
  expect(again).toMatchObject({ name: 'b', errorCode: ErrorCode.TOPIC_ALREADY_EXISTS })
})

test('validateOnly says the same and creates nothing', async () => {
  await using rig = await HandlerRig.start()
  const results = await create(rig, [topic('a', { numPartitions: 7 }), topic('a/b')], {
    validateOnly: true,
  })
  expect(results).toMatchObject([
    { errorCode: ErrorCode.NONE, numPartitions: 7, topicId: ZERO_UUID },
    { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION },
  ])
  expect(rig.broker.topics.all()).toEqual([])
})

test('1,000 topics in one request', async () => {
  await using rig = await HandlerRig.start()
  const names = Array.from({ length: 1000 }, (_, index) => `topic-${index}`)
  const results = await create(
    rig,
    names.map((name) => topic(name)),
  )
  expect(results.every(({ errorCode }) => errorCode === ErrorCode.NONE)).toBe(true)
  expect(rig.broker.topics.all()).toHaveLength(1000)
})

import { ErrorCode, Metadata, type MetadataRequest, ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const NOT_ASKED = -2_147_483_648

function asking(names: readonly string[] | null, more: Partial<MetadataRequest> = {}) {
  return {
    topics: names?.map((name) => ({ name, topicId: ZERO_UUID })) ?? null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
    ...more,
  }
}

const versions = Array.from({ length: 14 }, (_, version) => version)

test.each(versions)('all topics, sorted, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  for (const name of ['b', 'a', 'c']) await rig.createTopic(name, { partitions: 2 })
  const since = <Value, Before>(first: number, value: Value, before: Before) =>
    version >= first ? value : before
  const response = await rig.ask(Metadata, version, asking(version === 0 ? [] : null))
  expect(response.topics.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(response).toMatchObject({
    brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092, rack: null }],
    controllerId: since(1, 1, -1),
    clusterId: since(2, rig.broker.cluster.clusterId, null),
    clusterAuthorizedOperations: NOT_ASKED,
    errorCode: ErrorCode.NONE,
  })
  const leader = { leaderId: 1, leaderEpoch: since(7, 0, -1), replicaNodes: [1], isrNodes: [1] }
  expect(response.topics[0]).toMatchObject({
    errorCode: ErrorCode.NONE,
    topicId: since(10, rig.broker.topics.byName('a')?.id, ZERO_UUID),
    isInternal: false,
    topicAuthorizedOperations: NOT_ASKED,
    partitions: [
      { ...leader, partitionIndex: 0 },
      { ...leader, partitionIndex: 1 },
    ],
  })
})

test('no topics from version 1 on is none', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  expect((await rig.ask(Metadata, 1, asking([]))).topics).toEqual([])
  expect((await rig.ask(Metadata, 13, asking([]))).topics).toEqual([])
})

function byId(topicId: string): MetadataRequest {
  return { ...asking([]), topics: [{ name: null, topicId }] }
}

test('topics by id', async () => {
  await using rig = await HandlerRig.start()
  const { topic } = await rig.createTopic('a')
  const unknown = 'AAAAAAAAAAAAAAAAAAAACg'
  expect((await rig.ask(Metadata, 12, byId(topic?.id ?? ''))).topics).toMatchObject([
    { errorCode: ErrorCode.NONE, name: 'a', topicId: topic?.id },
  ])
  expect((await rig.ask(Metadata, 13, byId(unknown))).topics).toMatchObject([
    { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId: unknown, partitions: [] },
  ])
  expect((await rig.ask(Metadata, 11, byId(topic?.id ?? ''))).topics).toMatchObject([
    { errorCode: ErrorCode.INVALID_REQUEST },
  ])
})

test('a missing topic is created before the answer, if client and broker allow it', async () => {
  await using rig = await HandlerRig.start({ settings: { 'num.partitions': 3 } })
  const { UNKNOWN_TOPIC_OR_PARTITION, INVALID_TOPIC_EXCEPTION } = ErrorCode
  const refused = await rig.ask(Metadata, 9, asking(['new']))
  expect(refused.topics).toMatchObject([{ name: 'new', errorCode: UNKNOWN_TOPIC_OR_PARTITION }])
  const allowed = asking(['new', 'new', 'bad/name', '__consumer_offsets'], {
    allowAutoTopicCreation: true,
  })
  const { topics } = await rig.ask(Metadata, 9, allowed)
  expect(topics).toMatchObject([
    { name: 'new', errorCode: ErrorCode.NONE },
    { name: 'bad/name', errorCode: INVALID_TOPIC_EXCEPTION, partitions: [] },
    { name: '__consumer_offsets', errorCode: UNKNOWN_TOPIC_OR_PARTITION, isInternal: true },
  ])
  expect(topics[0]?.partitions).toHaveLength(3)
})

test('auto.create.topics.enable=false', async () => {
  await using rig = await HandlerRig.start({ settings: { 'auto.create.topics.enable': false } })
  const asked = asking(['new'], { allowAutoTopicCreation: true })
  const { topics } = await rig.ask(Metadata, 13, asked)
  expect(topics).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }])
  expect(rig.broker.topics.byName('new')).toBeUndefined()
})

test('many clients that ask for one new topic at once all get the same', async () => {
  await using rig = await HandlerRig.start()
  const asked = asking(['new'], { allowAutoTopicCreation: true })
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => rig.ask(Metadata, 13, asked)),
  )
  const ids = new Set(responses.map(({ topics }) => topics[0]?.topicId))
  expect(ids).toEqual(new Set([rig.broker.topics.byName('new')?.id]))
  expect(responses.every(({ topics }) => topics[0]?.errorCode === ErrorCode.NONE)).toBe(true)
})

test('authorized operations are told when asked for', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const asked = asking(null, {
    includeTopicAuthorizedOperations: true,
    includeClusterAuthorizedOperations: true,
  })
  const response = await rig.ask(Metadata, 9, asked)
  expect(response.topics[0]?.topicAuthorizedOperations).toBe(0b1101_1111_1000)
  expect(response.clusterAuthorizedOperations).toBe(0b1_1111_1010_0000)
})

test('a client is told the address that it came by, or the advertised one', async () => {
  await using open = await HandlerRig.start()
  const came = { localAddress: '::ffff:10.1.2.3', localPort: 1234 }
  const plain = await open.ask(Metadata, 9, asking([]), came)
  expect(plain.brokers).toMatchObject([{ host: '10.1.2.3', port: 1234 }])
  const settings = { 'advertised.listeners': 'PLAINTEXT://kafka.example:19092' }
  await using advertised = await HandlerRig.start({ settings })
  const { brokers } = await advertised.ask(Metadata, 9, asking([]), came)
  expect(brokers).toMatchObject([{ host: 'kafka.example', port: 19_092 }])
})

import { DescribeQuorum, ErrorCode, ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

function ask(rig: HandlerRig, version: number, asked: readonly [string, number[]][]) {
  const topics = asked.map(([topicName, indexes]) => ({
    topicName,
    partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
  }))
  return rig.ask(DescribeQuorum, version, { topics })
}

test.each([0, 1, 2])('one voter, which leads and lacks nothing, version %i', async (version) => {
  await using rig = await HandlerRig.start({ settings: { 'node.id': 7 } })
  await rig.createTopic('a')
  const answer = await ask(rig, version, [['__cluster_metadata', [0]]])
  const [partition] = answer.topics[0]?.partitions ?? []
  expect(partition).toMatchObject({
    errorCode: ErrorCode.NONE,
    leaderId: 7,
    highWatermark: 1,
    currentVoters: [{ replicaId: 7, replicaDirectoryId: ZERO_UUID, logEndOffset: 1 }],
    observers: [],
  })
  const now = version === 0 ? -1 : rig.clock.nowMs()
  expect(partition?.currentVoters[0]?.lastCaughtUpTimestamp).toBe(now)
  const listeners = [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }]
  expect(answer.nodes).toEqual(version < 2 ? [] : [{ nodeId: 7, listeners }])
})

test.each<[string, [string, number[]][]]>([
  ['another topic', [['a', [0]]]],
  ['another partition', [['__cluster_metadata', [1]]]],
  ['more partitions', [['__cluster_metadata', [0, 1]]]],
  [
    'more topics',
    [
      ['__cluster_metadata', [0]],
      ['a', [0]],
    ],
  ],
])('%s is described in no part', async (_, asked) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const { errorCode, topics, nodes } = await ask(rig, 2, asked)
  const codes = topics.flatMap(({ partitions }) => partitions.map((one) => one.errorCode))
  expect(codes).toEqual(codes.map(() => ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
  expect([errorCode, codes.length > 0, nodes]).toEqual([ErrorCode.NONE, true, []])
})

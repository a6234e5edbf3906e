import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsResponse,
  ErrorCode,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

function page(
  rig: HandlerRig,
  request: Partial<{ names: string[]; limit: number; cursor: object }>,
) {
  return rig.ask(DescribeTopicPartitions, 0, {
    topics: (request.names ?? []).map((name) => ({ name })),
    responsePartitionLimit: request.limit ?? 2000,
    cursor: request.cursor ? { topicName: '', partitionIndex: 0, ...request.cursor } : null,
  })
}

function counted({ topics }: DescribeTopicPartitionsResponse): [string | null, number[]][] {
  return topics.map(({ name, partitions }) => [name, partitions.map((one) => one.partitionIndex)])
}

test('all topics in pages, none left out and none twice', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { partitions: 2 })
  await rig.createTopic('b', { partitions: 3 })
  await rig.createTopic('c')
  const first = await page(rig, { limit: 4 })
  expect(counted(first)).toEqual([
    ['a', [0, 1]],
    ['b', [0, 1]],
  ])
  expect(first.nextCursor).toEqual({ topicName: 'b', partitionIndex: 2 })
  const second = await page(rig, { limit: 1, cursor: first.nextCursor ?? {} })
  expect(counted(second)).toEqual([['b', [2]]])
  expect(second.nextCursor).toEqual({ topicName: 'c', partitionIndex: 0 })
  const third = await page(rig, { limit: 1, cursor: second.nextCursor ?? {} })
  expect(counted(third)).toEqual([['c', [0]]])
  expect(third.nextCursor).toBeNull()
})

test('named topics: sorted, each once, with what is wrong', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('b')
  const { topics } = await page(rig, { names: ['z', 'b', 'b', 'a b'] })
  expect(topics).toMatchObject([
    { name: 'a b', errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION },
    { name: 'b', errorCode: ErrorCode.NONE, topicAuthorizedOperations: 0b1101_1111_1000 },
    { name: 'z', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] },
  ])
})

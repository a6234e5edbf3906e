import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponseTopic,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'

import { ALL_TOPIC_OPERATIONS } from '../admin/authorized-operations.ts'
import { leadershipOf } from '../metadata/leadership.ts'
import { topicNameProblem } from '../metadata/topic-name.ts'
import type { Topic } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Topics in pages of partitions (KIP-966). Source: DescribeTopicPartitionsRequest.json. */
export const describeTopicPartitions: RequestHandler = defineHandler(
  DescribeTopicPartitions,
  [0, 0],
  answer,
)

function answer(
  request: DescribeTopicPartitionsRequest,
  { topics, cluster, config }: HandlerContext,
): DescribeTopicPartitionsResponse {
  const { cursor } = request
  const from = cursor?.topicName ?? ''
  const everything = request.topics.length === 0
  const names = everything
    ? topics.all().map(({ name }) => name)
    : [...new Set(request.topics.map(({ name }) => name))].toSorted()
  const answered: DescribeTopicPartitionsResponseTopic[] = []
  const { maxRequestPartitionSizeLimit: most } = config
  let room = Math.min(Math.max(1, request.responsePartitionLimit), most)
  let nextCursor: DescribeTopicPartitionsResponse['nextCursor'] = null
  for (const name of names.filter((each) => each >= from)) {
    const topic = topics.byName(name)
    if (topic === undefined) {
      answered.push(missing(name))
      continue
    }
    const first = name === cursor?.topicName ? Math.max(0, cursor.partitionIndex) : 0
    if (room === 0) {
      nextCursor = { topicName: name, partitionIndex: first }
      break
    }
    const page = pageOf(topic, cluster.nodeId, { first, count: room })
    answered.push(page)
    room -= page.partitions.length
    const next = first + page.partitions.length
    if (next < topic.partitions.length) {
      nextCursor = { topicName: name, partitionIndex: next }
      break
    }
  }
  return { throttleTimeMs: 0, topics: answered, nextCursor }
}

function pageOf(
  topic: Topic,
  nodeId: number,
  { first, count }: { first: number; count: number },
): DescribeTopicPartitionsResponseTopic {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.internal,
    partitions: topic.partitions.slice(first, first + count).map((partition) => ({
      errorCode: ErrorCode.NONE, // that of a partition without a leader too, as in Kafka
      ...leadershipOf(partition, nodeId),
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
    })),
    topicAuthorizedOperations: ALL_TOPIC_OPERATIONS,
  }
}

function missing(name: string): DescribeTopicPartitionsResponseTopic {
  const isLegal = topicNameProblem(name) === undefined
  return {
    errorCode: isLegal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    topicId: ZERO_UUID,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: ALL_TOPIC_OPERATIONS,
  }
}

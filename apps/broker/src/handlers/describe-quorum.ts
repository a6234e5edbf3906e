import {
  DescribeQuorum,
  type DescribeQuorumRequest,
  type DescribeQuorumResponse,
  type DescribeQuorumResponseNode,
  type DescribeQuorumResponsePartitionData,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'

import { KRAFT_TOPIC } from '../metadata/topic-name.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** Version 1 adds times, 2 the endpoints of the voters. The one broker is the whole quorum. */
export const describeQuorum: RequestHandler = defineHandler(DescribeQuorum, [0, 2], answer)

const NOT_HERE = 'The quorum has one partition, __cluster_metadata-0, which is asked for alone.'

function answer(
  { topics }: DescribeQuorumRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): DescribeQuorumResponse {
  const isAsked = isForMetadata(topics)
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) =>
        isAsked ? metadataPartition(broker) : notHere(partitionIndex),
      ),
    })),
    nodes: isAsked ? [node(broker, origin)] : [],
  }
}

/** As Kafka, which describes nothing to who asks for anything else besides. */
function isForMetadata(topics: DescribeQuorumRequest['topics']): boolean {
  const [topic] = topics
  if (topics.length !== 1 || topic?.topicName !== KRAFT_TOPIC) return false
  return topic.partitions.length === 1 && topic.partitions[0]?.partitionIndex === 0
}

/** The changes of the catalog are its log: each is durable before it is the last one. */
function metadataPartition({
  catalog,
  cluster,
  clock,
}: HandlerContext): DescribeQuorumResponsePartitionData {
  const logEndOffset = catalog.sequence
  const now = clock.nowMs()
  return {
    partitionIndex: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    leaderId: cluster.nodeId,
    leaderEpoch: catalog.state.leaderEpoch,
    highWatermark: logEndOffset,
    currentVoters: [
      {
        replicaId: cluster.nodeId,
        replicaDirectoryId: ZERO_UUID, // voters have none at level 0 of kraft.version
        logEndOffset,
        lastFetchTimestamp: now,
        lastCaughtUpTimestamp: now,
      },
    ],
    observers: [],
  }
}

function node({ cluster }: HandlerContext, origin: RequestOrigin): DescribeQuorumResponseNode {
  const { nodeId, host, port } = cluster.endpointFor(origin)
  return { nodeId, listeners: [{ name: origin.listenerName, host, port }] }
}

function notHere(partitionIndex: number): DescribeQuorumResponsePartitionData {
  return {
    partitionIndex,
    errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    errorMessage: NOT_HERE,
    leaderId: -1,
    leaderEpoch: -1,
    highWatermark: -1,
    currentVoters: [],
    observers: [],
  }
}

import {
  AlterPartitionReassignments,
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsRequestReassignablePartition,
  type AlterPartitionReassignmentsResponse,
  type AlterPartitionReassignmentsResponseReassignablePartitionResponse,
  ErrorCode,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** A partition can only stay where it is. Source: AlterPartitionReassignmentsRequest.json. */
export const alterPartitionReassignments: RequestHandler = defineHandler(
  AlterPartitionReassignments,
  [0, 1],
  answer,
)

function answer(
  { topics, allowReplicationFactorChange }: AlterPartitionReassignmentsRequest,
  broker: HandlerContext,
): AlterPartitionReassignmentsResponse {
  return {
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => reassign(name, asked, broker)),
    })),
  }
}

function reassign(
  topic: string,
  { partitionIndex, replicas }: AlterPartitionReassignmentsRequestReassignablePartition,
  { topics, cluster }: HandlerContext,
): AlterPartitionReassignmentsResponseReassignablePartitionResponse {
  if (topics.byName(topic)?.partitions[partitionIndex] === undefined) {
    const errorMessage = `There is no partition ${topic}-${partitionIndex}.`
    return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage }
  }
  if (replicas === null) {
    const errorMessage = 'There is no reassignment to cancel.'
    return { partitionIndex, errorCode: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, errorMessage }
  }
  if (replicas.length === 1 && replicas[0] === cluster.nodeId) {
    return { partitionIndex, errorCode: ErrorCode.NONE, errorMessage: null }
  }
  const errorMessage = `Replicas [${replicas.join(', ')}]: the only broker is ${cluster.nodeId}.`
  return { partitionIndex, errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT, errorMessage }
}

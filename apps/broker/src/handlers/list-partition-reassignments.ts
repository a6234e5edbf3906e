import {
  ErrorCode,
  ListPartitionReassignments,
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse,
} from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'

/** There never is one: a partition has nowhere to go. */
export const listPartitionReassignments: RequestHandler = defineHandler(
  ListPartitionReassignments,
  [0, 0],
  answer,
)

function answer(_request: ListPartitionReassignmentsRequest): ListPartitionReassignmentsResponse {
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, topics: [] }
}

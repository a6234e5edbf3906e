import {
  AlterShareGroupOffsets,
  type AlterShareGroupOffsetsRequest,
  type AlterShareGroupOffsetsResponse,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'

import { shareProblem } from '../share-groups/share-feature.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: AlterShareGroupOffsetsRequest.json. */
export const alterShareGroupOffsets: RequestHandler = defineHandler(
  AlterShareGroupOffsets,
  [0, 0],
  answer,
)

async function answer(
  { groupId, topics }: AlterShareGroupOffsetsRequest,
  broker: HandlerContext,
): Promise<AlterShareGroupOffsetsResponse> {
  const problem = shareProblem(broker.features)
  if (problem !== undefined) return { throttleTimeMs: 0, ...problem, responses: [] }
  const starts = topics.flatMap(({ topicName: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, startOffset }) => {
      return { topic, partition, startOffset }
    }),
  )
  const { errorCode, each } = await broker.shareOffsets.alter(groupId, starts)
  if (errorCode !== ErrorCode.NONE) {
    return { throttleTimeMs: 0, errorCode, errorMessage: null, responses: [] }
  }
  const codes = [...each]
  const responses = topics.map(({ topicName, partitions }) => ({
    topicName,
    topicId: broker.topics.byName(topicName)?.id ?? ZERO_UUID,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: codes.shift() ?? ErrorCode.UNKNOWN_SERVER_ERROR,
      errorMessage: null,
    })),
  }))
  return { throttleTimeMs: 0, errorCode, errorMessage: null, responses }
}

import {
  DeleteShareGroupOffsets,
  type DeleteShareGroupOffsetsRequest,
  type DeleteShareGroupOffsetsResponse,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'

import { shareProblem } from '../share-groups/share-feature.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: DeleteShareGroupOffsetsRequest.json. */
export const deleteShareGroupOffsets: RequestHandler = defineHandler(
  DeleteShareGroupOffsets,
  [0, 0],
  answer,
)

async function answer(
  { groupId, topics }: DeleteShareGroupOffsetsRequest,
  broker: HandlerContext,
): Promise<DeleteShareGroupOffsetsResponse> {
  const problem = shareProblem(broker.features)
  if (problem !== undefined) return { throttleTimeMs: 0, ...problem, responses: [] }
  const names = topics.map(({ topicName }) => topicName)
  const { errorCode, each } = await broker.shareOffsets.delete(groupId, names)
  if (errorCode !== ErrorCode.NONE) {
    return { throttleTimeMs: 0, errorCode, errorMessage: null, responses: [] }
  }
  const responses = names.map((topicName, at) => {
    const ofTopic = each[at] ?? ErrorCode.UNKNOWN_SERVER_ERROR
    const isAbsent = ofTopic === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return {
      topicName,
      topicId: broker.topics.byName(topicName)?.id ?? ZERO_UUID,
      errorCode: ofTopic,
      errorMessage: isAbsent ? 'There is no offset information to delete.' : null,
    }
  })
  return { throttleTimeMs: 0, errorCode, errorMessage: null, responses }
}

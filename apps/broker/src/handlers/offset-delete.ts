import {
  ErrorCode,
  OffsetDelete,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: OffsetDeleteRequest.json, KIP-496. */
export const offsetDelete: RequestHandler = defineHandler(OffsetDelete, [0, 0], answer)

async function answer(
  request: OffsetDeleteRequest,
  broker: HandlerContext,
): Promise<OffsetDeleteResponse> {
  const places = request.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition }) => ({ topic, partition })),
  )
  const { errorCode, placeErrors } = await broker.groups.deleteOffsets(request.groupId, places)
  if (errorCode !== ErrorCode.NONE) return { throttleTimeMs: 0, errorCode, topics: [] }
  let at = 0
  const topics = request.topics.map(({ name, partitions }) => {
    const known = broker.topics.byName(name)?.partitions.length ?? 0
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        const ofPlace = placeErrors[at++] ?? ErrorCode.NONE
        const isKnown = partitionIndex >= 0 && partitionIndex < known
        return {
          partitionIndex,
          errorCode: isKnown ? ofPlace : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        }
      }),
    }
  })
  return { throttleTimeMs: 0, errorCode, topics }
}

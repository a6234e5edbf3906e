import {
  ErrorCode,
  WriteTxnMarkers,
  type WriteTxnMarkersRequestWritableTxnMarker,
  type WriteTxnMarkersResponse,
  type WriteTxnMarkersResponseWritableTxnMarkerResult,
} from '@pafka/protocol'

import { appendMarker } from '../transactions/append-marker.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** For operators, who abort what hangs (KIP-664). Source: WriteTxnMarkersRequest.json. */
export const writeTxnMarkers: RequestHandler = defineHandler(
  WriteTxnMarkers,
  [1, 2],
  async ({ markers }, broker): Promise<WriteTxnMarkersResponse> => ({
    markers: await Promise.all(markers.map((marker) => written(marker, broker))),
  }),
)

async function written(
  marker: WriteTxnMarkersRequestWritableTxnMarker,
  broker: HandlerContext,
): Promise<WriteTxnMarkersResponseWritableTxnMarkerResult> {
  const { producerId } = marker
  const topics = await Promise.all(
    marker.topics.map(async ({ name, partitionIndexes }) => ({
      name,
      partitions: await Promise.all(
        partitionIndexes.map(async (partitionIndex) => ({
          partitionIndex,
          errorCode: await writtenTo({ topic: name, partition: partitionIndex }, marker, broker),
        })),
      ),
    })),
  )
  return { producerId, topics }
}

function writtenTo(
  place: TopicPartition,
  marker: WriteTxnMarkersRequestWritableTxnMarker,
  { topics, clock, groups }: HandlerContext,
): Promise<ErrorCode> {
  const partition = topics.byName(place.topic)?.partitions[place.partition]
  if (partition === undefined) return Promise.resolve(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const { producerId, producerEpoch, coordinatorEpoch, transactionResult: isCommit } = marker
  const nowMs = clock.nowMs()
  const origin = { producerId, producerEpoch, coordinatorEpoch, isCommit, nowMs }
  return appendMarker(partition, origin, () =>
    groups.transactionEnded(place, producerId, isCommit ? 'commit' : 'abort'),
  )
}

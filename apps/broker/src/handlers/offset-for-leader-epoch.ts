import type { EpochEnd, PartitionLog } from '@pafka/log'
import {
  ErrorCode,
  OffsetForLeaderEpoch,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochRequestOffsetForLeaderPartition,
  type OffsetForLeaderEpochResponse,
  type OffsetForLeaderEpochResponseEpochEndOffset,
} from '@pafka/protocol'

import { leaderEpochError } from '../metadata/leader-epoch.ts'
import type { Partition } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Tells a consumer whether records it has read were lost (KIP-320). */
export const offsetForLeaderEpoch: RequestHandler = defineHandler(
  OffsetForLeaderEpoch,
  [2, 4],
  answer,
)

function answer(
  { topics }: OffsetForLeaderEpochRequest,
  broker: HandlerContext,
): OffsetForLeaderEpochResponse {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((asked) =>
        endOf(asked, broker.topics.byName(topic)?.partitions[asked.partition]),
      ),
    })),
  }
}

function endOf(
  asked: OffsetForLeaderEpochRequestOffsetForLeaderPartition,
  found: Partition | undefined,
): OffsetForLeaderEpochResponseEpochEndOffset {
  const { partition, leaderEpoch } = asked
  const unknown = { errorCode: ErrorCode.NONE, partition, leaderEpoch: -1, endOffset: -1 }
  if (found === undefined) {
    return { ...unknown, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
  }
  const { log } = found
  if (log === undefined) return { ...unknown, errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
  const errorCode = leaderEpochError(asked.currentLeaderEpoch, found)
  if (errorCode !== ErrorCode.NONE) return { ...unknown, errorCode }
  return { errorCode, partition, ...endOfEpoch(leaderEpoch, log, found.leaderEpoch) }
}

/**
 * The log learns of an epoch with its first batch; until then it is known here only, and so is
 * where those before it ended, if they wrote nothing or all they wrote is deleted. Source: Kafka
 * `LeaderEpochFileCache.endOffsetFor`, whose cache has an entry of every epoch.
 */
function endOfEpoch(asked: number, log: PartitionLog, leaderEpoch: number): EpochEnd {
  const { latestEpoch, logEndOffset: endOffset } = log
  if (asked === leaderEpoch) return { leaderEpoch: asked, endOffset }
  const wroteNothing = asked >= 0 && asked > latestEpoch && asked < leaderEpoch
  if (!wroteNothing) return log.endOffsetForEpoch(asked)
  return { leaderEpoch: latestEpoch < 0 ? asked : latestEpoch, endOffset }
}

import type { PartitionLog } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import { leaderEpochError } from '../metadata/leader-epoch.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import type { FetchedPartition } from './fetch-session.ts'

/** What a partition would answer now, found without reading from it. */
export interface SurveyedPartition {
  readonly asked: FetchedPartition
  readonly errorCode: ErrorCode
  /** Undefined when it is not known, not there, or may not be read by this request. */
  readonly log: PartitionLog | undefined
  /** Committed bytes from the offset asked for, about: whole index intervals may be counted. */
  readonly availableBytes: number
}

/** @param byId which of name and id the request knows its topics by. */
export function surveyPartition(
  asked: FetchedPartition,
  topics: TopicCatalog,
  byId: boolean,
): SurveyedPartition {
  const topic = byId ? topics.byId(asked.topicId) : topics.byName(asked.topic)
  if (topic === undefined) {
    return refused(asked, byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  }
  const partition = topic.partitions[asked.partition]
  if (partition === undefined) return refused(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const { log } = partition
  if (log === undefined) return refused(asked, ErrorCode.KAFKA_STORAGE_ERROR)
  const errorCode = leaderEpochError(asked.currentLeaderEpoch, partition)
  if (errorCode !== ErrorCode.NONE) return refused(asked, errorCode)
  if (asked.fetchOffset < log.logStartOffset || asked.fetchOffset > log.logEndOffset) {
    return { asked, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, log, availableBytes: 0 }
  }
  const availableBytes = bytesFor(log, asked)
  return { asked, errorCode: ErrorCode.NONE, log, availableBytes }
}

/** Committed bytes for a reader, about: none beyond what it may see. */
export function bytesFor(
  log: PartitionLog,
  { fetchOffset, readsCommitted }: Pick<FetchedPartition, 'fetchOffset' | 'readsCommitted'>,
): number {
  const endOffset = readsCommitted ? log.lastStableOffset : log.highWatermark
  return fetchOffset < endOffset ? log.bytesFrom(fetchOffset) : 0
}

function refused(asked: FetchedPartition, errorCode: ErrorCode): SurveyedPartition {
  return { asked, errorCode, log: undefined, availableBytes: 0 }
}

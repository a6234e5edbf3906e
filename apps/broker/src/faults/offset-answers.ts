import {
  ErrorCode,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  type OffsetFetchRequestTopics,
  type OffsetFetchResponseTopics,
  ZERO_UUID,
} from '@pafka/protocol'

import { defineErrorAnswer, type ErrorAnswer } from './error-answer.ts'

export const offsetCommitError: ErrorAnswer = defineErrorAnswer(
  OffsetCommit,
  (request, { errorCode }) => {
    if (request.topics.length === 0) return undefined
    const topics = request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    }))
    return { throttleTimeMs: 0, topics }
  },
)

/** What can be wrong with one partition; everything else is wrong with the group. */
const PARTITION_ERRORS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNSTABLE_OFFSET_COMMIT,
])

/** On each group from version 8 on, on the whole from 2 on, on each partition before. */
export const offsetFetchError: ErrorAnswer = defineErrorAnswer(
  OffsetFetch,
  (request, { errorCode, origin }) => {
    const byPartition = PARTITION_ERRORS.has(errorCode)
    const none = ErrorCode.NONE
    if (origin.apiVersion >= 8) {
      if (request.groups.length === 0) return undefined
      const groups = request.groups.map(({ groupId, topics }) =>
        byPartition && topics !== null && topics.length > 0
          ? { groupId, topics: failedTopics(topics, errorCode), errorCode: none }
          : { groupId, topics: [], errorCode },
      )
      return { throttleTimeMs: 0, topics: [], errorCode: none, groups }
    }
    const asked = (request.topics ?? []).map((topic) => ({ ...topic, topicId: ZERO_UUID }))
    const topics = failedTopics(asked, errorCode)
    if (byPartition && topics.length > 0) {
      return { throttleTimeMs: 0, topics, errorCode: none, groups: [] }
    }
    if (origin.apiVersion < 2 && topics.length === 0) return undefined
    return { throttleTimeMs: 0, topics, errorCode, groups: [] }
  },
)

function failedTopics(
  topics: readonly OffsetFetchRequestTopics[],
  errorCode: ErrorCode,
): OffsetFetchResponseTopics[] {
  return topics.map(({ name, topicId, partitionIndexes }) => ({
    name,
    topicId,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      committedLeaderEpoch: -1,
      metadata: '',
      errorCode,
    })),
  }))
}

export const offsetDeleteError: ErrorAnswer = defineErrorAnswer(
  OffsetDelete,
  (_request, { errorCode }) => ({ errorCode, throttleTimeMs: 0, topics: [] }),
)

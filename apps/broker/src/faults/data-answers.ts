import {
  DeleteRecords,
  ErrorCode,
  Fetch,
  type FetchRequest,
  type FetchResponse,
  type FetchResponseFetchableTopicResponse,
  ListOffsets,
  OffsetForLeaderEpoch,
  Produce,
} from '@pafka/protocol'

import { planFetch } from '../fetch/fetch-plan.ts'
import type { FetchedPartition } from '../fetch/fetch-session.ts'
import { NO_RESPONSE } from '../handlers/handler.ts'
import {
  defineErrorAnswer,
  type ErrorAnswer,
  ORDERED_MESSAGE,
  type OrderedError,
} from './error-answer.ts'

/** With acks=0 there is no answer: as with any failure then, the connection closes. */
export const produceError: ErrorAnswer = defineErrorAnswer(
  Produce,
  (request, { errorCode, origin }) => {
    if (request.topicData.length === 0) return undefined
    if (request.acks === 0) {
      origin.closeConnection(`produce with acks=0 met an ordered error ${errorCode}`)
      return NO_RESPONSE
    }
    const responses = request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode,
        baseOffset: -1,
        logAppendTimeMs: -1,
        logStartOffset: -1,
        recordErrors: [],
        errorMessage: ORDERED_MESSAGE,
      })),
    }))
    return { responses, throttleTimeMs: 0 }
  },
)

/** Fetch sessions, and with them an error of the answer as a whole, are from this version on. */
const SESSION_VERSION = 7
/** Errors of a fetch session, which the answer as a whole carries. */
const SESSION_ERRORS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
])

/**
 * On every partition that is fetched. The client takes such an answer as one of its fetch session,
 * so the session moves on with it: this much of an effect it has.
 */
export const fetchError: ErrorAnswer = defineErrorAnswer(Fetch, (request, error) => {
  const { broker, errorCode, origin } = error
  const whole = { throttleTimeMs: 0, errorCode, sessionId: 0, responses: [] }
  if (origin.apiVersion >= SESSION_VERSION && SESSION_ERRORS.has(errorCode)) return whole
  if (!fetchesAnything(request, error)) return undefined
  const plan = planFetch(request, origin.apiVersion, broker.fetchSessions, broker.clock.nowMs())
  if (typeof plan === 'number') return { ...whole, errorCode: plan }
  return failedFetch([...plan.partitions.values()], plan.session?.id ?? 0, errorCode)
})

function fetchesAnything(request: FetchRequest, { broker }: OrderedError): boolean {
  const followed = broker.fetchSessions.get(request.sessionId)?.partitions.size ?? 0
  return request.topics.length > 0 || followed > 0
}

function failedFetch(
  partitions: readonly FetchedPartition[],
  sessionId: number,
  errorCode: ErrorCode,
): FetchResponse {
  const responses = new Map<string, FetchResponseFetchableTopicResponse>()
  for (const asked of partitions) {
    asked.toldHighWatermark = -1
    asked.toldLogStartOffset = -1
    const { topic, topicId } = asked
    const before = responses.get(topic + topicId)?.partitions ?? []
    const data = {
      partitionIndex: asked.partition,
      errorCode,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      abortedTransactions: null,
      preferredReadReplica: -1,
      records: new Uint8Array(0),
    }
    responses.set(topic + topicId, { topic, topicId, partitions: [...before, data] })
  }
  const { NONE } = ErrorCode
  return { throttleTimeMs: 0, errorCode: NONE, sessionId, responses: [...responses.values()] }
}

export const listOffsetsError: ErrorAnswer = defineErrorAnswer(
  ListOffsets,
  (request, { errorCode }) => {
    if (request.topics.length === 0) return undefined
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode,
        timestamp: -1,
        offset: -1,
        leaderEpoch: -1,
      })),
    }))
    return { throttleTimeMs: 0, topics }
  },
)

export const offsetForLeaderEpochError: ErrorAnswer = defineErrorAnswer(
  OffsetForLeaderEpoch,
  (request, { errorCode }) => {
    if (request.topics.length === 0) return undefined
    const topics = request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({
        errorCode,
        partition,
        leaderEpoch: -1,
        endOffset: -1,
      })),
    }))
    return { throttleTimeMs: 0, topics }
  },
)

export const deleteRecordsError: ErrorAnswer = defineErrorAnswer(
  DeleteRecords,
  (request, { errorCode }) => {
    if (request.topics.length === 0) return undefined
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        lowWatermark: -1,
        errorCode,
      })),
    }))
    return { throttleTimeMs: 0, topics }
  },
)

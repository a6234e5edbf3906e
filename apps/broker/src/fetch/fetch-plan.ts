import { ErrorCode, type FetchRequest, ZERO_UUID } from '@pafka/protocol'

import {
  type FetchedPartition,
  type FetchSession,
  type FetchSessionCache,
  FINAL_EPOCH,
  INITIAL_EPOCH,
} from './fetch-session.ts'

/** Topics are named by id from this version on. */
export const TOPIC_ID_VERSION = 13

/** Of `isolation.level`; 0 reads all. Source: Kafka `IsolationLevel.java`. */
export const READ_COMMITTED = 1

/** Which partitions one request is about, in the order they are served. */
export interface FetchPlan {
  readonly session: FetchSession | undefined
  readonly partitions: ReadonlyMap<string, FetchedPartition>
  /** False for a session's later requests: only partitions with news are answered. */
  readonly full: boolean
}

/**
 * Finds or makes the session of a request, and brings it up to date. Source: KIP-227.
 * @returns the error code for the whole request where its session is not what it thinks.
 */
export function planFetch(
  request: FetchRequest,
  apiVersion: number,
  sessions: FetchSessionCache,
  nowMs: number,
): FetchPlan | ErrorCode {
  const { sessionId, sessionEpoch } = request
  if (sessionEpoch === FINAL_EPOCH || sessionEpoch === INITIAL_EPOCH) {
    if (sessionId !== 0) sessions.remove(sessionId)
    const partitions = new Map(askedPartitions(request, apiVersion).map((each) => [each.key, each]))
    const starts = sessionEpoch === INITIAL_EPOCH
    const byId = apiVersion >= TOPIC_ID_VERSION
    const session = starts ? sessions.create(partitions, byId, nowMs) : undefined
    return { session, partitions, full: true }
  }
  const session = sessions.get(sessionId)
  if (session === undefined) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND
  if (session.nextEpoch !== sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH
  // a client that had no ids, after a time without brokers, has them now: it begins another session
  const byId = apiVersion >= TOPIC_ID_VERSION
  if (session.byId !== byId) return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR
  for (const asked of askedPartitions(request, apiVersion)) session.follow(asked)
  for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
    for (const partition of partitions) {
      session.forget(keyOf(byId ? topicId : topic, partition))
    }
  }
  sessions.touch(session, nowMs)
  return { session, partitions: session.partitions, full: false }
}

function askedPartitions(request: FetchRequest, apiVersion: number): FetchedPartition[] {
  const byId = apiVersion >= TOPIC_ID_VERSION
  return request.topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((asked) => ({
      key: keyOf(byId ? topicId : topic, asked.partition),
      topic: byId ? '' : topic,
      topicId: byId ? topicId : ZERO_UUID,
      partition: asked.partition,
      currentLeaderEpoch: asked.currentLeaderEpoch,
      fetchOffset: asked.fetchOffset,
      lastFetchedEpoch: asked.lastFetchedEpoch,
      maxBytes: asked.partitionMaxBytes,
      readsCommitted: request.isolationLevel === READ_COMMITTED,
      toldHighWatermark: -1,
      toldLogStartOffset: -1,
    })),
  )
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}` // a slash is in no topic name and in no id of this form
}

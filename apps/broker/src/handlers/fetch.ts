import {
  ErrorCode,
  Fetch,
  type FetchRequest,
  type FetchResponse,
  type FetchResponseFetchableTopicResponse,
  type FetchResponsePartitionData,
} from '@pafka/protocol'

import { ANSWER_BYTES } from '../fetch/fetch-memory.ts'
import { type FetchPlan, planFetch, TOPIC_ID_VERSION } from '../fetch/fetch-plan.ts'
import { FetchReads, type PartitionRead } from '../fetch/fetch-reads.ts'
import { type SurveyedPartition, surveyPartition } from '../fetch/fetch-survey.ts'
import type { FetchTerms } from '../fetch/read-aheads.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** What an answer has besides records: itself, and each partition that has some. About. */
const ANSWER_OVERHEAD_BYTES = 60
const PARTITION_OVERHEAD_BYTES = 45
const NO_RECORDS = new Uint8Array(0)
const NONE_ABORTED: FetchResponsePartitionData['abortedTransactions'] = []
/**
 * Version 7 adds sessions (KIP-227), 9 leader epochs, 12 is flexible, 13 names topics by id.
 * Source: FetchRequest.json.
 */
export const fetch: RequestHandler = defineHandler(Fetch, [4, 18], answer)

async function answer(
  request: FetchRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<FetchResponse> {
  const plan = planFetch(request, origin.apiVersion, broker.fetchSessions, broker.clock.nowMs())
  if (typeof plan === 'number') {
    return { throttleTimeMs: 0, errorCode: plan, sessionId: 0, responses: [] }
  }
  const byId = origin.apiVersion >= TOPIC_ID_VERSION
  const survey = (): SurveyedPartition[] =>
    Array.from(plan.partitions.values(), (asked) => surveyPartition(asked, broker.topics, byId))
  let surveyed = survey()
  const quotaBytes = broker.quotas.mostFetchedBytes(origin)
  const wish = quotaBytes < request.minBytes ? { ...request, minBytes: quotaBytes } : request
  if (mustWait(wish, plan, surveyed)) {
    await waitForMore(wish, surveyed, broker, origin)
    surveyed = survey()
  }
  const { session } = plan
  const { fetchMaxBytes } = broker.config
  const maxBytes = Math.min(request.maxBytes, fetchMaxBytes, ANSWER_BYTES, quotaBytes)
  const terms: FetchTerms = { reader: origin, maxBytes, byId }
  const ahead = session && (await broker.readAheads.take(session, surveyed, terms))
  const reads = ahead ?? (await leasedReads(surveyed, terms, broker))
  origin.borrow(reads)
  if (ahead === undefined && !origin.signal.aborted) await reads.readAll(surveyed)
  const requestMs = origin.requestThrottleMs()
  const bytes = answerBytes(reads)
  const { throttleMs, isEmptied } = broker.quotas.fetched(origin, bytes, requestMs)
  if (throttleMs > 0) origin.mute(throttleMs)
  if (isEmptied) {
    reads.sending()
    return emptied(plan, broker, throttleMs)
  }
  const response = respond(plan, reads.partitions, throttleMs)
  if (session !== undefined) broker.readAheads.start(session, reads, terms)
  reads.sending()
  return response
}

/** Waits for room, if those who do not read what they asked for hold all of it. */
async function leasedReads(
  surveyed: readonly SurveyedPartition[],
  { reader, maxBytes }: FetchTerms,
  broker: HandlerContext,
): Promise<FetchReads> {
  let expectedBytes = 0
  for (const each of surveyed) expectedBytes += Math.min(each.availableBytes, each.asked.maxBytes)
  return new FetchReads(await broker.fetchMemory.lease(reader, { maxBytes, expectedBytes }))
}

/** An answer with an error or with something new to say never waits. */
function mustWait(request: FetchRequest, plan: FetchPlan, surveyed: SurveyedPartition[]): boolean {
  if (request.maxWaitMs <= 0 || surveyed.length === 0) return false
  let availableBytes = 0
  for (const each of surveyed) {
    if (each.errorCode !== ErrorCode.NONE) return false
    availableBytes += Math.min(each.availableBytes, each.asked.maxBytes)
  }
  if (!plan.full && request.minBytes <= 0) return false
  return availableBytes < request.minBytes
}

function waitForMore(
  { minBytes, maxWaitMs }: FetchRequest,
  surveyed: readonly SurveyedPartition[],
  broker: HandlerContext,
  { signal }: RequestOrigin,
): Promise<void> {
  const watched = new Map(
    surveyed.flatMap(({ log, asked }) => (log === undefined ? [] : [[log, asked]])),
  )
  return broker.delayedFetches.wait(watched, { minBytes, maxWaitMs, signal })
}

/** Of what quotas count; 0 for an answer without records. */
function answerBytes({ bytes, partitions }: FetchReads): number {
  if (bytes === 0) return 0
  let overhead = ANSWER_OVERHEAD_BYTES
  for (const { read } of partitions) if (read !== undefined) overhead += PARTITION_OVERHEAD_BYTES
  return bytes + overhead
}

/**
 * What a client over its quota gets, to come again when the time is over. It never learns of a
 * session that this request was to begin, and begins another then; one that it has goes on.
 */
function emptied(
  { session, full }: FetchPlan,
  { fetchSessions }: HandlerContext,
  throttleTimeMs: number,
): FetchResponse {
  if (full && session !== undefined) fetchSessions.remove(session.id)
  const sessionId = full ? 0 : (session?.id ?? 0)
  return { throttleTimeMs, errorCode: ErrorCode.NONE, sessionId, responses: [] }
}

function respond(
  { session, full }: FetchPlan,
  reads: readonly PartitionRead[],
  throttleTimeMs: number,
): FetchResponse {
  const byTopic = new Map<string, FetchResponsePartitionData[]>()
  const responses: FetchResponseFetchableTopicResponse[] = []
  for (const each of reads) {
    const { asked } = each.surveyed
    const data = partitionData(each)
    if (!full && !isNews(each, data)) continue
    asked.toldHighWatermark = data.highWatermark
    asked.toldLogStartOffset = data.logStartOffset
    if (each.read !== undefined) session?.moveToEnd(asked.key)
    const topicKey = asked.topic + asked.topicId
    const partitions = byTopic.get(topicKey)
    if (partitions !== undefined) {
      partitions.push(data)
      continue
    }
    const first = [data]
    byTopic.set(topicKey, first)
    responses.push({ topic: asked.topic, topicId: asked.topicId, partitions: first })
  }
  return { throttleTimeMs, errorCode: ErrorCode.NONE, sessionId: session?.id ?? 0, responses }
}

function partitionData({
  surveyed,
  errorCode,
  read,
  aborted,
}: PartitionRead): FetchResponsePartitionData {
  const { asked, log } = surveyed
  const highWatermark = read?.highWatermark ?? log?.highWatermark ?? -1
  return {
    partitionIndex: asked.partition,
    errorCode,
    highWatermark,
    lastStableOffset: Math.min(highWatermark, log?.lastStableOffset ?? -1),
    logStartOffset: log?.logStartOffset ?? -1,
    abortedTransactions: aborted ?? (asked.readsCommitted ? NONE_ABORTED : null),
    preferredReadReplica: -1,
    records: read?.records ?? NO_RECORDS,
  }
}

/** What a session's later answers carry: records, errors, and offsets that moved. */
function isNews(
  { surveyed, errorCode, read }: PartitionRead,
  data: FetchResponsePartitionData,
): boolean {
  if (errorCode !== ErrorCode.NONE || read !== undefined) return true
  const { toldHighWatermark, toldLogStartOffset } = surveyed.asked
  return toldHighWatermark !== data.highWatermark || toldLogStartOffset !== data.logStartOffset
}

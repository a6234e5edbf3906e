import {
  ErrorCode,
  ShareFetch,
  type ShareFetchRequest,
  type ShareFetchResponse,
  type ShareFetchResponsePartitionData,
} from '@pafka/protocol'

import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { shareProblem } from '../share-groups/share-feature.ts'
import type { SharedRead } from '../share-groups/share-reads.ts'
import type { AcknowledgementAnswer } from '../share-groups/share-service.ts'
import { BEGIN_EPOCH, END_EPOCH, type ShareSession } from '../share-groups/share-sessions.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'
import {
  acknowledgementsOf,
  claimOf,
  memberProblem,
  refused,
  refusedSession,
  sharedPartitions,
} from './share-requests.ts'

/** `ShareAcquireMode` (KIP-1206): 0 gives whole batches, 1 never more records than asked for. */
const RECORD_LIMIT = 1
const NO_RECORDS = new Uint8Array(0)
const NO_LEADER = { leaderId: 0, leaderEpoch: 0 }

/** Version 2 adds how records are counted, and renewals. Source: ShareFetchRequest.json. */
export const shareFetch: RequestHandler = defineHandler(ShareFetch, [1, 2], answer)

async function answer(
  request: ShareFetchRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<ShareFetchResponse> {
  const problem = shareProblem(broker.features) ?? memberProblem(request) ?? fetchProblem(request)
  if (problem !== undefined) return refused(problem)
  const claim = claimOf(request)
  const { shares, groups } = broker
  const change = {
    wanted: sharedPartitions(
      request.topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex }) => partitionIndex),
      })),
    ),
    forgotten: sharedPartitions(request.forgottenTopicsData),
  }
  const session = shares.sessions.fetch(claim, change, origin.signal)
  if (typeof session === 'number') return refusedSession(session)
  const { lockMs, readsCommitted, mayRenew } = groups.share.settingsOf(claim.groupId)
  const saying = shares.acknowledge(
    claim,
    acknowledgementsOf(request.topics),
    mayRenew && request.isRenewAck,
  )
  const asksForRecords = request.maxRecords > 0 && request.maxBytes > 0 && !request.isRenewAck
  let read: readonly SharedRead[] = []
  let throttleTimeMs = 0
  if (claim.epoch === END_EPOCH) {
    await saying
    await shares.release(session)
  } else if (asksForRecords) {
    const fetched = await fetchRecords(session, request, { broker, origin, readsCommitted })
    read = fetched.partitions
    throttleTimeMs = fetched.throttleTimeMs
  }
  const said = await saying
  return {
    throttleTimeMs,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    acquisitionLockTimeoutMs: lockMs,
    responses: responsesOf(read, said),
    nodeEndpoints: [],
  }
}

async function fetchRecords(
  session: ShareSession,
  request: ShareFetchRequest,
  how: {
    readonly broker: HandlerContext
    readonly origin: RequestOrigin
    readonly readsCommitted: boolean
  },
): Promise<{ readonly partitions: readonly SharedRead[]; readonly throttleTimeMs: number }> {
  const { broker, origin, readsCommitted } = how
  const { shares, quotas, config } = broker
  const quotaBytes = quotas.mostFetchedBytes(origin)
  const reads = await shares.fetch(session, {
    reader: origin,
    readsCommitted,
    maxBytes: Math.min(request.maxBytes, config.fetchMaxBytes, quotaBytes),
    minBytes: Math.min(request.minBytes, quotaBytes),
    maxWaitMs: Math.max(0, request.maxWaitMs),
    maxRecords: request.maxRecords,
    batchSize: Math.max(1, request.batchSize),
    isStrict: request.shareAcquireMode === RECORD_LIMIT,
  })
  origin.borrow(reads)
  // records that are given out are not taken back: who is over its quota waits afterwards
  const { throttleMs } = quotas.fetched(origin, reads.bytes, origin.requestThrottleMs())
  if (throttleMs > 0) origin.mute(throttleMs)
  reads.sending()
  return { partitions: reads.partitions, throttleTimeMs: throttleMs }
}

/** What is wrong with a request, whatever its session. Source of the rules: Kafka `KafkaApis`. */
function fetchProblem(request: ShareFetchRequest): Refusal | undefined {
  const isBeginning = request.shareSessionEpoch === BEGIN_EPOCH
  if (isBeginning && acknowledgementsOf(request.topics).length > 0) {
    return refusal(ErrorCode.INVALID_REQUEST, 'A share session begins without acknowledgements.')
  }
  const { isRenewAck, maxBytes, minBytes, maxRecords, maxWaitMs } = request
  if (isRenewAck && maxBytes + minBytes + maxRecords + maxWaitMs > 0) {
    return refusal(ErrorCode.INVALID_REQUEST, 'Who renews acknowledgements fetches no records.')
  }
  return undefined
}

function responsesOf(
  reads: readonly SharedRead[],
  said: readonly AcknowledgementAnswer[],
): ShareFetchResponse['responses'] {
  const topics = new Map<string, Map<number, ShareFetchResponsePartitionData>>()
  const put = (topicId: string, data: ShareFetchResponsePartitionData): void => {
    const ofTopic = topics.get(topicId) ?? new Map<number, ShareFetchResponsePartitionData>()
    topics.set(topicId, ofTopic.set(data.partitionIndex, data))
  }
  for (const { of, errorCode, records, acquired: acquiredRecords } of reads) {
    put(of.topicId, { ...emptyData(of.partition), errorCode, records, acquiredRecords })
  }
  for (const { topicId, partition, errorCode, errorMessage } of said) {
    put(topicId, {
      ...(topics.get(topicId)?.get(partition) ?? emptyData(partition)),
      acknowledgeErrorCode: errorCode,
      acknowledgeErrorMessage: errorMessage,
    })
  }
  return [...topics].map(([topicId, ofTopic]) => ({ topicId, partitions: [...ofTopic.values()] }))
}

function emptyData(partitionIndex: number): ShareFetchResponsePartitionData {
  return {
    partitionIndex,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    acknowledgeErrorCode: ErrorCode.NONE,
    acknowledgeErrorMessage: null,
    currentLeader: NO_LEADER,
    records: NO_RECORDS,
    acquiredRecords: [],
  }
}

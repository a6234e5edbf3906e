import {
  ErrorCode,
  ShareAcknowledge,
  type ShareAcknowledgeRequest,
  type ShareAcknowledgeResponse,
  type ShareAcknowledgeResponsePartitionData,
} from '@pafka/protocol'

import { shareProblem } from '../share-groups/share-feature.ts'
import type { AcknowledgementAnswer } from '../share-groups/share-service.ts'
import { END_EPOCH } from '../share-groups/share-sessions.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'
import {
  acknowledgementsOf,
  claimOf,
  memberProblem,
  refused,
  refusedSession,
} from './share-requests.ts'

const NO_LEADER = { leaderId: 0, leaderEpoch: 0 }

/** Version 2 adds renewals (KIP-1222). Source: ShareAcknowledgeRequest.json. */
export const shareAcknowledge: RequestHandler = defineHandler(ShareAcknowledge, [1, 2], answer)

async function answer(
  request: ShareAcknowledgeRequest,
  { shares, groups, features }: HandlerContext,
): Promise<ShareAcknowledgeResponse> {
  const problem = shareProblem(features) ?? memberProblem(request)
  if (problem !== undefined) return refused(problem)
  const claim = claimOf(request)
  const session = shares.sessions.acknowledge(claim)
  if (typeof session === 'number') return refusedSession(session)
  const { lockMs, mayRenew } = groups.share.settingsOf(claim.groupId)
  const said = await shares.acknowledge(
    claim,
    acknowledgementsOf(request.topics),
    mayRenew && request.isRenewAck,
  )
  if (claim.epoch === END_EPOCH) await shares.release(session)
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    acquisitionLockTimeoutMs: lockMs,
    responses: responsesOf(said),
    nodeEndpoints: [],
  }
}

function responsesOf(
  said: readonly AcknowledgementAnswer[],
): ShareAcknowledgeResponse['responses'] {
  const topics = new Map<string, ShareAcknowledgeResponsePartitionData[]>()
  for (const { topicId, partition: partitionIndex, errorCode, errorMessage } of said) {
    const data = { partitionIndex, errorCode, errorMessage, currentLeader: NO_LEADER }
    const ofTopic = topics.get(topicId)
    if (ofTopic === undefined) topics.set(topicId, [data])
    else ofTopic.push(data)
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}

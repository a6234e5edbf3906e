import {
  ConsumerGroupHeartbeat,
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  ErrorCode,
} from '@pafka/protocol'

import { checkHeartbeat } from '../consumer-groups/check-heartbeat.ts'
import { isLeaving } from '../consumer-groups/consumer-heartbeat.ts'
import { sortedNames } from '../consumer-groups/consumer-member.ts'
import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { listOfPartitions, partitionsFrom } from '../consumer-groups/partitions.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/**
 * All that a member of a consumer group says and is told (KIP-848). Version 1 adds patterns, and
 * member ids that clients make. Source: ConsumerGroupHeartbeatRequest.json.
 */
export const consumerGroupHeartbeat: RequestHandler = defineHandler(
  ConsumerGroupHeartbeat,
  [0, 1],
  answer,
)

async function answer(
  request: ConsumerGroupHeartbeatRequest,
  { groups, config, groupConfigs }: HandlerContext,
  origin: RequestOrigin,
): Promise<ConsumerGroupHeartbeatResponse> {
  const invalid =
    checkHeartbeat(request, origin.apiVersion, config.groupConsumerAssignors) ??
    (await patternProblem(request, groups.patterns))
  if (invalid !== undefined) return refused(invalid)
  const { subscribedTopicNames, topicPartitions } = request
  const claim = {
    memberId: request.memberId === '' ? groups.newMemberId() : request.memberId,
    instanceId: request.instanceId,
    memberEpoch: request.memberEpoch,
    reported: topicPartitions && partitionsFrom(topicPartitions),
  }
  const { errorCode, errorMessage, memberId, memberEpoch, assignment } =
    await groups.consumerHeartbeat(request.groupId, {
      ...claim,
      rackId: request.rackId,
      clientId: origin.clientId ?? '',
      clientHost: `/${origin.remoteAddress}`, // as Java prints an address without a name
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      topicNames: subscribedTopicNames && sortedNames(subscribedTopicNames),
      topicPattern: request.subscribedTopicRegex,
      serverAssignor: request.serverAssignor,
    })
  const goesOn = errorCode === ErrorCode.NONE && !isLeaving(claim)
  const { consumerHeartbeatIntervalMs } = groupConfigs.valuesOf(request.groupId)
  return {
    throttleTimeMs: 0,
    errorCode,
    errorMessage,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: goesOn ? consumerHeartbeatIntervalMs : 0,
    assignment: assignment && { topicPartitions: listOfPartitions(assignment) },
  }
}

/** What topics a pattern means is found out before the member is assigned any. */
async function patternProblem(
  { subscribedTopicRegex: pattern }: ConsumerGroupHeartbeatRequest,
  patterns: HandlerContext['groups']['patterns'],
): Promise<Refusal | undefined> {
  if (pattern === null || pattern === '') return undefined
  const problem = await patterns.prepare(pattern)
  if (problem === null) return undefined
  const text = `SubscribedTopicRegex cannot be used: ${problem}`
  return refusal(ErrorCode.INVALID_REGULAR_EXPRESSION, text)
}

function refused({ errorCode, errorMessage }: Refusal): ConsumerGroupHeartbeatResponse {
  return {
    throttleTimeMs: 0,
    errorCode,
    errorMessage,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  }
}

import {
  ErrorCode,
  ShareGroupHeartbeat,
  type ShareGroupHeartbeatRequest,
  type ShareGroupHeartbeatResponse,
} from '@pafka/protocol'

import { LEAVE_EPOCH, sortedNames } from '../consumer-groups/consumer-member.ts'
import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { listOfPartitions } from '../consumer-groups/partitions.ts'
import { shareProblem } from '../share-groups/share-feature.ts'
import { refusedShareHeartbeat } from '../share-groups/share-heartbeat.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** All that a member of a share group says and is told. Source: ShareGroupHeartbeatRequest.json. */
export const shareGroupHeartbeat: RequestHandler = defineHandler(
  ShareGroupHeartbeat,
  [1, 1],
  answer,
)

async function answer(
  request: ShareGroupHeartbeatRequest,
  { groups, features }: HandlerContext,
  origin: RequestOrigin,
): Promise<ShareGroupHeartbeatResponse> {
  const { groupId, memberId, memberEpoch, rackId, subscribedTopicNames } = request
  const invalid = shareProblem(features) ?? problemOf(request)
  const told =
    invalid === undefined
      ? await groups.share.heartbeat(groupId, {
          memberId,
          memberEpoch,
          rackId,
          clientId: origin.clientId ?? '',
          clientHost: `/${origin.remoteAddress}`, // as Java prints an address without a name
          topicNames: subscribedTopicNames && sortedNames(subscribedTopicNames),
        })
      : refusedShareHeartbeat(invalid)
  const goesOn = told.errorCode === ErrorCode.NONE && memberEpoch !== LEAVE_EPOCH
  return {
    throttleTimeMs: 0,
    errorCode: told.errorCode,
    errorMessage: told.errorMessage,
    memberId: told.memberId,
    memberEpoch: told.memberEpoch,
    heartbeatIntervalMs: goesOn ? groups.share.settingsOf(groupId).heartbeatIntervalMs : 0,
    assignment: told.assignment && { topicPartitions: listOfPartitions(told.assignment) },
  }
}

/** What is wrong with a request, whatever its group. Source of the rules: Kafka 4.3. */
function problemOf(request: ShareGroupHeartbeatRequest): Refusal | undefined {
  const text = textOf(request)
  return text === undefined ? undefined : refusal(ErrorCode.INVALID_REQUEST, text)
}

function textOf(request: ShareGroupHeartbeatRequest): string | undefined {
  const { groupId, memberId, memberEpoch, rackId, subscribedTopicNames: names } = request
  if (memberId === '') return 'MemberId must not be empty.'
  if (groupId === '') return 'GroupId must not be empty.'
  if (rackId === '') return 'RackId must not be empty.'
  if (memberEpoch < LEAVE_EPOCH) return 'There is no such MemberEpoch.'
  const mustSay = memberEpoch === 0 && (names === null || names.length === 0)
  return mustSay ? 'Who joins must say what topics it wants.' : undefined
}

import { ErrorCode } from '@pafka/protocol'

import { advanceMember, updateMetadata } from './advance-member.ts'
import {
  assignmentOf,
  type ConsumerMember,
  LEAVE_EPOCH,
  LEAVE_STATIC_EPOCH,
  type MemberMetadata,
} from './consumer-member.ts'
import {
  checkInstance,
  findMember,
  isRefusal,
  type MemberClaim,
  type Refusal,
  refusal,
  unknown,
} from './find-member.ts'
import type { LiveGroup } from './live-group.ts'
import {
  NOTHING_OWNED,
  type OwnedPartitions,
  type Partitions,
  partitionsOwned,
  samePartitions,
} from './partitions.ts'

/** Fields that are null or -1 are as the member said last. */
export interface HeartbeatRequest extends MemberClaim {
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  /** Sorted, each once. */
  readonly topicNames: readonly string[] | null
  readonly topicPattern: string | null
  readonly serverAssignor: string | null
}

export interface HeartbeatAnswer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  /** Null when refused. */
  readonly memberId: string | null
  readonly memberEpoch: number
  /** All that the member has now; null when that is what it was told before. */
  readonly assignment: Partitions | null
}

export function refusedHeartbeat({ errorCode, errorMessage }: Refusal): HeartbeatAnswer {
  return { errorCode, errorMessage, memberId: null, memberEpoch: 0, assignment: null }
}

/** ConsumerGroupHeartbeat of a member that stays: it tells, and is told how it goes on. */
export function consumerHeartbeat(live: LiveGroup, request: HeartbeatRequest): HeartbeatAnswer {
  const { group, timers, world } = live
  const isFull = group.members.size >= world.settings.maxSize
  if (isFull && !group.members.has(request.memberId)) {
    const text = `The group has ${group.members.size} members, as many as it may.`
    return refusedHeartbeat(refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, text))
  }
  const found = findMember(live, request)
  if (isRefusal(found)) return refusedHeartbeat(found)
  const { memberId } = found
  const subscriptionChanged = updateMetadata(live, found, metadataAfter(found, request))
  advanceMember(live, memberId, { reported: request.reported, subscriptionChanged })
  timers.restart(memberId, 'session', world.settings.timesOf(live.groupId).sessionTimeoutMs)
  const member = group.members.get(memberId) ?? found
  const isAsking = request.memberEpoch === 0 || isFullRequest(request)
  const isNews = isAsking || hasOthers(found.assigned, member.assigned)
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch: member.memberEpoch,
    assignment: isNews ? partitionsOwned(member.assigned) : null,
  }
}

function hasOthers(before: OwnedPartitions, after: OwnedPartitions): boolean {
  return before !== after && !samePartitions(partitionsOwned(before), partitionsOwned(after))
}

/** A client that is not sure what it was told last says everything. */
function isFullRequest(request: HeartbeatRequest): boolean {
  const hasSubscription = request.topicNames !== null || request.topicPattern !== null
  return request.rebalanceTimeoutMs !== -1 && hasSubscription && request.reported !== null
}

function metadataAfter(member: ConsumerMember, request: HeartbeatRequest): MemberMetadata {
  const { rebalanceTimeoutMs } = request
  return {
    instanceId: request.instanceId ?? member.instanceId,
    rackId: request.rackId ?? member.rackId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    topicNames: request.topicNames ?? member.topicNames,
    topicPattern: request.topicPattern ?? member.topicPattern,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? member.serverAssignor,
    classic: null,
  }
}

/** Who leaves by a heartbeat. */
export function findLeaving(live: LiveGroup, claim: MemberClaim): ConsumerMember | Refusal {
  const { memberId, instanceId } = claim
  const { group } = live
  if (instanceId === null) return group.members.get(memberId) ?? unknown(live, memberId)
  const holder = group.staticMember(instanceId)
  if (holder === undefined) return unknown(live, instanceId)
  return checkInstance(holder, memberId) ?? holder
}

/** A static member that may come back: what it has is kept for it until its session ends. */
export function leaveForAWhile({ group }: LiveGroup, member: ConsumerMember): void {
  const { memberId } = member
  const value = {
    ...assignmentOf(member),
    memberEpoch: LEAVE_STATIC_EPOCH,
    revoking: NOTHING_OWNED,
  }
  group.emit({ kind: 'current', memberId, value })
}

export function leftAnswer(memberId: string, memberEpoch: number): HeartbeatAnswer {
  const errorCode = ErrorCode.NONE
  return { errorCode, errorMessage: null, memberId, memberEpoch, assignment: null }
}

export function isLeaving({ memberEpoch }: MemberClaim): boolean {
  return memberEpoch === LEAVE_EPOCH || memberEpoch === LEAVE_STATIC_EPOCH
}

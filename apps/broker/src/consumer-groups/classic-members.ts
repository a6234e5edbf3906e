import { ErrorCode } from '@pafka/protocol'

import {
  type JoinAnswer,
  joinError,
  NO_BYTES,
  type SyncAnswer,
  syncError,
} from '../groups/group-answer.ts'
import type { JoinRequest } from '../groups/join-group.ts'
import type { LeavingMember } from '../groups/leave-group.ts'
import type { MemberClaim } from '../groups/member-checks.ts'
import type { SyncRequest } from '../groups/sync-group.ts'
import { updateMetadata } from './advance-member.ts'
import { type ClassicSubscription, readSubscription, writeAssignment } from './classic-protocol.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, MemberState, sortedNames } from './consumer-member.ts'
import { checkInstance, newMember, replaceMember, unknown } from './find-member.ts'
import type { LiveGroup } from './live-group.ts'
import { partitionsOwned } from './partitions.ts'

/** What consumers call their protocol in the classic one. */
const CONSUMER_PROTOCOL = 'consumer'

/** Somebody who comes by JoinGroup into a consumer group, and may stay. */
export interface ClassicJoin {
  readonly memberId: string
  readonly subscription: ClassicSubscription
  readonly subscriptionChanged: boolean
}

/**
 * Takes in who joins. It is given its partitions by `advanceMember`, and its answer after.
 * @returns an answer instead, for who cannot join or must come again with its member id
 */
export function takeClassicJoin(live: LiveGroup, request: JoinRequest): ClassicJoin | JoinAnswer {
  const { group, world } = live
  const { groupInstanceId: instanceId, protocols } = request
  const memberId = request.memberId === '' ? world.randomId() : request.memberId
  if (group.members.size >= world.settings.maxSize && !group.members.has(memberId)) {
    return joinError('', ErrorCode.GROUP_MAX_SIZE_REACHED)
  }
  const metadata = protocols[0]?.metadata
  const subscription = metadata && readSubscription(metadata, world.topics)
  if (subscription === undefined || !sharesProtocol(group, request)) {
    return joinError('', ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  if (request.memberId === '' && instanceId === null && request.requiresKnownMemberId) {
    return joinError(memberId, ErrorCode.MEMBER_ID_REQUIRED)
  }
  const found = findJoining(live, request, memberId)
  if ('errorCode' in found) return joinError('', found.errorCode)
  const subscriptionChanged = updateMetadata(live, found, {
    instanceId: instanceId ?? found.instanceId,
    rackId: subscription.rackId ?? found.rackId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    topicNames: sortedNames(subscription.topicNames),
    topicPattern: '',
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    serverAssignor: null,
    classic: { sessionTimeoutMs: request.sessionTimeoutMs, protocols },
  })
  return { memberId, subscription, subscriptionChanged }
}

function findJoining(
  live: LiveGroup,
  { memberId: claimed, groupInstanceId: instanceId }: JoinRequest,
  memberId: string,
): ConsumerMember | { readonly errorCode: ErrorCode } {
  if (instanceId === null) return live.group.members.get(memberId) ?? newMember(memberId)
  const holder = live.group.staticMember(instanceId)
  if (claimed === '') {
    return holder === undefined ? newMember(memberId) : replaceMember(live, holder, memberId)
  }
  return holder === undefined
    ? unknown(live, instanceId)
    : (checkInstance(holder, claimed) ?? holder)
}

/** Whether all classic members, whom one day they may be alone with, know one of its assignors. */
function sharesProtocol(group: ConsumerGroup, { protocolType, protocols }: JoinRequest): boolean {
  if (protocolType !== CONSUMER_PROTOCOL) return false
  return protocols.some(({ name }) => {
    for (const { classic } of group.members.values()) {
      if (classic?.protocols.every((other) => other.name !== name) === true) return false
    }
    return true
  })
}

/** Nobody leads: the broker assigns. */
export function joinedAnswer(live: LiveGroup, memberId: string): JoinAnswer {
  const { group, timers } = live
  const member = group.members.get(memberId)
  if (member === undefined || member.classic === null) {
    return joinError(memberId, ErrorCode.UNKNOWN_MEMBER_ID)
  }
  timers.cancel(memberId, 'join')
  timers.restart(memberId, 'session', member.classic.sessionTimeoutMs)
  timers.restart(memberId, 'sync', member.rebalanceTimeoutMs)
  return {
    errorCode: ErrorCode.NONE,
    generationId: member.memberEpoch,
    protocolType: CONSUMER_PROTOCOL,
    protocolName: protocolNameOf(member),
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

function protocolNameOf({ classic }: ConsumerMember): string | null {
  return classic?.protocols[0]?.name ?? null
}

/** SyncGroup: what the broker has assigned, whatever anybody sends along. */
export function syncClassic(live: LiveGroup, request: SyncRequest): SyncAnswer {
  const { group, timers, world } = live
  const found = findClassic(live, request)
  if (typeof found === 'number') return syncError(found)
  const { protocolType, protocolName } = request
  const isOther =
    (protocolType !== null && protocolType !== CONSUMER_PROTOCOL) ||
    (protocolName !== null && protocolName !== protocolNameOf(found))
  if (isOther) return syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  const { memberId } = found
  if (group.epoch > found.memberEpoch && found.state !== MemberState.UNREVOKED) {
    timers.start(memberId, 'join', found.rebalanceTimeoutMs)
    return syncError(ErrorCode.REBALANCE_IN_PROGRESS)
  }
  timers.cancel(memberId, 'sync')
  timers.restart(memberId, 'session', found.classic?.sessionTimeoutMs ?? 0)
  const metadata = found.classic?.protocols[0]?.metadata ?? NO_BYTES
  const version = readSubscription(metadata, world.topics)?.version ?? 0
  const assignment = writeAssignment(partitionsOwned(found.assigned), version, world.topics)
  return { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment }
}

/** Heartbeat: by it a classic member learns that it must join again to go on. */
export function heartbeatClassic(live: LiveGroup, claim: MemberClaim): ErrorCode {
  const { group, timers } = live
  const found = findClassic(live, claim)
  if (typeof found === 'number') return found
  timers.restart(found.memberId, 'session', found.classic?.sessionTimeoutMs ?? 0)
  const mustJoin =
    found.memberEpoch < group.epoch ||
    found.state === MemberState.UNREVOKED ||
    (found.state === MemberState.UNRELEASED && !waitsForOthers(group, found))
  if (!mustJoin) return ErrorCode.NONE
  timers.start(found.memberId, 'join', found.rebalanceTimeoutMs)
  return ErrorCode.REBALANCE_IN_PROGRESS
}

function waitsForOthers(group: ConsumerGroup, { memberId, assigned }: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.target(memberId)) {
    for (const partition of partitions) {
      if (assigned.get(topicId)?.has(partition) === true) continue
      if (group.ownerOf(topicId, partition) !== undefined) return true
    }
  }
  return false
}

function findClassic(live: LiveGroup, claim: MemberClaim): ConsumerMember | ErrorCode {
  const { memberId, groupInstanceId: instanceId, generationId } = claim
  const { group } = live
  const found = instanceId === null ? group.members.get(memberId) : group.staticMember(instanceId)
  if (found === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  if (found.memberId !== memberId) return ErrorCode.FENCED_INSTANCE_ID
  if (found.classic === null) return ErrorCode.UNKNOWN_MEMBER_ID
  return found.memberEpoch === generationId ? found : ErrorCode.ILLEGAL_GENERATION
}

/** LeaveGroup, which may name members of either protocol. One code or member each, in order. */
export function findLeavingByGroup(
  live: LiveGroup,
  leaving: readonly LeavingMember[],
): (ConsumerMember | ErrorCode)[] {
  return leaving.map(({ memberId, groupInstanceId: instanceId }) => {
    if (instanceId === null) {
      return live.group.members.get(memberId) ?? ErrorCode.UNKNOWN_MEMBER_ID
    }
    const holder = live.group.staticMember(instanceId)
    if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    const isOther = memberId !== '' && holder.memberId !== memberId
    return isOther ? ErrorCode.FENCED_INSTANCE_ID : holder
  })
}

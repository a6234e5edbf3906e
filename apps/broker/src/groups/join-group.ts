import { ErrorCode } from '@pafka/protocol'

import { errorOfFailedAppend } from '../coordinator-log/failed-append.ts'
import type { ClassicGroup } from './classic-group.ts'
import { hasToGiveUp } from './consumer-metadata.ts'
import { type JoinAnswer, joinError, type JoinWaiter, NO_BYTES } from './group-answer.ts'
import type { GroupMember, MemberProtocol } from './group-member.ts'

export interface JoinRequest {
  /** Empty for somebody who comes for the first time. */
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  /** Each name once; the bytes are the group's to keep. */
  readonly protocols: readonly MemberProtocol[]
  /** The client knows MEMBER_ID_REQUIRED (v4, KIP-394). */
  readonly requiresKnownMemberId: boolean
  /** The client knows `skipAssignment` (v9, KIP-814). */
  readonly supportsSkippingAssignment: boolean
  /** Why, as the client says; for the log. */
  readonly reason: string
}

/** JoinGroup: `waiter` is called once, now or when the rebalance is over. */
export function joinGroup(group: ClassicGroup, request: JoinRequest, waiter: JoinWaiter): void {
  if (!hasRoomFor(group, request.memberId)) {
    const member = group.roster.get(request.memberId)
    if (member !== undefined) group.removeMember(member)
    group.dropPending(request.memberId)
    waiter(joinError('', ErrorCode.GROUP_MAX_SIZE_REACHED))
    group.completeJoinIfAllCame()
  } else if (group.state === 'Dead') {
    waiter(joinError(request.memberId, ErrorCode.COORDINATOR_NOT_AVAILABLE))
  } else if (!takesProtocols(group, request)) {
    waiter(joinError(request.memberId, ErrorCode.INCONSISTENT_GROUP_PROTOCOL))
  } else if (request.memberId === '') {
    joinAsNew(group, request, waiter)
  } else if (group.pendingJoins.has(request.memberId)) {
    if (request.groupInstanceId === null) addMember(group, request, request.memberId, waiter)
    else waiter(joinError(request.memberId, ErrorCode.UNKNOWN_MEMBER_ID))
  } else {
    joinAgain(group, request, waiter)
  }
}

/**
 * While members join again it is the joined ones who count, so that a group above its limit sheds
 * those who come last.
 */
function hasRoomFor(group: ClassicGroup, memberId: string): boolean {
  const { roster, state } = group
  const member = roster.get(memberId)
  switch (state) {
    case 'Empty':
    case 'Dead': {
      return true
    }
    case 'PreparingRebalance': {
      return member?.isAwaitingJoin === true || roster.awaitingJoin < group.world.maxSize
    }
    default: {
      return member !== undefined || roster.size < group.world.maxSize
    }
  }
}

function takesProtocols(group: ClassicGroup, request: JoinRequest): boolean {
  const { protocolType, protocols } = request
  if (group.state === 'Empty') return protocolType !== '' && protocols.length > 0
  return protocolType === group.protocolType && group.roster.sharesProtocol(protocols)
}

function joinAsNew(group: ClassicGroup, request: JoinRequest, waiter: JoinWaiter): void {
  const { groupInstanceId } = request
  const memberId = `${groupInstanceId ?? request.clientId}-${group.world.randomId()}`
  if (groupInstanceId !== null) {
    const oldMemberId = group.roster.staticMemberId(groupInstanceId)
    if (oldMemberId === undefined) addMember(group, request, memberId, waiter)
    else replaceStaticMember(group, request, { oldMemberId, newMemberId: memberId, waiter })
  } else if (request.requiresKnownMemberId) {
    group.addPending(memberId, request.sessionTimeoutMs)
    waiter(joinError(memberId, ErrorCode.MEMBER_ID_REQUIRED))
  } else {
    addMember(group, request, memberId, waiter)
  }
}

function addMember(
  group: ClassicGroup,
  request: JoinRequest,
  memberId: string,
  waiter: JoinWaiter,
): void {
  const { groupInstanceId, clientId, clientHost, protocols } = request
  const { rebalanceTimeoutMs, sessionTimeoutMs } = request
  const member = group.newMember({
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    sessionTimeoutMs,
    protocols,
  })
  group.addMember(member, request.protocolType, waiter, request.reason)
}

function joinAgain(group: ClassicGroup, request: JoinRequest, waiter: JoinWaiter): void {
  const { memberId } = request
  const errorCode = group.checkMember(memberId, request.groupInstanceId)
  const member = group.roster.get(memberId)
  if (errorCode !== ErrorCode.NONE || member === undefined) {
    waiter(joinError(memberId, errorCode))
    return
  }
  const unchanged = member.matches(request.protocols)
  if (
    // The answer to its first join may have been lost.
    (group.state === 'CompletingRebalance' && unchanged) ||
    // The leader is let through: it asks for a rebalance when topics change.
    (group.state === 'Stable' && unchanged && !group.roster.isLeader(memberId))
  ) {
    waiter(group.joinAnswer(member))
  } else if (group.state === 'Empty') {
    waiter(joinError(memberId, ErrorCode.UNKNOWN_MEMBER_ID))
  } else {
    takeRequest(group, member, request)
    member.awaitJoin(waiter)
    group.rebalanceOrCompleteJoin(`${memberId} joins again: ${request.reason}`)
  }
}

function takeRequest(group: ClassicGroup, member: GroupMember, request: JoinRequest): void {
  group.roster.setProtocols(member, request.protocols)
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
  member.sessionTimeoutMs = request.sessionTimeoutMs
}

interface Replacement {
  readonly oldMemberId: string
  readonly newMemberId: string
  readonly waiter: JoinWaiter
}

/** A static member was restarted and has forgotten its id. Who still uses the old one is fenced. */
function replaceStaticMember(
  group: ClassicGroup,
  request: JoinRequest,
  { oldMemberId, newMemberId, waiter }: Replacement,
): void {
  const oldLeader = group.roster.leaderId ?? ''
  const member = group.renameMember(oldMemberId, newMemberId)
  const before = {
    protocols: member.protocols,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    sessionTimeoutMs: member.sessionTimeoutMs,
  }
  const metadata = member.metadataFor(group.protocolName ?? '') ?? NO_BYTES
  const hadToGiveUp = group.isConsumerGroup && hasToGiveUp(metadata, member.assignment)
  takeRequest(group, member, request)
  group.restartSession(member)
  member.awaitJoin(waiter)
  if (group.state === 'CompletingRebalance') {
    // The leader may be assigning to the old id: its assignment would reach nobody.
    group.prepareRebalance(`static member ${newMemberId} came back: ${request.reason}`)
    return
  }
  if (group.state !== 'Stable') {
    group.completeJoinIfAllCame()
    return
  }
  if (group.roster.selectProtocol() !== group.protocolName) {
    group.rebalanceOrCompleteJoin(`static member ${newMemberId} changed the protocol`)
    return
  }
  if (hadToGiveUp) {
    // It will not join again for others to get what it had. Kafka leaves that to nobody.
    group.rebalanceOrCompleteJoin(`static member ${newMemberId} came back with less`)
    return
  }
  group.storeNow((errorCode) => {
    if (errorCode !== ErrorCode.NONE) {
      // The log still names the old id, and so shall we.
      if (group.roster.get(newMemberId) === member) {
        group.roster.setProtocols(member, before.protocols)
        member.rebalanceTimeoutMs = before.rebalanceTimeoutMs
        member.sessionTimeoutMs = before.sessionTimeoutMs
        group.roster.rename(newMemberId, oldMemberId)
      }
      member.answerJoin(joinError('', errorOfFailedAppend(errorCode)))
    } else if (group.state !== 'PreparingRebalance') {
      member.answerJoin(answerToReturned(group, member, { oldLeader, request }))
    }
    // A session that ran out while the request waited was let pass; it counts again from here.
    if (group.roster.get(member.memberId) === member) group.restartSession(member)
  })
}

/**
 * An assignment made now would go nowhere, so the returned leader must not make one: a client that
 * knows `skipAssignment` is told so, an older one is told the id that it no longer has.
 */
function answerToReturned(
  group: ClassicGroup,
  member: GroupMember,
  { oldLeader, request }: { readonly oldLeader: string; readonly request: JoinRequest },
): JoinAnswer {
  const answer = group.joinAnswer(member)
  if (request.supportsSkippingAssignment) {
    return { ...answer, skipAssignment: group.roster.isLeader(member.memberId) }
  }
  return { ...answer, leader: oldLeader, members: [] }
}

import { ErrorCode } from '@pafka/protocol'

import { removalOf } from './assigned-group.ts'
import {
  assignmentOf,
  type ConsumerMember,
  LEAVE_STATIC_EPOCH,
  metadataOf,
  NEW_ASSIGNMENT,
  NEW_METADATA,
} from './consumer-member.ts'
import type { LiveGroup } from './live-group.ts'
import { ownsAll, type Partitions } from './partitions.ts'

/** Why a request is refused, for a client and for the people who read its log. */
export interface Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

export function refusal(errorCode: ErrorCode, errorMessage: string): Refusal {
  return { errorCode, errorMessage }
}

/** Who says something, and what it takes its epoch and its partitions to be. */
export interface MemberClaim {
  readonly memberId: string
  readonly instanceId: string | null
  readonly memberEpoch: number
  readonly reported: Partitions | null
}

export function isRefusal(found: ConsumerMember | Refusal): found is Refusal {
  return 'errorCode' in found
}

/** The member that speaks by the consumer protocol; one that joins may be new. */
export function findMember(live: LiveGroup, claim: MemberClaim): ConsumerMember | Refusal {
  const { memberId, instanceId } = claim
  const isJoining = claim.memberEpoch === 0
  if (instanceId === null) {
    const member = live.group.members.get(memberId)
    if (member !== undefined) return checkEpoch(member, claim) ?? member
    return isJoining ? newMember(memberId) : unknown(live, memberId)
  }
  const holder = live.group.staticMember(instanceId)
  if (!isJoining) {
    if (holder === undefined) return unknown(live, instanceId)
    return checkInstance(holder, memberId) ?? checkEpoch(holder, claim) ?? holder
  }
  if (holder === undefined) return newMember(memberId)
  if (holder.memberId === memberId && holder.memberEpoch !== LEAVE_STATIC_EPOCH) {
    return checkEpoch(holder, claim) ?? holder
  }
  // one of the classic protocol has no way to say that it will be back: it is replaced at once
  if (holder.classic === null && holder.memberEpoch !== LEAVE_STATIC_EPOCH) {
    const text = `Instance ${instanceId} is member ${holder.memberId}, which has not left.`
    return refusal(ErrorCode.UNRELEASED_INSTANCE_ID, text)
  }
  return replaceMember(live, holder, memberId)
}

export function newMember(memberId: string): ConsumerMember {
  return { ...NEW_METADATA, ...NEW_ASSIGNMENT, memberId }
}

export function unknown({ groupId }: LiveGroup, who: string): Refusal {
  return refusal(ErrorCode.UNKNOWN_MEMBER_ID, `Group ${groupId} has no member ${who}.`)
}

export function checkInstance(holder: ConsumerMember, memberId: string): Refusal | undefined {
  if (holder.memberId === memberId) return undefined
  const text = `Instance ${holder.instanceId} is member ${holder.memberId} now.`
  return refusal(ErrorCode.FENCED_INSTANCE_ID, text)
}

/** Gives what a static member had to the one that comes in its place. */
export function replaceMember(
  { group, timers }: LiveGroup,
  old: ConsumerMember,
  memberId: string,
): ConsumerMember {
  const target = group.target(old.memberId)
  for (const record of removalOf(old.memberId)) group.emit(record)
  timers.forget(old.memberId)
  const assignment = { ...assignmentOf(old), memberEpoch: 0, previousEpoch: 0 }
  const member = { ...metadataOf(old), ...assignment, memberId }
  group.emit({ kind: 'member', memberId, value: metadataOf(old) })
  group.emit({ kind: 'target', memberId, value: target })
  group.emit({ kind: 'current', memberId, value: assignment })
  return member
}

/**
 * An earlier epoch is let pass when it is the one before and nothing shows that the member knows
 * of the next: the answer that told it may be lost. One that starts over, with nothing, may always.
 */
function checkEpoch(member: ConsumerMember, claim: MemberClaim): Refusal | undefined {
  const { memberEpoch, reported } = claim
  if (memberEpoch === member.memberEpoch) return undefined
  if (memberEpoch === 0 && reported?.size === 0) return undefined
  const isBefore = memberEpoch === member.previousEpoch
  const isUnaware = reported !== null && ownsAll(reported, member.assigned)
  if (isBefore && isUnaware && memberEpoch < member.memberEpoch) return undefined
  const text = `The member is in epoch ${member.memberEpoch}, not ${memberEpoch}; it must rejoin.`
  return refusal(ErrorCode.FENCED_MEMBER_EPOCH, text)
}

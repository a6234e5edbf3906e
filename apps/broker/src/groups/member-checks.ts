import { ErrorCode } from '@pafka/protocol'

import type { ClassicGroup } from './classic-group.ts'

/** Who says that it is a member, and of which generation. */
export interface MemberClaim {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

/** Heartbeat: hot, does no more than write the session's next deadline. */
export function heartbeat(group: ClassicGroup, claim: MemberClaim): ErrorCode {
  const { memberId, groupInstanceId, generationId } = claim
  const errorCode = group.checkGeneration(memberId, groupInstanceId, generationId)
  if (errorCode !== ErrorCode.NONE) return errorCode
  const member = group.roster.get(memberId)
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  group.restartSession(member)
  return group.state === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}

/**
 * Whether offsets may be committed. Who claims nothing may do so while nobody is in the group: it
 * assigns partitions by itself, or is an operator. In a transaction the old clients claim nothing.
 * Source: Kafka `ClassicGroup.validateOffsetCommit`.
 */
export function checkCommit(
  group: ClassicGroup,
  claim: MemberClaim,
  isTransactional: boolean,
): ErrorCode {
  const { memberId, groupInstanceId, generationId } = claim
  if (group.state === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
  if (generationId < 0 && group.state === 'Empty') return ErrorCode.NONE
  if (generationId < 0 && memberId === '' && groupInstanceId === null) {
    return isTransactional ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID
  }
  const errorCode = group.checkGeneration(memberId, groupInstanceId, generationId)
  if (errorCode !== ErrorCode.NONE) return errorCode
  // The assignment is on its way: what it takes away must not be committed under its generation.
  if (!isTransactional && group.state === 'CompletingRebalance') {
    return ErrorCode.REBALANCE_IN_PROGRESS
  }
  const member = group.roster.get(memberId)
  if (member !== undefined) group.restartSession(member)
  return ErrorCode.NONE
}

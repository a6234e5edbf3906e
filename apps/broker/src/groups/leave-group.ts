import { ErrorCode } from '@pafka/protocol'

import type { ClassicGroup } from './classic-group.ts'

export interface LeavingMember {
  /** Empty when an operator removes a static member by its instance id. */
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/**
 * LeaveGroup: takes out all that can go, then rebalances once.
 * @returns one code per member, in order
 */
export function leaveGroup(
  group: ClassicGroup,
  leaving: readonly LeavingMember[],
): readonly ErrorCode[] {
  const errorCodes = leaving.map((member) => remove(group, member))
  const left = leaving.filter((_, index) => errorCodes[index] === ErrorCode.NONE)
  if (left.length === 0) return errorCodes
  const reason = `left: ${left.map((one) => one.memberId || one.groupInstanceId).join(', ')}`
  if (group.state === 'PreparingRebalance') group.completeJoinIfAllCame()
  else if (group.state !== 'Empty') group.rebalanceOrCompleteJoin(reason)
  return errorCodes
}

function remove(group: ClassicGroup, { memberId, groupInstanceId }: LeavingMember): ErrorCode {
  if (memberId === '') {
    const current =
      groupInstanceId === null ? undefined : group.roster.staticMemberId(groupInstanceId)
    return removeById(group, current ?? '')
  }
  if (group.dropPending(memberId)) return ErrorCode.NONE
  const errorCode = group.checkMember(memberId, groupInstanceId)
  return errorCode === ErrorCode.NONE ? removeById(group, memberId) : errorCode
}

function removeById(group: ClassicGroup, memberId: string): ErrorCode {
  const member = group.roster.get(memberId)
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  group.removeMember(member)
  return ErrorCode.NONE
}

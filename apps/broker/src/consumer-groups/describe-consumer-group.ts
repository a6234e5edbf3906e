import type { ConsumerGroup, ConsumerGroupState } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { type Partitions, partitionsOwned } from './partitions.ts'

/** Field names are those of `ConsumerGroupDescribeResponse`. */
export interface ConsumerGroupDescription {
  readonly groupId: string
  readonly groupState: ConsumerGroupState
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly assignorName: string
  readonly members: readonly DescribedMember[]
}

export interface DescribedMember {
  readonly member: ConsumerMember
  /** With what it is to give up, and did not yet. */
  readonly assignment: Partitions
  readonly target: Partitions
}

export function describeConsumerGroup(
  group: ConsumerGroup,
  assignorName: string,
): ConsumerGroupDescription {
  return {
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName,
    members: [...group.members.values()].map((member) => ({
      member,
      assignment: partitionsOwned(member.assigned, member.revoking),
      target: group.target(member.memberId),
    })),
  }
}

import { randomUUID } from 'node:crypto'

import { ShareGroupHeartbeat, type ShareGroupHeartbeatRequest } from '@pafka/protocol'

import { AssignedMember, type AssignedMemberOptions } from '../consumer/group/assigned-member.ts'
import type { MembershipAsk } from '../consumer/group/membership.ts'

type Shared = Omit<
  AssignedMemberOptions<ShareGroupHeartbeatRequest>,
  'kind' | 'memberId' | 'instanceId'
>

export interface ShareMemberOptions extends Shared {
  readonly rack: string | undefined
  readonly topics: readonly string[]
}

/** A member of a share group (KIP-932). */
export function shareMember(
  options: ShareMemberOptions,
): AssignedMember<ShareGroupHeartbeatRequest> {
  return new AssignedMember({
    ...{ ...options, memberId: randomUUID(), instanceId: null },
    kind: {
      api: ShareGroupHeartbeat,
      request: (ask, memberId) => requestOf(options, ask, memberId),
    },
  })
}

/** What is null did not change since it was said last. What it has is of no concern to others. */
function requestOf(
  options: ShareMemberOptions,
  { memberEpoch, isFull }: MembershipAsk,
  memberId: string,
): ShareGroupHeartbeatRequest {
  const { groupId, rack = null, topics } = options
  return {
    ...{ groupId, memberId, memberEpoch, rackId: isFull ? rack : null },
    subscribedTopicNames: isFull ? topics : null,
  }
}

import { randomUUID } from 'node:crypto'

import { ConsumerGroupHeartbeat, type ConsumerGroupHeartbeatRequest } from '@pafka/protocol'

import { AssignedMember, type AssignedMemberOptions } from './assigned-member.ts'
import type { MembershipAsk } from './membership.ts'

/** From here on a group may be of topics by a pattern. */
const PATTERN_VERSION = 1
const UNCHANGED_MS = -1

type Shared = Omit<AssignedMemberOptions<ConsumerGroupHeartbeatRequest>, 'kind' | 'memberId'>

export interface ConsumerMemberOptions extends Shared {
  readonly rack: string | undefined
  readonly topics: readonly string[]
  /** As RE2 has it, to match whole names; undefined for none. */
  readonly pattern: string | undefined
  /** Undefined for the one that the broker has first. */
  readonly assignor: string | undefined
  readonly rebalanceTimeoutMs: number
}

/** A member of a group of the new protocol (KIP-848). It makes its id itself. */
export function consumerMember(
  options: ConsumerMemberOptions,
): AssignedMember<ConsumerGroupHeartbeatRequest> {
  const versions = options.pattern === undefined ? {} : { min: PATTERN_VERSION }
  return new AssignedMember({
    ...{ ...options, memberId: randomUUID() },
    kind: {
      ...{ api: ConsumerGroupHeartbeat, versions },
      request: (ask, memberId) => requestOf(options, ask, memberId),
    },
  })
}

/** What is null did not change since it was said last. */
function requestOf(
  options: ConsumerMemberOptions,
  { memberEpoch, isFull, owned }: MembershipAsk,
  memberId: string,
): ConsumerGroupHeartbeatRequest {
  const { groupId, instanceId, rack = null, topics, pattern = null } = options
  const { assignor = null, rebalanceTimeoutMs } = options
  return {
    ...{ groupId, memberId, memberEpoch, instanceId, topicPartitions: owned },
    rackId: isFull ? rack : null,
    rebalanceTimeoutMs: isFull ? rebalanceTimeoutMs : UNCHANGED_MS,
    subscribedTopicNames: isFull ? topics : null,
    subscribedTopicRegex: isFull ? pattern : null,
    serverAssignor: isFull ? assignor : null,
  }
}

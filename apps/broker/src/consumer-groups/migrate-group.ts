import { ClassicGroup } from '../groups/classic-group.ts'
import { NO_BYTES } from '../groups/group-answer.ts'
import type { GroupWorld } from '../groups/group-world.ts'
import { readAssignment, readSubscription, writeAssignment } from './classic-protocol.ts'
import { ConsumerGroup } from './consumer-group.ts'
import {
  type ConsumerMember,
  MemberState,
  type MemberMetadata,
  sortedNames,
} from './consumer-member.ts'
import { listOfPartitions, type Partitions, partitionsOwned } from './partitions.ts'
import type { TopicsView } from './topics-view.ts'

/**
 * The same members with the same partitions in a consumer group. Its epoch is their generation, so
 * that they may go on until they are told to join again. Emitted are the records of the new group.
 * @returns undefined when their metadata, or assignments, are not those of plain consumers
 */
export function consumerGroupFrom(
  classic: ClassicGroup,
  topics: TopicsView,
): ConsumerGroup | undefined {
  const group = new ConsumerGroup(classic.groupId)
  const epoch = classic.generationId
  const taken = new Set<string>()
  const assignments: [string, Partitions][] = []
  for (const member of classic.roster.all()) {
    // it has never been answered, holds nothing, and may not even know its id: it joins again
    if (member.isNew) continue
    const { memberId, groupInstanceId: instanceId, clientId, clientHost } = member
    const metadata = member.metadataFor(classic.protocolName ?? '') ?? member.protocols[0]?.metadata
    const subscription = metadata && readSubscription(metadata, topics)
    const assigned = readAssignment(member.assignment, topics)
    if (subscription === undefined || assigned === undefined) return undefined
    const { rackId } = subscription
    const { sessionTimeoutMs, rebalanceTimeoutMs, protocols } = member
    const value: MemberMetadata = {
      instanceId,
      rackId,
      clientId,
      clientHost,
      topicNames: sortedNames(subscription.topicNames),
      topicPattern: '',
      rebalanceTimeoutMs,
      serverAssignor: null,
      classic: { sessionTimeoutMs, protocols },
    }
    group.emit({ kind: 'member', memberId, value })
    assignments.push([memberId, withoutTaken(assigned, taken)])
  }
  group.emit({ kind: 'group', value: { epoch, metadataHash: 0 } })
  for (const [memberId, value] of assignments) group.emit({ kind: 'target', memberId, value })
  group.emit({ kind: 'target-epoch', value: { epoch, timestampMs: 0 } })
  for (const [memberId, partitions] of assignments) {
    const owned = new Map(
      [...partitions].map(([id, ofTopic]) => [id, new Map(ofTopic.map((one) => [one, epoch]))]),
    )
    group.emit({
      kind: 'current',
      memberId,
      value: {
        memberEpoch: epoch,
        previousEpoch: epoch,
        state: MemberState.STABLE,
        assigned: owned,
        revoking: new Map(),
      },
    })
  }
  return group
}

/** A leader may have given a partition twice; here it has one owner. */
function withoutTaken(assigned: Partitions, taken: Set<string>): Partitions {
  const left = new Map<string, readonly number[]>()
  for (const { topicId, partitions } of listOfPartitions(assigned)) {
    const free = partitions.filter((partition) => !taken.has(`${topicId} ${partition}`))
    for (const partition of free) taken.add(`${topicId} ${partition}`)
    if (free.length > 0) left.set(topicId, free)
  }
  return left
}

/**
 * The members that stay, all of the classic protocol, in a classic group that is stable.
 * @param leader by member id
 */
export function classicGroupFrom(
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  { topics, world, leader }: Migration,
): ClassicGroup {
  const classic = new ClassicGroup(group.groupId, world)
  for (const one of members) {
    const protocols = one.classic?.protocols ?? []
    const member = classic.newMember({
      memberId: one.memberId,
      groupInstanceId: one.instanceId,
      clientId: one.clientId,
      clientHost: one.clientHost,
      rebalanceTimeoutMs: one.rebalanceTimeoutMs,
      sessionTimeoutMs: one.classic?.sessionTimeoutMs ?? 0,
      protocols,
    })
    const metadata = protocols[0]?.metadata ?? NO_BYTES
    const version = readSubscription(metadata, topics)?.version ?? 0
    member.assignment = writeAssignment(partitionsOwned(one.assigned), version, topics)
    classic.roster.add(member)
  }
  classic.restore({
    generationId: group.epoch,
    protocolType: 'consumer',
    protocolName: classic.roster.selectProtocol(),
    leader: leader ?? members[0]?.memberId ?? null,
    stateTimestampMs: world.clock.nowMs(),
  })
  return classic
}

export interface Migration {
  readonly topics: TopicsView
  readonly world: GroupWorld
  readonly leader?: string | undefined
}

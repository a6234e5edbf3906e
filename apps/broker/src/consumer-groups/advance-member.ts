import {
  assignmentOf,
  type ConsumerMember,
  type MemberMetadata,
  MemberState,
  sameAssignment,
  sameMetadata,
  sameNames,
} from './consumer-member.ts'
import type { LiveGroup } from './live-group.ts'
import type { Partitions } from './partitions.ts'
import { reconcile } from './reconcile.ts'
import { namesOf, refreshTopics } from './subscriptions.ts'
import { updateTarget } from './target-assignment.ts'

/** @returns whether it asks for other topics than before. */
export function updateMetadata(
  { group }: LiveGroup,
  member: ConsumerMember,
  metadata: MemberMetadata,
): boolean {
  const { memberId } = member
  const isKnown = group.members.has(memberId)
  if (isKnown && sameMetadata(member, metadata)) return false
  const before = member.topicPattern ?? ''
  group.emit({ kind: 'member', memberId, value: metadata })
  if (!isKnown) return true
  return (
    !sameNames(member.topicNames, metadata.topicNames) || before !== (metadata.topicPattern ?? '')
  )
}

/** What a member said has been taken in: its group goes on, and it with it. */
export function advanceMember(
  live: LiveGroup,
  memberId: string,
  said: { readonly reported: Partitions | null; readonly subscriptionChanged: boolean },
): void {
  refreshTopics(live, said.subscriptionChanged)
  updateTarget(live)
  reconcileMember(live, memberId, said)
}

/** One step of a member towards the target, if there is one to take. */
export function reconcileMember(
  live: LiveGroup,
  memberId: string,
  {
    reported,
    subscriptionChanged,
  }: {
    readonly reported: Partitions | null
    readonly subscriptionChanged: boolean
  },
): void {
  const { group, world, timers } = live
  const member = group.members.get(memberId)
  if (member === undefined) return
  const targetEpoch = group.assignmentEpoch
  const isThere = member.state === MemberState.STABLE && member.memberEpoch === targetEpoch
  if (isThere && !subscriptionChanged) return
  const names = new Set(namesOf(group, member))
  const before = assignmentOf(member)
  const after = reconcile(before, {
    targetEpoch,
    target: group.target(memberId),
    reported,
    subscriptionChanged,
    isSubscribed: (topicId) => names.has(world.topics.byId(topicId)?.name ?? ''),
    isTaken: (topicId, partition) => {
      const owner = group.ownerOf(topicId, partition)
      return owner !== undefined && owner !== memberId
    },
  })
  if (after === before || sameAssignment(before, after)) return
  group.emit({ kind: 'current', memberId, value: after })
  if (member.classic !== null) return
  if (after.state !== MemberState.UNREVOKED) timers.cancel(memberId, 'rebalance')
  else timers.restart(memberId, 'rebalance', member.rebalanceTimeoutMs)
}

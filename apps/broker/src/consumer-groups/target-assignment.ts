import { assignors, type AssignorName } from './assignors/assignor-name.ts'
import { type AssignorMember, compareMembers } from './assignors/assignor.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { LiveGroup } from './live-group.ts'
import { NO_PARTITIONS, samePartitions } from './partitions.ts'
import { subscriptionKey, topicIdsOf } from './subscriptions.ts'
import type { TopicsView } from './topics-view.ts'

/** Assigns anew when the group has a new epoch; not more often than configured. */
export function updateTarget({ group, world }: LiveGroup): void {
  if (group.epoch <= group.assignmentEpoch) return
  const { assignmentIntervalMs } = world.settings.timesOf(group.groupId)
  const nowMs = world.clock.nowMs()
  const sinceMs = nowMs - group.assignedAtMs
  if (group.assignedAtMs > 0 && sinceMs >= 0 && sinceMs < assignmentIntervalMs) return
  const { topics } = world
  const assign = assignors[preferredAssignor(group, world.settings.assignors)]
  const assigned = assign({
    members: assignorMembers(group, topics),
    partitionCount: (topicId) => topics.byId(topicId)?.partitions.length ?? 0,
  })
  for (const memberId of group.members.keys()) {
    const value = assigned.get(memberId) ?? NO_PARTITIONS
    const before = group.targets.get(memberId)
    if (before !== undefined && samePartitions(before, value)) continue
    group.emit({ kind: 'target', memberId, value })
  }
  group.emit({ kind: 'target-epoch', value: { epoch: group.epoch, timestampMs: nowMs } })
}

/** The one that most members ask for. @param offered the first is for those who do not say */
export function preferredAssignor(
  group: ConsumerGroup,
  offered: readonly AssignorName[],
): AssignorName {
  const votes = new Map<string, number>()
  for (const { serverAssignor } of group.members.values()) {
    if (serverAssignor === null) continue
    votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
  }
  let preferred: AssignorName = offered[0] ?? 'uniform'
  let most = 0
  for (const name of offered) {
    const count = votes.get(name) ?? 0
    if (count <= most) continue
    preferred = name
    most = count
  }
  return preferred
}

function assignorMembers(group: ConsumerGroup, topics: TopicsView): AssignorMember[] {
  const shared = new Map<string, ReadonlySet<string>>()
  const members = [...group.members.values()].map((member): AssignorMember => {
    const { memberId, instanceId } = member
    const key = subscriptionKey(member)
    let topicIds = shared.get(key)
    if (topicIds === undefined) {
      topicIds = topicIdsOf(group, member, topics)
      shared.set(key, topicIds)
    }
    return { memberId, instanceId, topicIds, before: group.target(memberId) }
  })
  return members.toSorted(compareMembers)
}

import { assignTasks } from './assignor/sticky-assignor.ts'
import type { ConfiguredTopology } from './configured-topology.ts'
import type { LiveStreamsGroup } from './live-streams-group.ts'
import { NO_TASKS, sameTasks } from './tasks.ts'

/** Why there is no target for the group's epoch yet; null when there is. */
export type TargetDelay = 'initial rebalance delay' | 'assignment interval' | null

/** Assigns anew when the group has a new epoch; not more often than configured. */
export function updateStreamsTarget(live: LiveStreamsGroup): TargetDelay {
  const { group, world, times } = live
  if (live.isWaiting) return 'initial rebalance delay'
  if (group.epoch <= group.assignmentEpoch) return null
  const nowMs = world.clock.nowMs()
  const sinceMs = nowMs - group.assignedAtMs
  const isSoon = group.assignedAtMs > 0 && sinceMs >= 0 && sinceMs < times.assignmentIntervalMs
  if (isSoon) return 'assignment interval'
  const configured = live.configured()
  if (configured !== null) makeTarget(live, configured)
  return null
}

/** Without all its topics a group has no tasks. */
function makeTarget(
  { group, world, times }: LiveStreamsGroup,
  configured: ConfiguredTopology,
): void {
  const members = [...group.members.values()].map(({ memberId, processId }) => {
    return { memberId, processId, before: group.target(memberId) }
  })
  const assigned = assignTasks({
    subtopologies: configured.problem === null ? configured.subtopologies : [],
    members,
    standbyReplicas: times.standbyReplicas,
  })
  for (const memberId of group.members.keys()) {
    const value = assigned.get(memberId) ?? NO_TASKS
    const before = group.targets.get(memberId)
    if (before !== undefined && sameTasks(before, value)) continue
    group.emit({ kind: 'target', memberId, value })
  }
  // that there are no tasks yet does not put off that there are some
  const timestampMs = configured.problem === null ? world.clock.nowMs() : group.assignedAtMs
  group.emit({ kind: 'target-epoch', value: { epoch: group.epoch, timestampMs } })
}

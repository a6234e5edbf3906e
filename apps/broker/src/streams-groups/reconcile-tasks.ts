import { MemberState } from '../consumer-groups/consumer-member.ts'
import {
  type OwnedPartitions,
  type Partitions,
  partitionsOfSets,
} from '../consumer-groups/partitions.ts'
import type { StreamsAssignment } from './streams-member.ts'
import { hasTasks, NO_OWNED_TASKS, ownsAnyTask, type Tasks } from './tasks.ts'

export interface TaskReconciliation {
  readonly targetEpoch: number
  readonly target: Tasks
  /** What the member says that it has; null when it does not say. */
  readonly reported: Tasks | null
  /** Whether somebody, the member too, has the task as an active one. */
  readonly isActive: (subtopologyId: string, partition: number) => boolean
  /** Whether the member's process has the task, in whatever role. */
  readonly isInProcess: (subtopologyId: string, partition: number) => boolean
}

/**
 * The next step of a member from the tasks that it has to those it should have. First it gives up
 * what it should not have, in the role it has it in; only when it says that it did is it given the
 * rest, as far as nobody else still has it, nor its own process. Source: KIP-1071, Kafka 4.3
 * `CurrentAssignmentBuilder`.
 * @returns `current` itself when there is no step to take
 */
export function reconcileTasks(
  current: StreamsAssignment,
  to: TaskReconciliation,
): StreamsAssignment {
  const { state, memberEpoch } = current
  if (state === MemberState.STABLE && memberEpoch === to.targetEpoch) return current
  if (state !== MemberState.UNREVOKED) return nextTasks(current, to, memberEpoch)
  if (to.reported === null || ownsAnyTask(to.reported, current.revoking)) return current
  return nextTasks(current, to, memberEpoch + 1)
}

function nextTasks(
  current: StreamsAssignment,
  to: TaskReconciliation,
  memberEpoch: number,
): StreamsAssignment {
  const { assigned } = current
  const active = activeStep(assigned.active, to)
  const isFree = (subtopologyId: string, partition: number): boolean =>
    !to.isInProcess(subtopologyId, partition)
  const standby = step(assigned.standby, to.target.standby, isFree)
  const warmup = step(assigned.warmup, to.target.warmup, isFree)
  const kept = { active: active.kept, standby: standby.kept, warmup: warmup.kept }
  const lost = { active: active.lost, standby: standby.lost, warmup: warmup.lost }
  const previousEpoch = current.memberEpoch
  if (hasTasks(lost) && (to.reported === null || ownsAnyTask(to.reported, lost))) {
    const state = MemberState.UNREVOKED
    return { memberEpoch, previousEpoch, state, assigned: kept, revoking: lost }
  }
  const someAreTaken = active.isTaken || standby.isTaken || warmup.isTaken
  return {
    memberEpoch: to.targetEpoch,
    previousEpoch,
    state: someAreTaken ? MemberState.UNRELEASED : MemberState.STABLE,
    assigned: { active: active.all, standby: standby.all, warmup: warmup.all },
    revoking: NO_OWNED_TASKS,
  }
}

interface Step<Held> {
  readonly kept: Held
  readonly lost: Held
  /** What is kept, with what is free. */
  readonly all: Held
  /** Something that it should have is not free. */
  readonly isTaken: boolean
}

function activeStep(owned: OwnedPartitions, to: TaskReconciliation): Step<OwnedPartitions> {
  const kept = new Map<string, Map<number, number>>()
  const lost = new Map<string, Map<number, number>>()
  const all = new Map<string, Map<number, number>>()
  let isTaken = false
  for (const subtopologyId of new Set([...to.target.active.keys(), ...owned.keys()])) {
    const wanted = new Set(to.target.active.get(subtopologyId))
    for (const [partition, epoch] of owned.get(subtopologyId) ?? []) {
      const isKept = wanted.delete(partition)
      put(isKept ? kept : lost, subtopologyId, partition, epoch)
      if (isKept) put(all, subtopologyId, partition, epoch)
    }
    for (const partition of wanted) {
      const isFree =
        !to.isActive(subtopologyId, partition) && !to.isInProcess(subtopologyId, partition)
      if (isFree) put(all, subtopologyId, partition, to.targetEpoch)
      else isTaken = true
    }
  }
  return { kept, lost, all, isTaken }
}

function step(
  owned: Partitions,
  target: Partitions,
  isFree: (subtopologyId: string, partition: number) => boolean,
): Step<Partitions> {
  const kept = new Map<string, number[]>()
  const lost = new Map<string, number[]>()
  const all = new Map<string, number[]>()
  let isTaken = false
  for (const subtopologyId of new Set([...target.keys(), ...owned.keys()])) {
    const wanted = new Set(target.get(subtopologyId))
    const before = owned.get(subtopologyId) ?? []
    const keeps = before.filter((partition) => wanted.has(partition))
    const had = new Set(before)
    const gains = [...wanted].filter((one) => !had.has(one) && isFree(subtopologyId, one))
    isTaken ||= keeps.length + gains.length < wanted.size
    kept.set(subtopologyId, keeps)
    lost.set(
      subtopologyId,
      before.filter((partition) => !wanted.has(partition)),
    )
    all.set(subtopologyId, [...keeps, ...gains])
  }
  return {
    kept: partitionsOfSets(kept),
    lost: partitionsOfSets(lost),
    all: partitionsOfSets(all),
    isTaken,
  }
}

function put(
  into: Map<string, Map<number, number>>,
  subtopologyId: string,
  partition: number,
  epoch: number,
): void {
  const epochs = into.get(subtopologyId)
  if (epochs === undefined) into.set(subtopologyId, new Map([[partition, epoch]]))
  else epochs.set(partition, epoch)
}

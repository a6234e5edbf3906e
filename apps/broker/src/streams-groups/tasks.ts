import {
  NO_PARTITIONS,
  NOTHING_OWNED,
  type OwnedPartitions,
  ownsAll,
  type Partitions,
  partitionsFrom,
  partitionsOwned,
  sameOwned,
  samePartitions,
} from '../consumer-groups/partitions.ts'

/** As requests, answers and records list them. */
export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

/** A task is a partition of a subtopology. In these maps subtopologies stand for topics. */
export interface Tasks {
  /** Process records; each is one member's. */
  readonly active: Partitions
  /** Follow the state of active ones, at most one in a process. */
  readonly standby: Partitions
  /** Catch up with a state before they become active. Kept for others' records: none is given. */
  readonly warmup: Partitions
}

/** What a member has: of its active tasks, each with the epoch in which it got it. */
export interface OwnedTasks {
  readonly active: OwnedPartitions
  readonly standby: Partitions
  readonly warmup: Partitions
}

export const NO_TASKS: Tasks = {
  active: NO_PARTITIONS,
  standby: NO_PARTITIONS,
  warmup: NO_PARTITIONS,
}

export const NO_OWNED_TASKS: OwnedTasks = { ...NO_TASKS, active: NOTHING_OWNED }

/** @param listed by somebody else: in any order, and perhaps the same twice. */
export function tasksFrom(listed: readonly TaskIds[]): Partitions {
  return partitionsFrom(
    listed.map(({ subtopologyId, partitions }) => ({ topicId: subtopologyId, partitions })),
  )
}

export function listOfTasks(tasks: Partitions): TaskIds[] {
  const listed = [...tasks].map(([subtopologyId, partitions]) => ({ subtopologyId, partitions }))
  return listed.toSorted(bySubtopology)
}

export function bySubtopology(
  one: { readonly subtopologyId: string },
  other: { readonly subtopologyId: string },
): number {
  return compareText(one.subtopologyId, other.subtopologyId)
}

/** As Java compares: by UTF-16 units. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

export function withoutEpochs({ active, standby, warmup }: OwnedTasks): Tasks {
  return { active: partitionsOwned(active), standby, warmup }
}

export function hasTasks({ active, standby, warmup }: OwnedTasks): boolean {
  return active.size + standby.size + warmup.size > 0
}

export function sameTasks(one: Tasks, other: Tasks): boolean {
  return (
    samePartitions(one.active, other.active) &&
    samePartitions(one.standby, other.standby) &&
    samePartitions(one.warmup, other.warmup)
  )
}

/** The same tasks with the same epochs. */
export function sameOwnedTasks(one: OwnedTasks, other: OwnedTasks): boolean {
  return (
    sameOwned(one.active, other.active) &&
    samePartitions(one.standby, other.standby) &&
    samePartitions(one.warmup, other.warmup)
  )
}

/** Whether one of `listed` is among `owned`, in the same role. */
export function ownsAnyTask(listed: Tasks, owned: OwnedTasks): boolean {
  return (
    overlaps(listed.active, partitionsOwned(owned.active)) ||
    overlaps(listed.standby, owned.standby) ||
    overlaps(listed.warmup, owned.warmup)
  )
}

/** Whether all of `listed` are among `owned`, in the same roles. */
export function ownsAllTasks(listed: Tasks, owned: OwnedTasks): boolean {
  return (
    ownsAll(listed.active, owned.active) &&
    isWithin(listed.standby, owned.standby) &&
    isWithin(listed.warmup, owned.warmup)
  )
}

function overlaps(one: Partitions, other: Partitions): boolean {
  for (const [subtopologyId, partitions] of one) {
    const others = new Set(other.get(subtopologyId))
    if (partitions.some((partition) => others.has(partition))) return true
  }
  return false
}

function isWithin(one: Partitions, other: Partitions): boolean {
  for (const [subtopologyId, partitions] of one) {
    const all = new Set(other.get(subtopologyId))
    if (!partitions.every((partition) => all.has(partition))) return false
  }
  return true
}

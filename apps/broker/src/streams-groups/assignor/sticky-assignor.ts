import {
  NO_PARTITIONS,
  type Partitions,
  partitionsOfSets,
} from '../../consumer-groups/partitions.ts'
import type { ConfiguredSubtopology } from '../configured-topology.ts'
import { compareText, type Tasks } from '../tasks.ts'
import {
  byPartition,
  bySubtopologyFirst,
  leastOf,
  MemberLoad,
  ProcessLoad,
  Quota,
  type Task,
  taskOf,
} from './task-load.ts'

export interface TaskMember {
  readonly memberId: string
  readonly processId: string
  /** The target that it had. */
  readonly before: Tasks
}

export interface TasksToAssign {
  readonly subtopologies: readonly ConfiguredSubtopology[]
  readonly members: readonly TaskMember[]
  /** Copies of each state besides the one in use. */
  readonly standbyReplicas: number
}

/**
 * Every task to one member, as many to each, and each where it was if it can be: where it was
 * active, else where a standby has its state. Standbys are in other processes than their active
 * task, and than each other; where there are too few processes there are fewer standbys. The same
 * is assigned for the same members, whatever their order. Source: Kafka 4.3 `StickyTaskAssignor`.
 */
export function assignTasks(wanted: TasksToAssign): ReadonlyMap<string, Tasks> {
  const draft = new Draft(wanted)
  draft.assignActive()
  draft.assignStandby()
  return draft.result()
}

class Draft {
  readonly #wanted: TasksToAssign
  readonly #members: readonly MemberLoad[]
  readonly #processes = new Map<string, ProcessLoad>()
  readonly #wasActive = new Map<string, MemberLoad>()
  readonly #wereStandby = new Map<string, MemberLoad[]>()
  readonly #activeQuota: Quota
  readonly #quota: Quota

  constructor(wanted: TasksToAssign) {
    this.#wanted = wanted
    const { members, subtopologies, standbyReplicas } = wanted
    const sorted = members.toSorted((one, other) => compareText(one.memberId, other.memberId))
    this.#members = sorted.map((member) => this.#place(member))
    let active = 0
    let standby = 0
    for (const { tasks, isStateful } of subtopologies) {
      active += tasks
      if (isStateful) standby += tasks * standbyReplicas
    }
    this.#activeQuota = new Quota(active, members.length)
    this.#quota = new Quota(active + standby, members.length)
  }

  assignActive(): void {
    if (this.#members.length === 0) return
    const tasks = this.#tasks(() => true).toSorted(byPartition)
    const moved = tasks.filter((task) => !this.#giveTo(this.#wasActive.get(task.key), task))
    const rest = moved.filter((task) => !this.#giveTo(this.#formerStandby(task), task))
    for (const task of rest.toSorted(bySubtopologyFirst)) {
      const member = leastOf(this.#processes.values(), ({ load }) => load)?.leastLoaded
      if (member !== undefined) this.#give(member, 'active', task)
    }
  }

  assignStandby(): void {
    const { standbyReplicas } = this.#wanted
    if (standbyReplicas === 0) return
    const tasks = this.#tasks(({ isStateful }) => isStateful).toSorted(byPartition)
    const open: { readonly task: Task; readonly replicas: number }[] = []
    for (const task of tasks.toReversed()) {
      let replicas = standbyReplicas
      while (replicas > 0 && this.#giveStandbyBack(task)) replicas -= 1
      if (replicas > 0) open.push({ task, replicas })
    }
    for (const { task, replicas } of open.toSorted((one, other) =>
      bySubtopologyFirst(other.task, one.task),
    )) {
      for (let replica = 0; replica < replicas; replica += 1) {
        const others = [...this.#processes.values()].filter((process) => !process.has(task))
        const member = leastOf(others, ({ load }) => load)?.leastLoaded
        if (member === undefined) break
        this.#give(member, 'standby', task)
      }
    }
  }

  result(): ReadonlyMap<string, Tasks> {
    return new Map(
      this.#members.map(({ memberId, active, standby }) => {
        const tasks = { active: tasksOf(active), standby: tasksOf(standby), warmup: NO_PARTITIONS }
        return [memberId, tasks]
      }),
    )
  }

  #place({ memberId, processId, before }: TaskMember): MemberLoad {
    const process = this.#processes.get(processId) ?? new ProcessLoad()
    this.#processes.set(processId, process)
    const member = new MemberLoad(memberId, process)
    process.members.push(member)
    for (const task of listOf(before.active)) this.#wasActive.set(task.key, member)
    for (const task of listOf(before.standby)) {
      const members = this.#wereStandby.get(task.key)
      if (members === undefined) this.#wereStandby.set(task.key, [member])
      else members.push(member)
    }
    return member
  }

  #tasks(isWanted: (subtopology: ConfiguredSubtopology) => boolean): Task[] {
    return this.#wanted.subtopologies
      .filter(isWanted)
      .flatMap(({ subtopologyId, tasks }) =>
        Array.from({ length: tasks }, (_, partition) => taskOf(subtopologyId, partition)),
      )
  }

  #giveTo(member: MemberLoad | undefined, task: Task): boolean {
    if (member === undefined || !this.#activeQuota.hasRoom(member)) return false
    this.#give(member, 'active', task)
    return true
  }

  /** First to who had the task as its active one: its state is the newest. */
  #giveStandbyBack(task: Task): boolean {
    const before = [this.#wasActive.get(task.key), this.#formerStandby(task)]
    for (const member of before) {
      if (member === undefined || member.process.has(task)) continue
      if (!this.#quota.hasRoom(member)) continue
      this.#give(member, 'standby', task)
      return true
    }
    return false
  }

  #formerStandby(task: Task): MemberLoad | undefined {
    const members = this.#wereStandby.get(task.key)?.filter(({ process }) => !process.has(task))
    const load = leastOf(members ?? [], ({ process }) => process.load)?.process.load
    const lightest = members?.filter(({ process }) => process.load === load)
    return leastOf(lightest ?? [], ({ count }) => count)
  }

  #give(member: MemberLoad, role: 'active' | 'standby', task: Task): void {
    member.give(role, task)
    if (role === 'active') this.#activeQuota.given(member)
    this.#quota.given(member)
  }
}

function* listOf(tasks: Partitions): Generator<Task> {
  for (const [subtopologyId, partitions] of tasks) {
    for (const partition of partitions) yield taskOf(subtopologyId, partition)
  }
}

function tasksOf(tasks: readonly Task[]): Partitions {
  const sets = new Map<string, number[]>()
  for (const { subtopologyId, partition } of tasks) {
    const partitions = sets.get(subtopologyId)
    if (partitions === undefined) sets.set(subtopologyId, [partition])
    else partitions.push(partition)
  }
  return partitionsOfSets(sets)
}

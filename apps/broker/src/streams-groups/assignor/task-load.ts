import { assert } from '@pafka/base'

import { compareText } from '../tasks.ts'

/** A task in the making of an assignment. */
export interface Task {
  readonly subtopologyId: string
  readonly partition: number
  /** The same for the same task. */
  readonly key: string
}

export function taskOf(subtopologyId: string, partition: number): Task {
  return { subtopologyId, partition, key: `${partition} ${subtopologyId}` }
}

export function byPartition(one: Task, other: Task): number {
  return one.partition - other.partition || compareText(one.subtopologyId, other.subtopologyId)
}

export function bySubtopologyFirst(one: Task, other: Task): number {
  return compareText(one.subtopologyId, other.subtopologyId) || one.partition - other.partition
}

/** A member, with what an assignment in the making has given to it. */
export class MemberLoad {
  readonly memberId: string
  readonly process: ProcessLoad
  readonly active: Task[] = []
  readonly standby: Task[] = []

  constructor(memberId: string, process: ProcessLoad) {
    this.memberId = memberId
    this.process = process
  }

  get count(): number {
    return this.active.length + this.standby.length
  }

  give(role: 'active' | 'standby', task: Task): void {
    assert(!this.process.has(task), 'a process has a task once')
    this[role].push(task)
    this.process.noteGiven(task)
  }
}

/** The members that share memory, and a folder for their state. */
export class ProcessLoad {
  readonly members: MemberLoad[] = []
  readonly #tasks = new Set<string>()

  has({ key }: Task): boolean {
    return this.#tasks.has(key)
  }

  noteGiven({ key }: Task): void {
    this.#tasks.add(key)
  }

  /** Tasks per member. */
  get load(): number {
    return this.#tasks.size / this.members.length
  }

  get leastLoaded(): MemberLoad | undefined {
    return leastOf(this.members, ({ count }) => count)
  }
}

/** The first of those with the least. */
export function leastOf<T>(all: Iterable<T>, loadOf: (one: T) => number): T | undefined {
  let least: T | undefined
  let leastLoad = Number.POSITIVE_INFINITY
  for (const one of all) {
    const load = loadOf(one)
    if (load >= leastLoad) continue
    least = one
    leastLoad = load
  }
  return least
}

/**
 * How many tasks each member may have so that all have as many, but for one: the rest is shared by
 * those that are not full.
 */
export class Quota {
  #tasks: number
  #members: number
  #each: number

  constructor(tasks: number, members: number) {
    this.#tasks = tasks
    this.#members = members
    this.#each = Quota.#share(tasks, members)
  }

  hasRoom({ count }: MemberLoad): boolean {
    return count < this.#each
  }

  /** A member has one more. */
  given({ count }: MemberLoad): void {
    if (count !== this.#each) return
    this.#tasks -= count
    this.#members -= 1
    this.#each = Quota.#share(this.#tasks, this.#members)
  }

  static #share(tasks: number, members: number): number {
    return members === 0 ? 0 : Math.ceil(tasks / members)
  }
}

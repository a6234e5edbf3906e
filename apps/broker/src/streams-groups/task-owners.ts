import { assert } from '@pafka/base'

import type { Partitions } from '../consumer-groups/partitions.ts'
import type { StreamsMember } from './streams-member.ts'
import type { OwnedTasks } from './tasks.ts'

type Held = Pick<StreamsMember, 'memberId' | 'processId' | 'assigned' | 'revoking'>

/** Where tasks are. What is to be given up is still there. */
export class TaskOwners {
  /** By subtopology and partition: the member. */
  readonly #active = new Map<string, Map<number, string>>()
  /** By process, subtopology and partition, in any role: how many members of it. */
  readonly #processes = new Map<string, Map<string, Map<number, number>>>()

  /** The member that has the task as its active one. */
  active(subtopologyId: string, partition: number): string | undefined {
    return this.#active.get(subtopologyId)?.get(partition)
  }

  /** Whether one of the process has the task, in whatever role: two would share its state. */
  isIn(processId: string, subtopologyId: string, partition: number): boolean {
    return (this.#processes.get(processId)?.get(subtopologyId)?.get(partition) ?? 0) > 0
  }

  add(member: Held): void {
    for (const [subtopologyId, partition] of activeOf(member)) {
      const owners = this.#active.get(subtopologyId) ?? new Map<number, string>()
      assert(!owners.has(partition), 'a task is active once')
      owners.set(partition, member.memberId)
      this.#active.set(subtopologyId, owners)
    }
    this.#count(member, 1)
  }

  remove(member: Held): void {
    for (const [subtopologyId, partition] of activeOf(member)) {
      const owners = this.#active.get(subtopologyId)
      assert(owners?.get(partition) === member.memberId, 'only what a member has is taken from it')
      owners?.delete(partition)
      if (owners?.size === 0) this.#active.delete(subtopologyId)
    }
    this.#count(member, -1)
  }

  #count(member: Held, by: 1 | -1): void {
    const { processId } = member
    const ofProcess = this.#processes.get(processId) ?? new Map<string, Map<number, number>>()
    for (const [subtopologyId, partition] of tasksOf(member)) {
      const counts = ofProcess.get(subtopologyId) ?? new Map<number, number>()
      const count = (counts.get(partition) ?? 0) + by
      if (count > 0) counts.set(partition, count)
      else counts.delete(partition)
      if (counts.size > 0) ofProcess.set(subtopologyId, counts)
      else ofProcess.delete(subtopologyId)
    }
    if (ofProcess.size > 0) this.#processes.set(processId, ofProcess)
    else this.#processes.delete(processId)
  }
}

type Task = readonly [subtopologyId: string, partition: number]

/** The active tasks of a member, and those that it is to give up. */
export function* activeOf({
  assigned,
  revoking,
}: Pick<Held, 'assigned' | 'revoking'>): Generator<Task> {
  for (const { active } of [assigned, revoking]) {
    for (const [subtopologyId, epochs] of active) {
      for (const partition of epochs.keys()) yield [subtopologyId, partition]
    }
  }
}

function* tasksOf(member: Held): Generator<Task> {
  yield* activeOf(member)
  for (const owned of [member.assigned, member.revoking]) yield* followersOf(owned)
}

function* followersOf({ standby, warmup }: OwnedTasks): Generator<Task> {
  for (const tasks of [standby, warmup]) yield* listed(tasks)
}

function* listed(tasks: Partitions): Generator<Task> {
  for (const [subtopologyId, partitions] of tasks) {
    for (const partition of partitions) yield [subtopologyId, partition]
  }
}

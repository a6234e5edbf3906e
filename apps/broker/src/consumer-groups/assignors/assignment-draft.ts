import { assert } from '@pafka/base'

import { type Partitions, partitionsOfSets } from '../partitions.ts'
import type { AssignorInput } from './assignor.ts'

export type TopicPartition = readonly [topicId: string, partition: number]

/** An assignment as it takes shape. Members are numbers: their places in the input. */
export class AssignmentDraft {
  readonly input: AssignorInput
  /** Partitions that somebody wants. */
  readonly total: number
  readonly #given: Map<string, Set<number>>[]
  readonly #loads: number[]
  readonly #taken = new Map<string, Set<number>>()
  /** Topic id to the members that want it. */
  readonly #subscribers = new Map<string, number[]>()

  constructor(input: AssignorInput) {
    this.input = input
    this.#given = input.members.map(() => new Map<string, Set<number>>())
    this.#loads = input.members.map(() => 0)
    let total = 0
    for (const [at, { topicIds }] of input.members.entries()) {
      for (const topicId of topicIds) {
        const subscribers = this.#subscribers.get(topicId)
        if (subscribers !== undefined) {
          subscribers.push(at)
          continue
        }
        this.#subscribers.set(topicId, [at])
        this.#taken.set(topicId, new Set())
        total += input.partitionCount(topicId)
      }
    }
    this.total = total
  }

  load(member: number): number {
    return this.#loads[member] ?? 0
  }

  subscribers(topicId: string): readonly number[] {
    return this.#subscribers.get(topicId) ?? []
  }

  /** Partitions of the topic that the member has so far. */
  given(member: number): ReadonlyMap<string, ReadonlySet<number>> {
    return this.#given[member] ?? new Map<string, Set<number>>()
  }

  /** What the member had, still wants, and nobody was given yet. */
  heldBefore(member: number): TopicPartition[] {
    const { before, topicIds } = this.input.members[member] ?? {}
    const held: TopicPartition[] = []
    for (const [topicId, partitions] of before ?? []) {
      if (topicIds?.has(topicId) !== true) continue
      const count = this.input.partitionCount(topicId)
      for (const partition of partitions) {
        if (partition < 0 || partition >= count) continue
        if (this.#taken.get(topicId)?.has(partition) === false) held.push([topicId, partition])
      }
    }
    return held
  }

  /** Which partition of the topic to take from the member: one that is new to it, if any. */
  leastMissed(member: number, topicId: string): number {
    const before = new Set(this.input.members[member]?.before.get(topicId))
    let last = -1
    for (const partition of this.given(member).get(topicId) ?? []) {
      if (!before.has(partition)) return partition
      last = Math.max(last, partition)
    }
    return last
  }

  unassigned(): TopicPartition[] {
    const free: TopicPartition[] = []
    for (const topicId of [...this.#subscribers.keys()].toSorted()) {
      const taken = this.#taken.get(topicId)
      for (let partition = 0; partition < this.input.partitionCount(topicId); partition += 1) {
        if (taken?.has(partition) !== true) free.push([topicId, partition])
      }
    }
    return free
  }

  give(member: number, topicId: string, partition: number): void {
    const given = this.#given[member]
    const taken = this.#taken.get(topicId)
    assert(given !== undefined && taken !== undefined, 'who wants a topic is known')
    assert(!taken.has(partition), 'a partition is given once')
    taken.add(partition)
    const ofTopic = given.get(topicId)
    if (ofTopic === undefined) given.set(topicId, new Set([partition]))
    else ofTopic.add(partition)
    this.#loads[member] = this.load(member) + 1
  }

  take(member: number, topicId: string, partition: number): void {
    const ofTopic = this.#given[member]?.get(topicId)
    assert(ofTopic?.delete(partition) === true, 'only what a member has is taken from it')
    if (ofTopic.size === 0) this.#given[member]?.delete(topicId)
    this.#taken.get(topicId)?.delete(partition)
    this.#loads[member] = this.load(member) - 1
  }

  result(): ReadonlyMap<string, Partitions> {
    const { members } = this.input
    return new Map(
      members.map(({ memberId }, at) => [memberId, partitionsOfSets(this.#given[at] ?? new Map())]),
    )
  }
}

import type { TopicPartition } from '../cluster/topic-partition.ts'
import { Bell } from '../time/bell.ts'
import type { Topic } from '../topic.ts'
import type { GroupProgress } from './group/group-progress.ts'
import { PartitionProgress, type ProgressOwner } from './partition-progress.ts'
import type { PartitionReader } from './partition-reader.ts'

/** A partition that a member of a group has, while it has it. */
export class AssignedPartition<K, V> {
  readonly place: TopicPartition
  /** Undefined until it is known where to begin. */
  reader: PartitionReader | undefined
  readonly #owner: ProgressOwner<K, V>
  #progress: PartitionProgress<K, V>
  readonly #ended = new AbortController()
  #isLost = false
  readonly #change = new Bell()

  constructor(topic: Topic<K, V>, partition: number, group: GroupProgress) {
    this.place = { topic: topic.name, partition }
    const { signal } = this.#ended
    this.#owner = { topic, partition, group, signal, isLost: () => this.#isLost }
    this.#progress = new PartitionProgress(this.#owner)
  }

  /** Of what is read now: another one after `resetTo`. */
  get progress(): PartitionProgress<K, V> {
    return this.#progress
  }

  get isEnded(): boolean {
    return this.#ended.signal.aborted
  }

  /** Aborted when it was given up, or lost. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** Ends when there may be something to take, or nothing any more. */
  changed(): Promise<void> {
    return this.#change.heard()
  }

  wake(): void {
    this.#change.ring()
  }

  /**
   * What was to be read of it is not there: it begins anew, and what is processed of it, too.
   * @param isProcessed the group goes on there even if nothing is read: nothing is before it
   */
  resetTo(offset: number, isProcessed: boolean): void {
    const before = this.#progress
    // what was given came from a log that ended sooner, or was another one
    if (offset < before.givenEndOffset) before.voided()
    this.#progress = new PartitionProgress(this.#owner, isProcessed ? offset : -1)
  }

  /** Nothing of it is given any more. */
  end(): void {
    this.#ended.abort(new Error(`${this.place.topic}/${this.place.partition} was given up`))
    this.wake()
  }

  /** Others have it, or may have it: how far it is processed is not for this member to say. */
  lost(): void {
    this.#isLost = true
  }
}

import type { TopicPartition } from '../cluster/topic-partition.ts'
import { Bell } from '../time/bell.ts'
import type { Topic } from '../topic.ts'
import type { RecordSource } from './consumer-record.ts'
import type { GroupProgress } from './group/group-progress.ts'
import { GivenOffsets } from './given-offsets.ts'
import type { PartitionReader } from './partition-reader.ts'

/** A partition that a member of a group has: how far its records are processed. */
export class AssignedPartition<K, V> {
  readonly place: TopicPartition
  readonly source: RecordSource<K, V>
  /** Undefined until it is known where to begin. */
  reader: PartitionReader | undefined
  readonly #ended = new AbortController()
  readonly #given = new GivenOffsets()
  /** After the last record with all before it processed; -1 for none yet. */
  #processedOffset = -1
  #committedOffset = -1
  #waiting: (() => void)[] = []
  #isLost = false
  readonly #change = new Bell()

  constructor(topic: Topic<K, V>, partition: number, progress: GroupProgress) {
    this.place = { topic: topic.name, partition }
    this.source = {
      ...{ topic: topic.name, partition, key: topic.key, value: topic.value },
      acknowledge: (first, last) => this.done(first, last),
      passOver: (offset) => this.#passOver(offset),
      ...{ signal: this.#ended.signal, progress, isLost: () => this.#isLost },
    }
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

  /** What is to be committed; undefined when that has been done. */
  get dirtyOffset(): number | undefined {
    return this.#processedOffset > this.#committedOffset ? this.#processedOffset : undefined
  }

  committed(offset: number): void {
    this.#committedOffset = Math.max(this.#committedOffset, offset)
  }

  /** All before it is processed, and that is committed. */
  processedTo(offset: number): void {
    this.#given.passed(offset)
    this.#processedOffset = Math.max(this.#processedOffset, offset)
    this.committed(offset)
    this.#tell()
  }

  /** The program gives back what it has. @returns where to begin again; undefined for nothing */
  givenBack(): number | undefined {
    const { first } = this.#given
    if (first !== undefined) this.dropped(first)
    return first
  }

  /** The program has it now. */
  gives(offset: number): void {
    this.#given.add(offset)
  }

  /** From one to the other they are processed; nothing for what is not with the program. */
  done(first: number, last: number = first): void {
    const processed = this.#given.processed(first, last)
    if (processed === undefined) return
    this.#processedOffset = processed + 1
    this.#tell()
  }

  /** It is as good as processed: nobody can decode it. */
  #passOver(offset: number): void {
    this.gives(offset)
    this.done(offset)
  }

  /** It is with the program, which has not acknowledged it. */
  has(offset: number): boolean {
    return this.#given.has(offset)
  }

  /** The program does not process it any more, nor those after it: they are given again. */
  dropped(offset: number): void {
    this.#given.dropFrom(offset)
    this.#tell()
  }

  /** Ends when the program has nothing of it. */
  async idle(): Promise<void> {
    if (!this.#given.isEmpty) await new Promise<void>((resolve) => this.#waiting.push(resolve))
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

  #tell(): void {
    if (!this.#given.isEmpty) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

import type { Topic } from '../topic.ts'
import type { RecordSource } from './consumer-record.ts'
import { GivenOffsets } from './given-offsets.ts'
import type { GroupProgress } from './group/group-progress.ts'

/** Whose progress it is. */
export interface ProgressOwner<K, V> {
  readonly topic: Topic<K, V>
  readonly partition: number
  readonly group: GroupProgress
  /** Aborted when the partition is given up, or lost. */
  readonly signal: AbortSignal
  /** Others have the partition, or may have it. */
  readonly isLost: () => boolean
}

/**
 * How far the records of a partition are processed, from where a member began to read it on. When
 * it begins anew elsewhere that is another progress: records given before do not move it.
 */
export class PartitionProgress<K, V> {
  readonly source: RecordSource<K, V>
  readonly #given = new GivenOffsets()
  /** After the last record that was given; -1 for none yet. */
  #givenEndOffset = -1
  /** After the last record with all before it processed; -1 for none yet. */
  #processedOffset: number
  #committedOffset = -1
  #waiting: (() => void)[] = []
  #isVoid = false

  /** @param processedOffset all before it is as good as processed; -1 for nothing to be said */
  constructor(
    { topic, partition, group, signal, isLost }: ProgressOwner<K, V>,
    processedOffset: number = -1,
  ) {
    this.#processedOffset = processedOffset
    this.source = {
      ...{ topic: topic.name, partition, key: topic.key, value: topic.value, signal },
      acknowledge: (first, last) => this.done(first, last),
      passOver: (offset) => this.#passOver(offset),
      ...{ progress: group, isLost: () => this.#isVoid || isLost() },
    }
  }

  /** After the last record that was given; -1 for none yet. */
  get givenEndOffset(): number {
    return this.#givenEndOffset
  }

  /** What is to be committed; undefined when that has been done. */
  get dirtyOffset(): number | undefined {
    return this.#processedOffset > this.#committedOffset ? this.#processedOffset : undefined
  }

  committed(offset: number): void {
    this.#committedOffset = Math.max(this.#committedOffset, offset)
  }

  /** All before it is processed, and that is committed; nothing where it was not given so far. */
  processedTo(offset: number): void {
    // the group may still be where the partition ended before
    if (offset > this.#givenEndOffset) return
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
    this.#givenEndOffset = offset + 1
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

  /** What it is of is not there any more: nothing that was given is to be committed. */
  voided(): void {
    this.#isVoid = true
  }

  #tell(): void {
    if (!this.#given.isEmpty) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

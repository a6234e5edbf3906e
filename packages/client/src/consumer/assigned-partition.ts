import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { Topic } from '../topic.ts'
import type { RecordSource } from './consumer-record.ts'
import type { GroupProgress } from './group/group-progress.ts'
import type { PartitionReader } from './partition-reader.ts'

/** A record that was given to the program, and is not processed yet. */
interface Given {
  readonly offset: number
  isDone: boolean
}

/** A partition that a member of a group has: how far its records are processed. */
export class AssignedPartition<K, V> {
  readonly place: TopicPartition
  readonly source: RecordSource<K, V>
  /** Undefined until it is known where to begin. */
  reader: PartitionReader | undefined
  readonly #ended = new AbortController()
  /** In the order of their offsets. */
  readonly #given: Given[] = []
  /** After the last record with all before it processed; -1 for none yet. */
  #processedOffset = -1
  #committedOffset = -1
  #waiting: (() => void)[] = []

  constructor(topic: Topic<K, V>, partition: number, progress: GroupProgress) {
    this.place = { topic: topic.name, partition }
    this.source = {
      ...{ topic: topic.name, partition, key: topic.key, value: topic.value },
      acknowledge: (offset) => this.done(offset),
      ...{ signal: this.#ended.signal, progress },
    }
  }

  get isEnded(): boolean {
    return this.#ended.signal.aborted
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
    while ((this.#given[0]?.offset ?? offset) < offset) this.#given.shift()
    this.#processedOffset = Math.max(this.#processedOffset, offset)
    this.committed(offset)
    this.#tell()
  }

  /** The program gives back what it has. @returns where to begin again; undefined for nothing */
  givenBack(): number | undefined {
    const [first] = this.#given
    this.#given.length = 0
    this.#tell()
    return first?.offset
  }

  /** The program has it now. */
  gives(offset: number): void {
    this.#given.push({ offset, isDone: false })
  }

  /** It is processed; nothing for one that is not with the program. */
  done(offset: number): void {
    const given = this.#given.find((one) => one.offset === offset)
    if (given !== undefined) given.isDone = true
    while (this.#given[0]?.isDone === true) {
      this.#processedOffset = (this.#given.shift()?.offset ?? 0) + 1
    }
    this.#tell()
  }

  /** The program does not process it any more: it is given again to whoever comes. */
  dropped(offset: number): void {
    const at = this.#given.findIndex((one) => one.offset === offset)
    // those after it are not processed either, as far as a commit can say it
    if (at >= 0) this.#given.splice(at)
    this.#tell()
  }

  /** Ends when the program has nothing of it. */
  async idle(): Promise<void> {
    if (this.#given.length > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Nothing of it is given any more. */
  end(): void {
    this.#ended.abort(new Error(`${this.place.topic}/${this.place.partition} was given up`))
  }

  #tell(): void {
    if (this.#given.length > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

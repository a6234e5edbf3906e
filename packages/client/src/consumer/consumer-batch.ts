import { type ConsumerRecord, sourceOf } from './consumer-record.ts'

/** Records of one partition, in their order, that were sent together. */
export class ConsumerBatch<K, V> {
  readonly records: readonly ConsumerRecord<K, V>[]

  readonly #release: (() => void) | undefined

  /**
   * @param records one at least
   * @param release called when nobody looks at them any more
   */
  constructor(records: readonly ConsumerRecord<K, V>[], release?: () => void) {
    this.records = records
    this.#release = release
  }

  get topic(): string {
    return this.#first.topic
  }

  get partition(): number {
    return this.#first.partition
  }

  get firstOffset(): number {
    return this.#first.offset
  }

  get lastOffset(): number {
    return this.records.at(-1)?.offset ?? this.firstOffset
  }

  /** Aborted when the partition is somebody else's. */
  get signal(): AbortSignal {
    return this.#first.signal
  }

  /** All of it is processed. */
  ack(): void {
    sourceOf(this.#first).acknowledge?.(this.firstOffset, this.lastOffset)
  }

  /**
   * Nobody looks at its records any more, nor at what was read of them as bytes: their memory may
   * be received into again. Nobody has to say so; who reads gigabytes of records that are not
   * compressed saves a third of the processor's time. To be called once; a record that is looked at
   * afterwards may throw, and bytes of it may be of length 0.
   */
  release(): void {
    this.#release?.()
  }

  /** @param count of the first of them, one at least. @returns those, and the others, if any */
  splitAt(count: number): readonly [first: ConsumerBatch<K, V>, rest?: ConsumerBatch<K, V>] {
    if (count >= this.records.length) return [this]
    const [first, rest] = [this.records.slice(0, count), this.records.slice(count)]
    return [new ConsumerBatch(first), new ConsumerBatch(rest)]
  }

  [Symbol.iterator](): Iterator<ConsumerRecord<K, V>> {
    return this.records[Symbol.iterator]()
  }

  get #first(): ConsumerRecord<K, V> {
    const [first] = this.records
    if (first === undefined) throw new RangeError('a batch has records')
    return first
  }
}

import { type ConsumerRecord, sourceOf } from './consumer-record.ts'

/** Records of one partition, in their order, that were sent together. */
export class ConsumerBatch<K, V> {
  readonly records: readonly ConsumerRecord<K, V>[]

  /** @param records one at least */
  constructor(records: readonly ConsumerRecord<K, V>[]) {
    this.records = records
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

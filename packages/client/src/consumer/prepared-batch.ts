import type { ConsumerRecord, RecordSource } from './consumer-record.ts'
import type { RecordSequence } from './fetched-batch.ts'

/** The records of one batch, all found and prepared, some of them to be passed over. */
export class PreparedBatch implements RecordSequence {
  readonly lastOffset: number
  readonly sizeBytes: number
  readonly #records: readonly ConsumerRecord<unknown, unknown>[]
  readonly #passedOver: ReadonlySet<number>
  #at = 0

  get recordsCount(): number {
    return this.#records.length
  }

  /** @param batch what the records are of */
  constructor(
    { lastOffset, sizeBytes }: Pick<RecordSequence, 'lastOffset' | 'sizeBytes'>,
    records: readonly ConsumerRecord<unknown, unknown>[],
    passedOver: ReadonlySet<number>,
  ) {
    this.lastOffset = lastOffset
    this.sizeBytes = sizeBytes
    this.#records = records
    this.#passedOver = passedOver
  }

  /** @param source the one that it was prepared for */
  next<K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined {
    for (;;) {
      const record = this.#records[this.#at]
      if (record === undefined) return undefined
      this.#at += 1
      if (!this.#passedOver.has(record.offset)) return record as ConsumerRecord<K, V>
      source.passOver?.(record.offset)
    }
  }
}

import type { AssignedPartition } from './assigned-partition.ts'
import type { AssignedPartitions } from './assigned-partitions.ts'
import { ConsumerBatch } from './consumer-batch.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import type { RecordSequence } from './fetched-batch.ts'
import type { PartitionProgress } from './partition-progress.ts'
import type { RecordFlow, TakenBatch } from './record-flow.ts'

export interface TakenRecordsOptions<K, V> {
  readonly flow: RecordFlow
  readonly assigned: AssignedPartitions<K, V>
  /** What a loop asks for the next of is processed. */
  readonly isAuto: boolean
}

/** The batch from which a consumer gives records now, one by one or all together. */
export class TakenRecords<K, V> {
  readonly #options: TakenRecordsOptions<K, V>
  #current: { readonly of: AssignedPartition<K, V>; readonly batch: RecordSequence } | undefined
  /** Of what a loop has, and has not asked for the next of. */
  #last: PartitionProgress<K, V> | undefined
  #lastOffset = -1

  constructor(options: TakenRecordsOptions<K, V>) {
    this.#options = options
  }

  /** The batch of which there is something left, or the next, where there is one now. */
  take(): AssignedPartition<K, V> | undefined {
    const { flow, assigned } = this.#options
    if (this.#current?.of.isEnded === false) return this.#current.of
    for (;;) {
      const taken = flow.take()
      if (taken === undefined) return undefined
      const of = assigned.ofReader(taken.reader)
      if (of === undefined) continue
      this.#current = { of, batch: taken.batch }
      return of
    }
  }

  /** Of the batch that was taken last; undefined when all of it was given. */
  next(): ConsumerRecord<K, V> | undefined {
    const current = this.#current
    if (current === undefined || current.of.isEnded) return undefined
    const record = current.batch.next(current.of.progress.source)
    if (record === undefined) {
      this.#current = undefined
      return undefined
    }
    const { progress } = current.of
    progress.gives(record.offset)
    this.#last = progress
    this.#lastOffset = record.offset
    return record
  }

  /** All that is left of the batch that was taken last; undefined for none. */
  rest(): ConsumerBatch<K, V> | undefined {
    const batch = this.#current?.batch
    const records: ConsumerRecord<K, V>[] = []
    for (let one = this.next(); one !== undefined; one = this.next()) records.push(one)
    this.#last = undefined
    if (batch === undefined || records.length === 0) return undefined
    // somebody may still have those that were given one by one
    const isWhole = records.length === batch.recordsCount
    return new ConsumerBatch(records, isWhole ? () => batch.release?.() : undefined)
  }

  /** What `next` gave last is processed, or is not and will be given again. */
  settleLast(isProcessed: boolean): void {
    const last = this.#last
    if (last === undefined) return
    this.#last = undefined
    if (isProcessed && this.#options.isAuto) last.done(this.#lastOffset)
    else if (!isProcessed) last.dropped(this.#lastOffset)
  }

  /** What is left of the batch that was taken last is for who asks. */
  handOver(): TakenBatch | undefined {
    const current = this.#current
    this.#current = undefined
    const reader = current?.of.reader
    return current && reader && { reader, batch: current.batch }
  }

  /** It is read anew. */
  forget(of: AssignedPartition<K, V>): void {
    if (this.#current?.of === of) this.#current = undefined
  }
}

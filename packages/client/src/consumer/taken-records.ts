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
  /** What a loop has, and has not asked for the next of. */
  #last: { readonly progress: PartitionProgress<K, V>; readonly offset: number } | undefined

  constructor(options: TakenRecordsOptions<K, V>) {
    this.#options = options
  }

  /** The next batch, where there is one now. */
  take(): AssignedPartition<K, V> | undefined {
    const { flow, assigned } = this.#options
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
    this.#last = { progress, offset: record.offset }
    return record
  }

  /** All that is left of the batch that was taken last; undefined for none. */
  rest(): ConsumerBatch<K, V> | undefined {
    const records: ConsumerRecord<K, V>[] = []
    for (let one = this.next(); one !== undefined; one = this.next()) records.push(one)
    this.#last = undefined
    return records.length === 0 ? undefined : new ConsumerBatch(records)
  }

  /** What `next` gave last is processed, or is not and will be given again. */
  settleLast(isProcessed: boolean): void {
    const last = this.#last
    if (last === undefined) return
    this.#last = undefined
    if (isProcessed && this.#options.isAuto) last.progress.done(last.offset)
    else if (!isProcessed) last.progress.dropped(last.offset)
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

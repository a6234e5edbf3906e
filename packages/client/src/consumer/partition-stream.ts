import { Turns } from '../time/turns.ts'
import type { AssignedPartition } from './assigned-partition.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { RecordFlow, TakenBatch } from './record-flow.ts'

export interface PartitionStreamOptions {
  readonly flow: RecordFlow
  /** Asking for the next record says that the one before is processed. */
  readonly isAuto: boolean
  /** What comes before all that the flow has. */
  readonly first: TakenBatch | undefined
}

/**
 * The records of one partition that a member of a group has, until it has it no more: then the loop
 * ends. Others of the member's partitions go on meanwhile, however long a record takes.
 */
export class PartitionStream<K, V> implements AsyncIterableIterator<ConsumerRecord<K, V>> {
  readonly topic: string
  readonly partition: number
  /** Aborted when the partition is somebody else's. */
  readonly signal: AbortSignal
  readonly #of: AssignedPartition<K, V>
  readonly #flow: RecordFlow
  readonly #isAuto: boolean
  /** What records are taken from. */
  #current: TakenBatch | undefined
  /** Given, and the next was not asked for. */
  #last: ConsumerRecord<K, V> | undefined
  /** Who asks while another one waits comes after that one. */
  readonly #turns = new Turns()
  /** A loop was left with it, and what it is of: the next loop begins with it. */
  #left: { readonly reader: PartitionReader; readonly record: ConsumerRecord<K, V> } | undefined

  constructor(of: AssignedPartition<K, V>, { flow, isAuto, first }: PartitionStreamOptions) {
    this.#current = first
    this.topic = of.place.topic
    this.partition = of.place.partition
    this.signal = of.signal
    this.#of = of
    this.#flow = flow
    this.#isAuto = isAuto
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws {KafkaError} when the partition cannot be read */
  async next(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    if (!this.#turns.isBusy) {
      this.#settle(this.#isAuto)
      const value = this.#of.isEnded ? undefined : this.#taken()
      if (value !== undefined) return { done: false, value }
    }
    return this.#turns.run(() => this.#next())
  }

  /**
   * Leaving the loop leaves the partition. Another loop, or who gets the partition next, begins
   * with the record that the loop had, unless that was acknowledged.
   */
  return(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    const last = this.#last
    const { reader } = this.#of
    this.#last = undefined
    if (last !== undefined && this.#of.progress.has(last.offset)) {
      this.#of.progress.dropped(last.offset)
      this.#left = reader && { reader, record: last }
    }
    return Promise.resolve({ done: true, value: undefined })
  }

  async #next(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    const of = this.#of
    this.#settle(this.#isAuto)
    for (;;) {
      if (of.isEnded) return { done: true, value: undefined }
      const value = this.#taken()
      if (value !== undefined) return { done: false, value }
      if (of.reader !== undefined) this.#flow.awaits(of.reader)
      // oxlint-disable-next-line no-await-in-loop -- this is the wait
      await of.changed()
    }
  }

  #taken(): ConsumerRecord<K, V> | undefined {
    const { reader } = this.#of
    const left = this.#left
    this.#left = undefined
    // what was taken before a rewind is given again
    if (left !== undefined && left.reader === reader) return this.#gives(left.record)
    for (;;) {
      if (this.#current?.reader !== reader) this.#current = undefined
      const record = this.#current?.batch.next(this.#of.progress.source)
      if (record !== undefined) return this.#gives(record)
      this.#current = reader && this.#flow.takeOf(reader)
      if (this.#current === undefined) return undefined
    }
  }

  #gives(record: ConsumerRecord<K, V>): ConsumerRecord<K, V> {
    this.#of.progress.gives(record.offset)
    this.#last = record
    return record
  }

  #settle(isProcessed: boolean): void {
    if (this.#last !== undefined && isProcessed) this.#of.progress.done(this.#last.offset)
    this.#last = undefined
  }
}

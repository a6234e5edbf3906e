import type { AssignedPartition } from './assigned-partition.ts'
import type { RunOptions } from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { KeyLines, type RunBatch, type RunRecord } from './key-lines.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { RecordFlow, TakenBatch } from './record-flow.ts'

/** Records of a partition that wait for others of their key, for each handler that may run. */
const WAITING_FOR_EACH = 16

interface RunPartitionOptions extends Required<RunOptions> {
  readonly flow: RecordFlow
}

/**
 * One partition of a run: its batch, and what of it may be handled now. While it can have no more
 * it is held, so that its flow gives batches of others.
 */
export class RunPartition<K, V> {
  readonly #of: AssignedPartition<K, V>
  readonly #flow: RecordFlow
  readonly #isInOrder: boolean
  readonly #lines: KeyLines<K, V> | undefined
  #running = 0
  #reader: PartitionReader | undefined
  #batch: RunBatch | undefined
  #isHeld = false

  constructor(of: AssignedPartition<K, V>, { flow, order, concurrency }: RunPartitionOptions) {
    this.#of = of
    this.#flow = flow
    this.#isInOrder = order === 'partition'
    this.#lines = order === 'key' ? new KeyLines(concurrency * WAITING_FOR_EACH) : undefined
    of.signal.addEventListener('abort', () => this.#giveBack(), { once: true })
  }

  /** All of the batch before was given, or is to be read again. */
  take({ reader, batch }: TakenBatch): void {
    this.#dropRewound(reader)
    this.#batch = { records: batch, waiting: 0 }
  }

  /** The next to be handled; undefined when there is none, or it waits for others. */
  next(): RunRecord<K, V> | undefined {
    this.#dropRewound(this.#of.reader)
    const next = this.#of.isEnded ? undefined : (this.#lines?.next() ?? this.#nextOfBatch())
    if (next === undefined) this.#hold()
    else this.#running += 1
    return next
  }

  /** What `next` gave was handled. */
  ended({ key }: RunRecord<K, V>): void {
    this.#running -= 1
    this.#lines?.ended(key)
    if (this.#of.isEnded) this.#giveBack()
  }

  /** Who gets the partition next waits for what is being handled, and not for what nobody began. */
  #giveBack(): void {
    this.#batch = undefined
    // to give a record back is to give back those behind it, of which some may be under way
    if (this.#running > 0) return
    const { progress } = this.#of
    const first = this.#lines?.firstOffsetOf(progress.source)
    if (first !== undefined) progress.dropped(first)
    this.#lines?.clear()
  }

  #nextOfBatch(): RunRecord<K, V> | undefined {
    const batch = this.#batch
    if (batch === undefined || (this.#isInOrder && this.#running > 0)) return undefined
    const lines = this.#lines
    while (lines?.isFull !== true) {
      const { progress } = this.#of
      const record = batch.records.next(progress.source)
      if (record === undefined) {
        this.#batch = undefined
        return undefined
      }
      progress.gives(record.offset)
      const one = { record, batch, key: lines === undefined ? null : keyOf(record) }
      if (lines === undefined || lines.add(one)) return one
    }
    return undefined
  }

  /** What was taken before a rewind is given again. */
  #dropRewound(reader: PartitionReader | undefined): void {
    if (reader === this.#reader) return
    this.#reader = reader
    this.#isHeld = false
    this.#batch = undefined
    this.#lines?.clear()
  }

  #hold(): void {
    const isToBeHeld = this.#batch !== undefined || this.#lines?.wantsBatch === false
    const reader = this.#reader
    if (reader === undefined || isToBeHeld === this.#isHeld) return
    this.#isHeld = isToBeHeld
    if (isToBeHeld) this.#flow.pause(reader, true)
    else this.#flow.resume(reader)
  }
}

function keyOf(record: ConsumerRecord<unknown, unknown>): string | null {
  const bytes = record.keyBytes
  if (bytes === null) return null
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

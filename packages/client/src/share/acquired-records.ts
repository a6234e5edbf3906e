import type { ConsumerRecord, RecordSource } from '../consumer/consumer-record.ts'
import type { FetchedBatch } from '../consumer/fetched-batch.ts'
import { FetchedRecords } from '../consumer/fetched-records.ts'
import type { OffsetRange } from './acknowledgements.ts'

/** Records that were given to a member, as a fetch tells it. */
export interface AcquiredRange extends OffsetRange {
  /** How often they were given to anybody, this time too. */
  readonly deliveryCount: number
}

export interface AcquiredRecord<K, V> {
  readonly record: ConsumerRecord<K, V>
  readonly deliveryCount: number
}

/**
 * What one fetch gave of one partition. Its bytes have whole batches, of which only some records
 * may be this member's; and of those that are, some may not be there any more.
 */
export class AcquiredRecords<K, V> {
  readonly sizeBytes: number
  readonly #source: RecordSource<K, V>
  readonly #bytes: Uint8Array
  readonly #fetched: FetchedRecords
  /** The rest of what is not given yet, or known not to be there; in order. */
  #rest: readonly AcquiredRange[]
  #gaps: OffsetRange[] = []
  #batch: FetchedBatch | undefined
  /** Which batches were looked through. */
  #endOffset = 0
  #isDone = false

  constructor(bytes: Uint8Array, acquired: readonly AcquiredRange[], source: RecordSource<K, V>) {
    this.sizeBytes = bytes.length
    this.#source = source
    this.#bytes = bytes
    this.#fetched = new FetchedRecords(bytes, 0, [])
    this.#rest = acquired
      .filter(({ firstOffset, lastOffset }) => firstOffset >= 0 && firstOffset <= lastOffset)
      .toSorted((one, other) => one.firstOffset - other.firstOffset)
  }

  get topic(): string {
    return this.#source.topic
  }

  get partition(): number {
    return this.#source.partition
  }

  /** No record is left. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** What was not given yet. */
  get rest(): readonly AcquiredRange[] {
    return this.#rest
  }

  /**
   * Lets serdes look up what they need to decode records, when they do.
   * @returns undefined when nothing is to be waited for
   */
  prepare(): Promise<unknown> | undefined {
    const { key, value } = this.#source
    if (key.prepareDecode === undefined && value.prepareDecode === undefined) return undefined
    const preparing: Promise<unknown>[] = []
    try {
      const fetched = new FetchedRecords(this.#bytes, 0, [])
      for (let batch = fetched.next(); batch !== undefined; batch = fetched.next()) {
        for (
          let one = batch.next(this.#source);
          one !== undefined;
          one = batch.next(this.#source)
        ) {
          const prepared = one.prepare()
          if (prepared !== undefined) preparing.push(prepared)
        }
      }
    } catch {
      // bytes that are no records are told of where they are read
    }
    return preparing.length === 0 ? undefined : Promise.all(preparing)
  }

  /** @returns undefined after the last. @throws {DecodeError} when the bytes are no records */
  next(): AcquiredRecord<K, V> | undefined {
    while (!this.#isDone) {
      const record = this.#batch?.next(this.#source)
      if (record !== undefined) {
        const range = this.#reach(record.offset)
        if (range === undefined) continue
        return { record, deliveryCount: range.deliveryCount }
      }
      this.#endOffset = this.#fetched.nextOffset
      this.#batch = this.#fetched.next()
      if (this.#batch !== undefined) continue
      this.#isDone = true
      // beyond the last batch nobody knows what there is
      this.#passTo(Math.max(this.#endOffset, this.#fetched.nextOffset))
    }
    return undefined
  }

  /** Offsets that are this member's, and have no records: told once each. */
  takeGaps(): readonly OffsetRange[] {
    const gaps = this.#gaps
    this.#gaps = []
    return gaps
  }

  /** @returns the range that a record is in, which then begins after it; undefined for none */
  #reach(offset: number): AcquiredRange | undefined {
    this.#passTo(offset)
    const [range] = this.#rest
    if (range === undefined || range.firstOffset !== offset) return undefined
    this.#dropFirst(offset)
    return range
  }

  /** All before is either given, or a gap. */
  #passTo(offset: number): void {
    for (;;) {
      const [range] = this.#rest
      if (range === undefined || range.firstOffset >= offset) return
      const lastOffset = Math.min(range.lastOffset, offset - 1)
      this.#gaps.push({ firstOffset: range.firstOffset, lastOffset })
      this.#dropFirst(lastOffset)
    }
  }

  /** The first range begins after that offset of it. */
  #dropFirst(offset: number): void {
    const [range, ...others] = this.#rest
    if (range === undefined) return
    const isWhole = offset >= range.lastOffset
    this.#rest = isWhole ? others : [{ ...range, firstOffset: offset + 1 }, ...others]
  }
}

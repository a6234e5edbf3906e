import { type ConsumerRecord, type RecordSource, sourceOf } from './consumer-record.ts'
import type { RecordSequence } from './fetched-batch.ts'

/** No other batch is taken while those with records that wait have so many bytes. */
const MOST_HELD_BYTES = 2_000_000

/** A batch that a run has taken, and how many of its records wait. */
export interface RunBatch {
  readonly records: RecordSequence
  waiting: number
}

/** A record that a run has taken. */
export interface RunRecord<K, V> {
  readonly record: ConsumerRecord<K, V>
  readonly batch: RunBatch
  /** Its bytes as latin1; null for a record without one. */
  readonly key: string | null
}

/** Records of one partition, of which those of a key wait for one another. */
export class KeyLines<K, V> {
  readonly #mostWaiting: number
  /** Keys of which one is being handled, or is the next to be; and those behind it. */
  readonly #lines = new Map<string | null, RunRecord<K, V>[] | undefined>()
  /** Whose turn has come. */
  readonly #next: RunRecord<K, V>[] = []
  #waiting = 0
  #heldBytes = 0

  constructor(mostWaiting: number) {
    this.#mostWaiting = mostWaiting
  }

  /** No other record is to be added now. */
  get isFull(): boolean {
    return this.#waiting >= this.#mostWaiting
  }

  /** There is room for records of another batch. */
  get wantsBatch(): boolean {
    return !this.isFull && this.#heldBytes < MOST_HELD_BYTES
  }

  /** @param source others are of no progress any more. @returns undefined when none of it waits */
  firstOffsetOf(source: RecordSource<K, V>): number | undefined {
    let first: number | undefined
    for (const { record } of this.#all()) {
      if (sourceOf(record) === source) first = Math.min(first ?? Infinity, record.offset)
    }
    return first
  }

  /** @returns whether it may be handled at once; otherwise it waits */
  add(one: RunRecord<K, V>): boolean {
    const { key, batch } = one
    if (!this.#lines.has(key)) {
      this.#lines.set(key, undefined)
      return true
    }
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, [one])
    else line.push(one)
    this.#waiting += 1
    if (batch.waiting === 0) this.#heldBytes += batch.records.sizeBytes
    batch.waiting += 1
    return false
  }

  /** One that waited, and may be handled now. */
  next(): RunRecord<K, V> | undefined {
    const one = this.#next.shift()
    if (one !== undefined) this.#leaves(one)
    return one
  }

  /** A record of this key was handled. */
  ended(key: string | null): void {
    const next = this.#lines.get(key)?.shift()
    if (next === undefined) this.#lines.delete(key)
    else this.#next.push(next)
  }

  /** None waits any more; those that are being handled still have others wait for them. */
  clear(): void {
    for (const one of this.#all()) this.#leaves(one)
    for (const { key } of this.#next) this.#lines.delete(key)
    for (const key of this.#lines.keys()) this.#lines.set(key, undefined)
    this.#next.length = 0
  }

  *#all(): Generator<RunRecord<K, V>, void, undefined> {
    yield* this.#next
    for (const line of this.#lines.values()) if (line !== undefined) yield* line
  }

  #leaves({ batch }: RunRecord<K, V>): void {
    this.#waiting -= 1
    batch.waiting -= 1
    if (batch.waiting === 0) this.#heldBytes -= batch.records.sizeBytes
  }
}

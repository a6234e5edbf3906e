import { type BufferPool, StorageError } from '@pafka/base'
import { BATCH_HEADER_BYTES, batchSizeOf, checkBatch, ErrorCode } from '@pafka/protocol'

import { readAt } from '../files/file-calls.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import type { CleanerFigures } from './cleaner-figures.ts'
import type { CleanerPace } from './cleaner-pace.ts'

export interface BatchReaderOptions {
  readonly pool: BufferPool
  readonly pace: CleanerPace
  readonly figures: CleanerFigures
  /** Read at once, unless a batch is larger. */
  readonly bufferBytes: number
}

/**
 * The batches of a sealed segment, one after another, each of them checked: what is damaged must
 * not be passed over, nor get a fresh CRC. Holds one buffer. Close it.
 */
export class BatchReader implements Disposable {
  /** Where the batch stands in `bytes`; valid until the next call of `next`. */
  at = 0
  bytes: Buffer
  readonly #segment: LogSegment
  readonly #options: BatchReaderOptions
  /** Position in the file of the first byte of `bytes`. */
  #positionBytes: number
  /** Read into `bytes`. */
  #filled = 0
  #batchBytes = 0

  constructor(segment: LogSegment, options: BatchReaderOptions, fromBytes: number = 0) {
    this.#segment = segment
    this.#options = options
    this.#positionBytes = fromBytes
    segment.hold()
    this.bytes = options.pool.take(options.bufferBytes)
  }

  /** @returns false at the end. Rejects with the system error, or StorageError for damage. */
  next(): boolean | Promise<boolean> {
    this.at += this.#batchBytes
    this.#batchBytes = 0
    return this.#hasBatch() ? true : this.#load()
  }

  [Symbol.dispose](): void {
    this.#options.pool.give(this.bytes)
    this.#segment.release()
  }

  #hasBatch(): boolean {
    const left = this.#filled - this.at
    if (left < BATCH_HEADER_BYTES) return false
    const size = batchSizeOf(this.bytes, this.at)
    if (size > left) {
      const end = this.#positionBytes + this.at + size
      if (end > this.#segment.sizeBytes) throw this.#damage()
      return false
    }
    if (checkBatch(this.bytes, this.at, this.#filled) !== ErrorCode.NONE) throw this.#damage()
    this.#batchBytes = size
    return true
  }

  async #load(): Promise<boolean> {
    const { pool, pace, figures } = this.#options
    const left = this.#filled - this.at
    const position = this.#positionBytes + this.at
    const end = this.#segment.sizeBytes
    if (position + left >= end) {
      if (left === 0) return false
      throw this.#damage()
    }
    const wanted = left < BATCH_HEADER_BYTES ? 0 : batchSizeOf(this.bytes, this.at)
    if (wanted > this.bytes.length) {
      const larger = pool.take(wanted)
      this.bytes.copy(larger, 0, this.at, this.#filled)
      pool.give(this.bytes)
      this.bytes = larger
    } else {
      this.bytes.copyWithin(0, this.at, this.#filled)
    }
    this.#positionBytes = position
    this.at = 0
    this.#filled = left
    while (this.#filled < this.bytes.length && position + this.#filled < end) {
      const to = Math.min(this.bytes.length, end - position)
      const into = this.bytes.subarray(this.#filled, to)
      const count = await readAt(this.#segment, into, position + this.#filled)
      if (count === 0) throw this.#damage()
      this.#filled += count
      figures.readBytes += count
      await pace.moved(count)
    }
    if (this.#hasBatch()) return true
    // where a read begins, how long the batch is shows only now
    if (this.#filled < BATCH_HEADER_BYTES || batchSizeOf(this.bytes, 0) <= this.bytes.length) {
      throw this.#damage()
    }
    return this.#load()
  }

  #damage(): StorageError {
    const position = this.#positionBytes + this.at
    return new StorageError(`${this.#segment.path} has no good batch at ${position}`)
  }
}

import { DecodeError } from '@pafka/base'
import {
  baseOffsetOf,
  checkBatch,
  ControlRecordType,
  controlRecordTypeOf,
  CURRENT_MAGIC,
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  magicOf,
  nextOffsetOf,
  readRecords,
  RecordBatchView,
  upgradeMessages,
  wholeBatchSize,
} from '@pafka/protocol'

import { FetchedBatch } from './fetched-batch.ts'
import type { FrameLease } from './frame-lease.ts'

/** A transaction that was aborted, as a fetch tells of it. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/**
 * What one fetch gave of one partition: its batches in order, without markers, without what was
 * aborted, and without what comes before the offset that was asked for.
 */
export class FetchedRecords {
  readonly sizeBytes: number
  readonly #bytes: Uint8Array
  /** What was asked for. */
  readonly fetchOffset: number
  readonly #allAborted: readonly AbortedTransaction[]
  /** Of those to come, by their first offsets. */
  readonly #aborted: AbortedTransaction[]
  /** Whose batches are of an aborted transaction here. */
  readonly #abortedProducers = new Set<number>()
  #lease: FrameLease | undefined
  #at = 0
  #nextOffset: number

  /**
   * @param aborted empty for who reads what is not committed, too
   * @param lease of the memory that the bytes are in, where that may be used again
   */
  constructor(
    bytes: Uint8Array,
    fetchOffset: number,
    aborted: readonly AbortedTransaction[],
    lease?: FrameLease,
  ) {
    if (lease?.isOf(bytes) === true) this.#lease = lease.hold()
    this.#bytes = bytes
    this.sizeBytes = bytes.length
    this.fetchOffset = fetchOffset
    this.#allAborted = aborted
    this.#nextOffset = fetchOffset
    this.#aborted = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset)
  }

  /** After all batches that were given, and those that were left out before the next. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** After the last whole batch; what was asked for when there is none. */
  get endOffset(): number {
    let endOffset = this.fetchOffset
    for (let at = 0; ;) {
      const sizeBytes = wholeBatchSize(this.#bytes, at, this.#bytes.length)
      if (sizeBytes < 0) return endOffset
      const isOld = magicOf(this.#bytes, at) < CURRENT_MAGIC
      // one of several messages has the offset of the last
      const nextOffset = isOld ? baseOffsetOf(this.#bytes, at) + 1 : nextOffsetOf(this.#bytes, at)
      endOffset = Math.max(endOffset, nextOffset)
      at += sizeBytes
    }
  }

  /** The same once more, from an offset of it on. */
  again(fromOffset: number): FetchedRecords {
    return new FetchedRecords(this.#bytes, fromOffset, this.#allAborted)
  }

  /**
   * @param mayBeClosed whether a large one may need to be opened
   * @returns undefined after the last whole batch. @throws {DecodeError} when one is damaged
   */
  next(mayBeClosed: boolean = false): FetchedBatch | undefined {
    for (;;) {
      const batch = this.#nextWhole()
      if (batch === undefined) return undefined
      const fromOffset = this.#nextOffset
      const isBefore = batch.lastOffset < fromOffset
      if (!isBefore) this.#nextOffset = batch.nextOffset
      if (this.#isLeftOut(batch) || isBefore) continue
      return new FetchedBatch(batch, fromOffset, { mayBeClosed, lease: this.#lease })
    }
  }

  /** Nothing is read of it any more, but for the batches that it gave. */
  release(): void {
    this.#lease?.release()
    this.#lease = undefined
  }

  /** @returns undefined after the last. @throws {DecodeError} when it is damaged */
  #nextWhole(): RecordBatchView | undefined {
    const sizeBytes = wholeBatchSize(this.#bytes, this.#at, this.#bytes.length)
    if (sizeBytes < 0) return undefined
    const magic = magicOf(this.#bytes, this.#at)
    if (magic >= 0 && magic < CURRENT_MAGIC) {
      const most = DEFAULT_MAX_DECOMPRESSED_BYTES
      const { batch, endAt } = upgradeMessages(this.#bytes, this.#at, most)
      this.#at = endAt
      return new RecordBatchView(batch, 0)
    }
    const errorCode = checkBatch(this.#bytes, this.#at, this.#at + sizeBytes)
    if (errorCode !== 0) throw new DecodeError('a batch is damaged')
    const batch = new RecordBatchView(this.#bytes, this.#at)
    this.#at += sizeBytes
    return batch
  }

  #isLeftOut(batch: RecordBatchView): boolean {
    if (!batch.transactional) return batch.control
    let [next] = this.#aborted
    while (next !== undefined && next.firstOffset <= batch.lastOffset) {
      this.#abortedProducers.add(next.producerId)
      this.#aborted.shift()
      ;[next] = this.#aborted
    }
    if (!batch.control) return this.#abortedProducers.has(batch.producerId)
    if (isAbort(batch)) this.#abortedProducers.delete(batch.producerId)
    return true
  }
}

/** The first record of a batch of markers tells what it is. */
function isAbort(batch: RecordBatchView): boolean {
  for (const marker of readRecords(batch)) {
    return controlRecordTypeOf(marker) === ControlRecordType.abort
  }
  return false
}

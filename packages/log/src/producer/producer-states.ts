import {
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  baseSequenceOf,
  batchSizeOf,
  ErrorCode,
  isControlBatch,
  isTransactional,
  lastOffsetDeltaOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  sequenceAfter,
} from '@pafka/protocol'

import type { AbortedTransaction } from '../segment/transaction-index.ts'
import { LogTransactions } from './log-transactions.ts'
import { follows, NO_EPOCH, type ProducerBatch, ProducerEntry } from './producer-entry.ts'
import { markerTypeOf } from './transaction-marker.ts'

/** What a producer's batch is to the log. */
export type SequenceCheck = ErrorCode | ProducerBatch

/** Where a batch that is being checked would leave its producer. */
interface Ahead {
  readonly producerId: number
  readonly epoch: number
  readonly lastSequence: number
}

/**
 * Idempotent producers of one log. Source of the rules: Kafka `ProducerStateManager.java` and
 * `ProducerAppendInfo.java`. A producer that is not known may begin with any sequence: its records
 * may all be gone by retention.
 */
export class ProducerStates {
  readonly transactions: LogTransactions = new LogTransactions()
  readonly #entries = new Map<number, ProducerEntry>()

  get size(): number {
    return this.#entries.size
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  entries(): ProducerEntry[] {
    return [...this.#entries.values()]
  }

  /** Of a log that knew of none. */
  restore(entries: readonly ProducerEntry[]): void {
    for (const entry of entries) this.#entries.set(entry.producerId, entry)
    const open = entries.filter(({ transactionFirstOffset }) => transactionFirstOffset >= 0)
    open.sort((a, b) => a.transactionFirstOffset - b.transactionFirstOffset)
    for (const entry of open) {
      this.transactions.begin(entry.producerId, entry.transactionFirstOffset)
    }
  }

  /**
   * Checks all batches of one append, of which none was noted yet.
   * @returns NONE, an error, or the earlier append that this one repeats.
   */
  check(bytes: Uint8Array): SequenceCheck {
    let ahead: Ahead[] | undefined
    for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
      const producerId = producerIdOf(bytes, at)
      if (producerId < 0) continue
      const known = ahead?.findLast((one) => one.producerId === producerId)
      const entry = this.#entries.get(producerId)
      const found =
        known === undefined ? checkEntry(entry, bytes, at) : checkAhead(known, bytes, at)
      if (found !== ErrorCode.NONE) return found
      if (at + batchSizeOf(bytes, at) === bytes.length) break
      ahead ??= []
      const baseSequence = baseSequenceOf(bytes, at)
      const lastSequence = sequenceAfter(baseSequence, lastOffsetDeltaOf(bytes, at))
      ahead.push({ producerId, epoch: producerEpochOf(bytes, at), lastSequence })
    }
    return ErrorCode.NONE
  }

  /** Takes note of a batch whose offsets are assigned. @returns a transaction that it aborts */
  note(bytes: Uint8Array, at: number): AbortedTransaction | undefined {
    const producerId = producerIdOf(bytes, at)
    if (producerId < 0) return undefined
    const epoch = producerEpochOf(bytes, at)
    let entry = this.#entries.get(producerId)
    if (entry === undefined) {
      entry = new ProducerEntry(producerId, epoch)
      this.#entries.set(producerId, entry)
    }
    if (isControlBatch(bytes, at)) return this.#noteMarker(entry, bytes, at)
    const offsetDelta = lastOffsetDeltaOf(bytes, at)
    const baseOffset = baseOffsetOf(bytes, at)
    entry.add(epoch, {
      lastSequence: sequenceAfter(baseSequenceOf(bytes, at), offsetDelta),
      lastOffset: baseOffset + offsetDelta,
      offsetDelta,
      timestampMs: maxTimestampOf(bytes, at),
    })
    if (isTransactional(bytes, at)) this.transactions.begin(producerId, baseOffset)
    return undefined
  }

  /** Forgets producers that were silent for long, unless in a transaction. */
  expire(nowMs: number, expirationMs: number): void {
    for (const entry of this.#entries.values()) {
      const silentMs = nowMs - entry.lastTimestampMs
      const { producerId } = entry
      if (silentMs < expirationMs || this.transactions.firstOffsetOf(producerId) >= 0) continue
      this.#entries.delete(producerId)
    }
  }

  /** The end of a transaction: its coordinator's epoch stands in the one control record. */
  #noteMarker(entry: ProducerEntry, bytes: Uint8Array, at: number): AbortedTransaction | undefined {
    entry.raiseEpoch(producerEpochOf(bytes, at))
    entry.lastTimestampMs = maxTimestampOf(bytes, at)
    entry.coordinatorEpoch = markerEpochOf(bytes, at)
    const { producerId } = entry
    const lastOffset = baseOffsetOf(bytes, at) + lastOffsetDeltaOf(bytes, at)
    const firstOffset = this.transactions.end(producerId, lastOffset)
    if (firstOffset < 0 || markerTypeOf(bytes, at) !== 'abort') return undefined
    const { firstOpenOffset } = this.transactions
    const lastStableOffset = firstOpenOffset < 0 ? lastOffset + 1 : firstOpenOffset
    return { producerId, firstOffset, lastOffset, lastStableOffset }
  }
}

function checkEntry(
  entry: ProducerEntry | undefined,
  bytes: Uint8Array,
  at: number,
): SequenceCheck {
  if (entry === undefined || entry.epoch === NO_EPOCH) return ErrorCode.NONE
  const epoch = producerEpochOf(bytes, at)
  if (epoch < entry.epoch) return ErrorCode.INVALID_PRODUCER_EPOCH
  const baseSequence = baseSequenceOf(bytes, at)
  if (epoch > entry.epoch) {
    return baseSequence === 0 ? ErrorCode.NONE : ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
  }
  const lastSequence = sequenceAfter(baseSequence, lastOffsetDeltaOf(bytes, at))
  const repeated = entry.find(baseSequence, lastSequence)
  if (repeated !== undefined) return repeated
  return inOrder(entry.lastSequence, baseSequence)
}

function checkAhead(known: Ahead, bytes: Uint8Array, at: number): SequenceCheck {
  const epoch = producerEpochOf(bytes, at)
  if (epoch < known.epoch) return ErrorCode.INVALID_PRODUCER_EPOCH
  const baseSequence = baseSequenceOf(bytes, at)
  if (epoch > known.epoch) {
    return baseSequence === 0 ? ErrorCode.NONE : ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
  }
  return inOrder(known.lastSequence, baseSequence)
}

function inOrder(lastSequence: number, baseSequence: number): ErrorCode {
  // -1 is an epoch that only a marker wrote: its producer begins at 0, which follows -1 too
  if (follows(lastSequence, baseSequence)) return ErrorCode.NONE
  return ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
}

/** The one record's value ends with the coordinator epoch (int32) and no headers (one byte). */
function markerEpochOf(bytes: Uint8Array, at: number): number {
  const end = at + batchSizeOf(bytes, at)
  if (end - at < BATCH_HEADER_BYTES + 5) return -1
  return Buffer.from(bytes.buffer, bytes.byteOffset + end - 5, 4).readInt32BE()
}

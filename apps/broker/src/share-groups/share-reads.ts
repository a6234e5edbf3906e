import type { AbortedTransaction, LogRead } from '@pafka/log'
import {
  baseOffsetOf,
  batchSizeOf,
  type ErrorCode,
  isControlBatch,
  isTransactional,
  lastOffsetOf,
  producerIdOf,
} from '@pafka/protocol'

import type { FetchLease } from '../fetch/fetch-memory.ts'
import type { BorrowedMemory } from '../network/response-queue.ts'
import type { Acquired, ReadBatch } from './acquire-records.ts'
import type { SharedPartition } from './share-sessions.ts'

const NO_RECORDS = new Uint8Array(0)

/** A partition's part of an answer. */
export interface SharedRead {
  readonly of: SharedPartition
  readonly errorCode: ErrorCode
  /** Whole batches: with records that the member was not given, too. */
  readonly records: Uint8Array
  readonly acquired: readonly Acquired[]
}

/** All that one answer took from logs. Counts against the memory of all answers until `release`. */
export class ShareReads implements BorrowedMemory {
  readonly #lease: FetchLease | undefined
  readonly #reads: LogRead[] = []
  readonly #partitions: SharedRead[] = []
  #bytes = 0

  /** @param lease room for as much as may be read; none for an answer without records */
  constructor(lease?: FetchLease) {
    this.#lease = lease
  }

  get partitions(): readonly SharedRead[] {
    return this.#partitions
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What more may be read. */
  get leftBytes(): number {
    return (this.#lease?.mostBytes ?? 0) - this.#bytes
  }

  failed(of: SharedPartition, errorCode: ErrorCode): void {
    this.#partitions.push({ of, errorCode, records: NO_RECORDS, acquired: [] })
  }

  /** Keeps of `read` what was given out; all of it must not be empty. */
  add(of: SharedPartition, read: LogRead, acquired: readonly Acquired[]): void {
    this.#reads.push(read)
    this.#bytes += read.records.length
    const records = batchesWith(read.records, acquired)
    this.#partitions.push({ of, errorCode: read.errorCode, records, acquired })
  }

  /** They go to the connection now. */
  sending(): void {
    this.#lease?.settle(this.#bytes)
    this.#lease?.sending()
  }

  release(hasFaulted = false): void {
    for (const read of this.#reads) read.release(hasFaulted)
    this.#lease?.release()
  }
}

/** What a read brought, by its headers. @param aborted of which no record counts */
export function batchesOf(bytes: Uint8Array, aborted: readonly AbortedTransaction[]): ReadBatch[] {
  const batches: ReadBatch[] = []
  for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
    const baseOffset = baseOffsetOf(bytes, at)
    const lastOffset = lastOffsetOf(bytes, at)
    const isOfNone =
      isTransactional(bytes, at) &&
      isWithin(aborted, { producerId: producerIdOf(bytes, at), baseOffset, lastOffset })
    batches.push({ baseOffset, lastOffset, isEmpty: isControlBatch(bytes, at) || isOfNone })
  }
  return batches
}

interface TransactionalBatch {
  readonly producerId: number
  readonly baseOffset: number
  readonly lastOffset: number
}

function isWithin(aborted: readonly AbortedTransaction[], batch: TransactionalBatch): boolean {
  return aborted.some(
    ({ producerId, firstOffset, lastOffset }) =>
      producerId === batch.producerId &&
      firstOffset <= batch.baseOffset &&
      batch.lastOffset <= lastOffset,
  )
}

/** The batches from the first record that was given out to the last. */
function batchesWith(bytes: Uint8Array, acquired: readonly Acquired[]): Uint8Array {
  const firstOffset = acquired[0]?.firstOffset ?? 0
  const lastOffset = acquired.at(-1)?.lastOffset ?? 0
  let from = 0
  let to = 0
  for (let at = 0; at < bytes.length;) {
    const next = at + batchSizeOf(bytes, at)
    if (lastOffsetOf(bytes, at) < firstOffset) from = next
    if (baseOffsetOf(bytes, at) <= lastOffset) to = next
    at = next
  }
  return bytes.subarray(from, to)
}

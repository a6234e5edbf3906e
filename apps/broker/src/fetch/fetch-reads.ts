import { StorageError } from '@pafka/base'
import {
  type AbortedTransaction,
  asStorageError,
  type LogRead,
  type PartitionLog,
} from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import type { BorrowedMemory } from '../network/response-queue.ts'
import type { FetchLease } from './fetch-memory.ts'
import type { SurveyedPartition } from './fetch-survey.ts'

/**
 * Reads under way at a time for one request: enough to keep a device busy, few enough to be fair.
 */
const READS_AT_ONCE = 8

/** A partition's part of an answer. */
export interface PartitionRead {
  readonly surveyed: SurveyedPartition
  readonly errorCode: ErrorCode
  /** Undefined where there was nothing to read. */
  readonly read: LogRead | undefined
  /** Of which a reader of committed records is told; undefined for others. */
  readonly aborted?: readonly AbortedTransaction[] | undefined
}

/**
 * Everything that one fetch answer took from logs. It counts against the memory of all answers
 * until `release`, which must be called exactly once, when the answer has left.
 */
export class FetchReads implements BorrowedMemory {
  #partitions: PartitionRead[] = []
  readonly #lease: FetchLease
  #bytes = 0

  /** @param lease room for as much as may be read. */
  constructor(lease: FetchLease) {
    this.#lease = lease
  }

  /** In the order they were asked for. */
  get partitions(): readonly PartitionRead[] {
    return this.#partitions
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Answers `surveyed` with what was read ahead for the same logs and offsets, in that order. */
  rebind(surveyed: readonly SurveyedPartition[]): this {
    this.#partitions = this.#partitions.map((read, at) => ({
      ...read,
      surveyed: surveyed[at] ?? read.surveyed,
    }))
    return this
  }

  /**
   * Reads in the order given, until there is as much as the lease allows. The first batch is
   * returned even when it alone is larger, so that a consumer never gets stuck behind it.
   */
  async readAll(surveyed: readonly SurveyedPartition[]): Promise<void> {
    let leftBytes = this.#lease.mostBytes
    for (let at = 0; at < surveyed.length;) {
      const window: Promise<PartitionRead>[] = []
      let reading = 0
      let plannedBytes = 0
      while (at < surveyed.length && reading < READS_AT_ONCE) {
        const next = surveyed[at++]
        if (next === undefined) break
        const nothingYet = this.#bytes === 0 && plannedBytes === 0
        const mostBytes = Math.min(next.asked.maxBytes, leftBytes - plannedBytes)
        const reads = next.availableBytes > 0 && (mostBytes > 0 || nothingYet)
        window.push(this.#read(next, reads ? mostBytes : -1, nothingYet))
        if (!reads) continue
        reading += 1
        plannedBytes += Math.min(mostBytes, next.availableBytes)
      }
      const before = this.#bytes
      for (const done of await Promise.all(window)) this.#partitions.push(done)
      leftBytes -= this.#bytes - before
    }
    this.#lease.settle(this.#bytes)
  }

  /** They go to the connection now. */
  sending(): void {
    this.#lease.sending()
  }

  /** Frees what was read. */
  release(hasFaulted = false): void {
    for (const { read } of this.#partitions) read?.release(hasFaulted)
    this.#lease.release()
  }

  async #read(
    surveyed: SurveyedPartition,
    mostBytes: number,
    minOneBatch: boolean,
  ): Promise<PartitionRead> {
    const { log, asked, errorCode } = surveyed
    if (log === undefined || mostBytes < 0) return { surveyed, errorCode, read: undefined }
    const { fetchOffset, readsCommitted } = asked
    const upTo = readsCommitted ? log.lastStableOffset : undefined
    try {
      const read = await log.read(fetchOffset, Math.max(0, mostBytes), { minOneBatch, upTo })
      this.#bytes += read.records.length
      const aborted = readsCommitted ? await abortedIn(log, fetchOffset, read) : undefined
      return { surveyed, errorCode: read.errorCode, read, aborted }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return { surveyed, errorCode: ErrorCode.KAFKA_STORAGE_ERROR, read: undefined }
    }
  }
}

/** @throws StorageError when that cannot be read; what was read is freed then */
async function abortedIn(
  log: PartitionLog,
  fromOffset: number,
  read: LogRead,
): Promise<readonly AbortedTransaction[]> {
  if (read.records.length === 0) return []
  try {
    return await log.transactions.aborted({ fromOffset, toOffset: read.nextOffset })
  } catch (cause) {
    read.release()
    throw asStorageError('cannot read an index of aborted transactions', cause)
  }
}

import { assert, DecodeError, StorageError } from '@pafka/base'
import {
  batchSizeOf,
  ErrorCode,
  lastOffsetDeltaOf,
  setBaseOffset,
  setLogAppendTime,
  setPartitionLeaderEpoch,
} from '@pafka/protocol'

import { type LogConfig, NEVER } from '../config/log-config.ts'
import { asError, isOutOfSpace } from '../files/as-error.ts'
import { lastStableOffset } from '../read/stable-reads.ts'
import { LogReader } from '../read/log-reader.ts'
import { findByTimestamp, findMaxTimestamp } from '../read/time-lookup.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import {
  accepted,
  type AppendOptions,
  type AppendResult,
  type CommitWaiter,
  refused,
  whyOffline,
  whyRefused,
} from './append-result.ts'
import { noteBatch } from './batch-notes.ts'
import { CommitWaiters } from './commit-waiters.ts'
import {
  describeLog,
  describeProducers,
  journalIdOf,
  type LogDescription,
  type LogIdentity,
  type ProducerDescription,
} from './log-description.ts'
import { flushParts, FlushTimer } from './log-flush.ts'
import { LogHealth } from './log-health.ts'
import type { LogHost } from './log-host.ts'
import type { LogParts } from './log-parts.ts'
import { PartitionTransactions } from './partition-transactions.ts'
import type { LogWriter, LogWriterOwner } from './log-writer.ts'
import type { EpochEnd, LogRead, ReadOptions, TimestampOffset } from './log-read.ts'
import { cutAt, truncateParts } from './log-truncation.ts'
import { deleteRecords } from './record-deletion.ts'
import { recompress } from './recompression.ts'
import { segmentFor, unstoredIn } from './segment-roll.ts'

/** One partition's log: the only writer of its folder. */
export class PartitionLog implements LogWriterOwner {
  readonly topic: string
  readonly partition: number
  readonly topicId: string
  /** 16 bytes that tell its topic apart in the journal. */
  readonly journalId: Buffer
  readonly parts: LogParts // internal to the package
  readonly transactions: PartitionTransactions
  /** Internal to the store: whether it stands in the queue of logs to write. */
  scheduled = false
  readonly #host: LogHost<PartitionLog>
  readonly #health: LogHealth = new LogHealth()
  readonly #flushTimer: FlushTimer = new FlushTimer(this)
  #writer: LogWriter | undefined
  #reader: LogReader | undefined
  readonly #waiters: CommitWaiters = new CommitWaiters()

  constructor(identity: LogIdentity, parts: LogParts, host: LogHost<PartitionLog>) {
    this.topic = identity.topic
    this.partition = identity.partition
    this.topicId = identity.topicId
    this.journalId = journalIdOf(identity)
    this.parts = parts
    this.transactions = new PartitionTransactions(parts)
    this.#host = host
  }

  get dir(): string {
    return this.parts.context.place.path
  }

  get config(): LogConfig {
    return this.parts.config
  }

  get logStartOffset(): number {
    return this.parts.logStartOffset
  }

  /** The next offset to assign. */
  get logEndOffset(): number {
    return this.parts.logEndOffset
  }

  /** Everything below is committed: readable, and what an acknowledgement promises. */
  get highWatermark(): number {
    return this.parts.highWatermark
  }

  /** Where readers of committed records stop: before the first transaction that is open. */
  get lastStableOffset(): number {
    return lastStableOffset(this.parts)
  }

  get sizeBytes(): number {
    return this.parts.segments.sizeBytes
  }

  get latestEpoch(): number {
    return this.parts.epochs.latest
  }

  /** False after an I/O error: reads go on, appends are answered with KAFKA_STORAGE_ERROR. */
  get isOnline(): boolean {
    const { place } = this.parts.context
    return this.#health.isWell && place.isOnline
  }

  /** Whether segments may go: that of a full disk, where appends are refused, too. */
  get mayDelete(): boolean {
    return this.#health.mayDelete && this.parts.context.place.isOnline
  }

  get flushMessages(): number {
    return this.parts.config.flushMessages
  }

  get flushMs(): number {
    return this.parts.config.flushMs
  }

  /**
   * Checks, assigns offsets in place, queues the write. The memory stays borrowed until the append
   * is committed (or failed). Never throws for bad input.
   */
  appendAsLeader(records: Uint8Array, options: AppendOptions): AppendResult {
    const { parts } = this
    const { check } = this.#host
    const { place } = parts.context
    if (!this.isOnline) {
      return refused(parts, ErrorCode.KAFKA_STORAGE_ERROR, whyOffline(this.#health.cause, place))
    }
    const nowMs = parts.context.clock.nowMs()
    if (!check.run(records, parts.config, options, nowMs)) {
      return refused(parts, check.errorCode, check.errorMessage)
    }
    if (check.hasProducer && options.origin === 'client') {
      const found = parts.producers.check(records)
      if (typeof found !== 'number') {
        return accepted(parts, found.lastOffset - found.offsetDelta, found.lastOffset, nowMs)
      }
      if (found !== ErrorCode.NONE) return refused(parts, found, 'the producer is out of order')
    }
    // only now: what is there already was sent again by who did not hear of it
    const why = check.whyRefused ?? whyRefused(place, options.origin)
    if (why !== undefined) return refused(parts, ErrorCode.KAFKA_STORAGE_ERROR, why)
    try {
      const bytes = recompress(records, parts.config)
      if (bytes !== records && !check.fits(bytes, parts.config)) {
        return refused(parts, check.errorCode, check.errorMessage)
      }
      const lastOffset = parts.logEndOffset + check.offsets - 1
      const due = { bytes: bytes.length, lastOffset, maxTimestampMs: check.maxTimestampMs, nowMs }
      const baseOffset = parts.logEndOffset
      this.#append(bytes, segmentFor(parts, due), options.leaderEpoch, nowMs)
      return accepted(parts, baseOffset, lastOffset, nowMs)
    } catch (error) {
      if (!(error instanceof DecodeError)) return this.#refuseIo(asError(error))
      return refused(parts, ErrorCode.CORRUPT_MESSAGE, error.message)
    }
  }

  /**
   * Tells `waiter` when everything below `endOffset` is committed, at once if it is. Call it in the
   * same turn as the append, before `flushPending`.
   */
  whenCommitted(endOffset: number, waiter: CommitWaiter): void {
    if (endOffset <= this.parts.highWatermark) return waiter.committed(this)
    if (endOffset > this.parts.logEndOffset) {
      return waiter.failed(this, this.#health.error ?? new StorageError('the append was given up'))
    }
    this.#waiters.add(endOffset, waiter)
  }

  read(fromOffset: number, maxBytes: number, options: ReadOptions): Promise<LogRead> {
    this.#reader ??= new LogReader(this.parts)
    return this.#reader.read(fromOffset, maxBytes, options)
  }

  /**
   * Committed bytes from `offset` on, for who waits until there are enough: too many by an index
   * interval in the active segment, all of the log in an older one. Reads nothing.
   */
  bytesFrom(offset: number): number {
    this.#reader ??= new LogReader(this.parts)
    return this.#reader.bytesFrom(offset)
  }

  /** The first record at or after a time; undefined when there is none. */
  offsetForTimestamp(timestampMs: number): Promise<TimestampOffset | undefined> {
    return findByTimestamp(this.parts, timestampMs)
  }

  /** The record with the largest timestamp (KIP-734); undefined when the log is empty. */
  maxTimestamp(): Promise<TimestampOffset | undefined> {
    return findMaxTimestamp(this.parts)
  }

  endOffsetForEpoch(leaderEpoch: number): EpochEnd {
    return this.parts.epochs.endOffsetFor(leaderEpoch, this.parts.logEndOffset)
  }

  /** The epoch that wrote `offset`, or -1. */
  epochForOffset(offset: number): number {
    return this.parts.epochs.epochFor(offset)
  }

  /** Raises the log start offset; -1 means the high watermark. OFFSET_OUT_OF_RANGE beyond it. */
  async deleteRecordsBefore(offset: number): Promise<ErrorCode> {
    if (!this.mayDelete) return ErrorCode.KAFKA_STORAGE_ERROR
    return deleteRecords(this.parts, offset, () => this.#host.logStartRaised(this))
  }

  /** Drops everything from `offset` on. Appends meanwhile are refused. As `cutAt`, it may throw. */
  truncateTo(offset: number): Promise<void> {
    return this.#host.exclusively(this, async () => {
      this.flushWrites()
      await this.#writer?.whenIdle()
      if (offset >= this.parts.logEndOffset) return
      const { state } = this.#health
      const cut = await this.#health.pausedFor(async () => {
        await this.#writer?.stored()
        return cutAt(this.parts, offset)
      })
      await this.#host.cutting(this, cut)
      await truncateParts(this.parts, offset)
      this.#restarted()
      this.#health.state = state
    })
  }

  /** Everything appended so far is durable after it. */
  async flush(): Promise<void> {
    this.flushWrites()
    await this.#writer?.whenIdle()
    if (this.#health.error !== undefined) throw this.#health.error
    await this.#writer?.stored()
    await flushParts(this.parts)
  }

  /** Everything to disk, files closed, no more appends. Rejects when that failed. Internal. */
  async shutDown(): Promise<void> {
    if (this.#health.state === 'closed') return
    await this.repair()
    await this.flush()
    await this.parts.close()
    this.close('the log is closed')
  }

  describe(): LogDescription {
    return describeLog(this.parts)
  }

  producers(): readonly ProducerDescription[] {
    return describeProducers(this.parts)
  }

  setConfig(config: LogConfig): void {
    this.parts.config = config
    this.#flushTimer.configured()
  }

  /** Internal to the store. */
  flushWrites(): void {
    this.scheduled = false
    this.#writer?.flush()
  }

  /** `LogWriterOwner` */
  written(endOffset: number): void {
    assert(endOffset > this.parts.highWatermark, 'the high watermark rises')
    this.parts.highWatermark = endOffset
    this.#waiters.committed(this)
    this.#host.committed(this)
    if (this.parts.config.flushMs < NEVER) this.#flushTimer.start()
  }

  /** `LogWriterOwner` */
  sealed(segment: LogSegment): void {
    this.#host.sealed(this, segment)
  }

  /** `LogWriterOwner` */
  writeFailed(error: StorageError): void {
    if (this.#health.state === 'closed') return
    this.#health.failed(error, isOutOfSpace(error.cause))
    this.parts.abandonUncommitted()
    this.#waiters.failed(this, error)
    this.#host.failed(this, error)
  }

  /** No more appends: those under way are not acknowledged. What is committed stays readable. */
  journalFailed(error: StorageError): void {
    this.#writer?.holdFailed(error)
    if (this.#health.state === 'closed' || this.#health.state === 'failed') return
    this.#health.failed(error)
    this.#waiters.failed(this, error)
  }

  /** Its channel is another from now on; all that is committed is stored. */
  detach(): void {
    this.#writer = undefined
    for (const segment of this.parts.segments) segment.storedBytes = -1
  }

  /** The timed flush failed; it is not tried again on what it may have lost. */
  flushFailed(error: StorageError): void {
    if (this.isOnline) this.#host.failed(this, error)
  }

  /** `LogWriterOwner` */
  storeFailed(error: StorageError): void {
    this.dirFailed(error)
    this.#host.failed(this, error, unstoredIn(this.parts))
  }

  /** `LogWriterOwner` */
  storeWorks(): void {
    this.#health.unstuck()
  }

  /** One that it writes to. */
  dirFailed(error: StorageError): void {
    this.#health.stuck(error)
  }

  /** The channel, made on first use. */
  writer(): LogWriter {
    if (this.#writer === undefined) {
      this.#writer = this.#host.writerFor(this)
      this.#writer.startAt(this.parts.logEndOffset)
    }
    return this.#writer
  }

  /**
   * Makes a log that was out of space writable again: cuts what was not written, on disk too.
   * Internal to the store, which calls it when there may be space.
   */
  async repair(): Promise<void> {
    if (this.#health.state !== 'full') return
    await truncateParts(this.parts, this.parts.highWatermark)
    this.#restarted()
    if (this.#health.state !== 'full') return
    this.#health.repaired()
  }

  /** No more appends or writes; waiters are told. Files are closed. Internal to the store. */
  close(reason: string): void {
    if (this.#health.state === 'closed') return
    const error = this.#health.closed(reason)
    this.#flushTimer.cancel()
    this.#writer?.abandon()
    this.#waiters.failed(this, error)
  }

  /** `append` to the segment, the producers, the epochs and the queue; nothing here fails. */
  #append(bytes: Uint8Array, segment: LogSegment, leaderEpoch: number, nowMs: number): void {
    const { parts } = this
    const { indexIntervalBytes, messageTimestampType } = parts.config
    const stamp = messageTimestampType === 'LogAppendTime'
    let offset = parts.logEndOffset
    parts.epochs.assign(leaderEpoch, offset)
    for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
      setBaseOffset(bytes, at, offset)
      setPartitionLeaderEpoch(bytes, at, leaderEpoch)
      if (stamp) setLogAppendTime(bytes, at, nowMs)
      segment.append(bytes, at, indexIntervalBytes)
      if (this.#host.check.hasProducer) noteBatch(parts, segment, bytes, at)
      offset += lastOffsetDeltaOf(bytes, at) + 1
    }
    const writer = this.writer()
    parts.logEndOffset = offset
    writer.push(segment, bytes, offset)
    if (this.scheduled) return
    this.scheduled = true
    this.#host.schedule(this)
  }

  /** The log was cut: what remembered its end or its files starts anew. */
  #restarted(): void {
    this.#writer?.cutTo(this.parts.logEndOffset)
    this.#reader = undefined
  }

  /** A new segment could not be made. Nothing changed, and what is queued may still be written. */
  #refuseIo(cause: Error): AppendResult {
    const error = new StorageError(`cannot append: ${cause.message}`, { cause })
    this.#host.failed(this, error)
    return refused(this.parts, ErrorCode.KAFKA_STORAGE_ERROR, error.message)
  }
}

import { MIB } from '@pafka/base'
import { BATCH_HEADER_BYTES, batchSizeOf, lastOffsetOf, maxTimestampOf } from '@pafka/protocol'

import { replaceFile } from '../checkpoint/checkpoint-file.ts'
import type { LogConfig } from '../config/log-config.ts'
import { EpochCache } from '../epoch/epoch-cache.ts'
import { asError } from '../files/as-error.ts'
import { syncAt } from '../files/file-calls.ts'
import { ifRoom } from '../files/if-room.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { ProducerStates } from '../producer/producer-states.ts'
import { isBatchOf } from '../segment/batch-before.ts'
import { hasIndexFiles, indexesAreSane } from '../segment/index-sanity.ts'
import { LogSegment } from '../segment/log-segment.ts'
import { SegmentList } from '../segment/segment-list.ts'
import { parseSegmentName, type SegmentFileName, segmentPath } from '../segment/segment-names.ts'
import type { LogContext } from './log-context.ts'
import type { StoredPlace } from './stored-place.ts'

/** A crash may leave so small a segment without index files: its batches are soon passed. */
const UNINDEXED_BYTES = MIB

/** What a log is: read and changed by `PartitionLog` and by the cold paths beside it. */
export class LogParts {
  context: LogContext
  folder: string
  config: LogConfig
  readonly segments: SegmentList = new SegmentList()
  logStartOffset = 0
  /** That is higher than the dir's checkpoint says: it could not be written down. */
  isStartDue = false
  logEndOffset = 0
  highWatermark = 0
  /** Everything below is durable. */
  recoveryPoint = 0
  /** The journal's last checkpoint begins to bring back in that segment, or a later one. */
  replayedFrom = 0
  /** How often it was cut: what was under way before says nothing of what there is now. */
  cuts = 0
  /** Indexes of aborted transactions are right below it. */
  transactionsKnownTo: number = Number.POSITIVE_INFINITY
  /** Below it compaction has been. */
  firstDirtyOffset = 0
  /** Offset of the newest producer snapshot on disk. */
  snapshotOffset = 0
  /** Its folder's name and whose it is outlive power loss. */
  isNamed = false
  /** How far the files had it when it was opened. */
  openedPlace: StoredPlace = { segmentBaseOffset: 0, positionBytes: 0, offset: 0 }
  /** To that, from what its files had besides. */
  isPutBack = false
  /** The journal is to tell what its files have of it: nothing but their names was looked at. */
  isUnsettled = false
  /** A file that is longer than what it is known to hold, after a crash. */
  surplus: { readonly segment: LogSegment; readonly fileBytes: number } | undefined
  /** Of what its files had for certain: entries of the journal need not lie where they did. */
  hasLost = false
  /** What is written down of where it begins, as long as a loss, or all of it, is not settled. */
  deletedUpTo = 0
  /** Segments that the journal is to bring back, kept until it has. */
  beyond: readonly LogSegment[] = []
  #producers: ProducerStates | undefined
  #epochs: EpochCache | undefined
  #activated = false
  /** Offset of a snapshot that is not synced; negative without one. */
  #looseSnapshot = -1
  readonly #oldSnapshots: number[] = []

  constructor(context: LogContext, folder: string, config: LogConfig) {
    this.context = context
    this.folder = folder
    this.config = config
  }

  /** Read from the snapshot at the log end on first use, unless recovery put them together. */
  get producers(): ProducerStates {
    this.#producers ??= this.#loadProducers()
    return this.#producers
  }

  set producers(states: ProducerStates) {
    this.#producers = states
  }

  /** How far its files have it, as long as nothing is on its way to them. */
  get place(): StoredPlace {
    const last = this.segments.active
    return {
      segmentBaseOffset: last?.baseOffset ?? this.logEndOffset,
      positionBytes: last?.committedBytes ?? 0,
      offset: this.logEndOffset,
    }
  }

  /** The newest one that it was opened with, if that is there still. */
  get openedSegment(): LogSegment | undefined {
    return this.segments.floor(this.openedPlace.segmentBaseOffset)
  }

  /** Undefined while the snapshot on disk tells it. */
  get loadedProducers(): ProducerStates | undefined {
    return this.#producers
  }

  get epochs(): EpochCache {
    this.#epochs ??= new EpochCache(this.context.files, this.folder)
    return this.#epochs
  }

  /** State that no file holds is read back before the first append. */
  get active(): LogSegment {
    let active = this.segments.active
    if (active === undefined) {
      active = new LogSegment(this.folder, this.logEndOffset, this.context)
      active.createdMs = this.context.clock.nowMs()
      this.segments.add(active)
      this.#activated = true
    }
    if (!this.#activated) {
      const { files } = this.context
      const hasNone = active.sizeBytes <= UNINDEXED_BYTES && !hasIndexFiles(active, files)
      const isSane = (hasNone || indexesAreSane(active, files)) && restoreEnd(active)
      const isWhole = isSane || this.#rebuildIndexes(active)
      this.#activated = true
      if (!isWhole) return this.roll() // whose offsets those are that it lost
    }
    return active
  }

  /** The active segment is as it was, with all that is known of it. */
  resumed(): void {
    this.#activated = true
  }

  /** The log goes on at an offset beyond its end: what lay between is gone. */
  startAt(offset: number): void {
    this.epochs.settle() // the epoch that goes on may have lost its entry with what is gone
    this.logEndOffset = this.highWatermark = offset
    if (this.segments.count > 0 || this.logStartOffset >= offset) return
    this.logStartOffset = offset // or readers would wait for what is gone
    this.epochs.startsAt(offset)
  }

  /** The active segment was changed by others: it is read back before the next append. */
  deactivate(): void {
    this.#activated = false
  }

  /**
   * Begins a segment at the log end. The old one is complete but for what is queued.
   * @param mayLack on a full disk what is beside it is left to the next checkpoint
   * @throws the system error
   */
  roll(mayLack = false): LogSegment {
    this.active.file() // there before the next one: a log must not seem to begin with that
    const complete = (): void => {
      this.active.flushIndexes(true)
      this.snapshotProducers()
      this.epochs.flush()
    }
    if (mayLack) ifRoom(complete)
    else complete()
    const next = new LogSegment(this.folder, this.logEndOffset, this.context)
    next.createdMs = this.context.clock.nowMs()
    if (!mayLack) this.#spill(next)
    next.file() // the file must be there: its name alone tells the log end when it stays empty
    this.segments.add(next)
    return next
  }

  /** Begins a segment elsewhere, if its home is full by policy. */
  #spill(next: LogSegment): void {
    const { place, logger } = this.context
    if (place.spillAfterBytes > 0) return
    const there = place.spillPlaceOf(this, next.baseOffset)
    if (there === undefined) return
    try {
      next.beginAt(there)
    } catch (error) {
      // it begins at home; what was made of it goes at the next start
      logger.warn('segment-not-spilled', { path: there.folder, cause: asError(error).message })
    }
  }

  /** After a failed write, in memory only: the log ends where it is committed. */
  abandonUncommitted(): void {
    this.logEndOffset = this.highWatermark
    this.segments.removeUnless((one) => one.baseOffset < this.highWatermark || one.sizeBytes === 0)
    for (const segment of this.segments) segment.sizeBytes = segment.committedBytes
    this.deactivate()
  }

  snapshotProducers(): void {
    const offset = this.logEndOffset
    if (this.snapshotOffset === offset) return
    const { producers, highWatermark } = this
    const bytes = encodeProducerSnapshot(producers)
    // with a journal its checkpoint may still be about a place before that
    if (this.context.cold === undefined) producers.transactions.forgetEnded(highWatermark)
    const path = this.snapshotPath(offset)
    replaceFile(this.context.files, path, bytes)
    this.#looseSnapshot = this.producers.size > 0 ? offset : -1
    const before = this.snapshotOffset
    this.snapshotOffset = offset
    const isKept = this.segments.floor(before)?.baseOffset === before
    if (!isKept) this.#oldSnapshots.push(before)
  }

  /** The newest one is there after power loss too: nothing else may tell what it does. */
  async syncSnapshot(): Promise<void> {
    const offset = this.#looseSnapshot
    if (offset < 0 || offset !== this.snapshotOffset) return
    const { files } = this.context
    await syncAt(files, this.snapshotPath(offset))
    await files.syncFolder(this.folder)
    this.#looseSnapshot = -1
  }

  /** Whether that of a segment which goes is to stay, until no start can need it any more. */
  keepsSnapshot(offset: number): boolean {
    if (offset === this.snapshotOffset) return true
    // what the journal's checkpoint says of the log may begin with it
    if (this.context.cold === undefined || offset < this.replayedFrom) return false
    this.#oldSnapshots.push(offset)
    return true
  }

  /** Those that a newer one replaced go; call when no checkpoint needs them any more. */
  dropOldSnapshots(): void {
    for (const offset of this.#oldSnapshots) {
      void this.context.files.remove(this.snapshotPath(offset)).catch(() => undefined)
    }
    this.#oldSnapshots.length = 0
  }

  /** Bytes from the segment of the recovery point on, unless all is durable. */
  unsyncedBytes(): number {
    if (this.recoveryPoint >= this.highWatermark) return 0
    let sum = 0
    for (const segment of this.segments) {
      const end = this.segments.endOf(segment, this.logEndOffset)
      if (end > this.recoveryPoint) sum += segment.committedBytes
    }
    return sum
  }

  expireProducers(nowMs: number, expirationMs: number): void {
    this.#producers?.expire(nowMs, expirationMs)
  }

  /** After a flush: what a start without recovery needs. Files are closed. */
  async close(): Promise<void> {
    const hadAppends = this.segments.count > 0
    if (hadAppends) this.snapshotProducers()
    await this.syncSnapshot()
    this.#epochs?.settle()
    await this.#epochs?.flushDurably()
    for (const segment of this.segments) {
      segment.flushIndexes(this.#activated && segment === this.segments.active)
      segment.unload()
    }
  }

  /** The folder has another name. */
  moved(folder: string): void {
    this.folder = folder
    for (const segment of this.segments) {
      segment.moveTo(folder)
      if (segment.uses === 0) segment.closeFile()
    }
  }

  /** The log lies in another dir. Its segments have been told. */
  relocated(context: LogContext, folder: string): void {
    this.context = context
    this.folder = folder
    this.#epochs?.moveTo(folder)
  }

  /** -1 for a segment without timestamps. */
  largestTimestampMs(segment: LogSegment): number {
    if (segment === this.segments.active) return this.active.maxTimestampMs
    if (segment.maxTimestampMs < 0) segment.maxTimestampMs = segment.times.last.timestampMs
    return segment.maxTimestampMs
  }

  /** False without looking when nothing asked for them since the log was opened. */
  get hasProducers(): boolean {
    return this.#producers !== undefined && this.#producers.size > 0
  }

  snapshotPath(offset: number): string {
    return segmentPath(this.folder, offset, 'snapshot')
  }

  /** Names in the folder that are those of segments, without the ones that come or go. */
  segmentFiles(): SegmentFileName[] {
    const found: SegmentFileName[] = []
    for (const name of this.context.files.list(this.folder)) {
      const parsed = parseSegmentName(name)
      if (parsed?.suffix === '') found.push(parsed)
    }
    return found
  }

  /** By the headers alone. @returns false when the file was cut since it was closed */
  #rebuildIndexes(segment: LogSegment): boolean {
    this.context.logger.warn('index-rebuilt', { path: segment.path })
    const end = segment.sizeBytes
    segment.resetIndexes()
    segment.sizeBytes = 0
    const header = new Uint8Array(BATCH_HEADER_BYTES)
    while (segment.sizeBytes + BATCH_HEADER_BYTES <= end) {
      segment.readNow(header, segment.sizeBytes)
      if (segment.sizeBytes + batchSizeOf(header) > end || !isBatchOf(segment, header)) break
      segment.append(header, 0, this.config.indexIntervalBytes)
    }
    if (segment.sizeBytes === end) return true
    const { path, baseOffset, sizeBytes } = segment
    segment.file().truncate(sizeBytes)
    segment.committedBytes = sizeBytes
    this.context.logger.error('segment-lost-bytes', { path, baseOffset, sizeBytes })
    return false
  }

  #loadProducers(): ProducerStates {
    const states = new ProducerStates()
    if (this.snapshotOffset === 0) return states
    const path = this.snapshotPath(this.snapshotOffset)
    const bytes = this.context.files.readFile(path)
    const entries = bytes === undefined ? undefined : decodeProducerSnapshot(Buffer.from(bytes))
    if (entries === undefined) this.context.logger.warn('producer-snapshot-unreadable', { path })
    else states.restore(entries)
    return states
  }
}

/**
 * Finds out what an active segment knows besides its files: hops over its last headers.
 * @returns false when the index leads to no batch: power loss may have torn it
 */
export function restoreEnd(segment: LogSegment): boolean {
  const { offsets, times } = segment
  const header = new Uint8Array(BATCH_HEADER_BYTES)
  let { timestampMs } = times.last
  let offset = segment.baseOffset + times.last.relativeOffset
  const from = offsets.positionAt(offsets.entries - 1)
  let position = from
  const end = segment.sizeBytes
  while (position + BATCH_HEADER_BYTES <= end) {
    segment.readNow(header, position)
    if (!isBatchOf(segment, header)) return false
    if (maxTimestampOf(header) > timestampMs) {
      timestampMs = maxTimestampOf(header)
      offset = lastOffsetOf(header)
    }
    position += Math.max(BATCH_HEADER_BYTES, batchSizeOf(header))
  }
  if (position !== end) return false
  segment.restore(timestampMs, offset, end - from)
  if (end < BATCH_HEADER_BYTES) return true
  segment.readNow(header, 0)
  segment.firstTimestampMs = maxTimestampOf(header)
  return true
}

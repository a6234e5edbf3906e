import { assert } from '@pafka/base'
import { batchSizeOf, lastOffsetOf, maxTimestampOf } from '@pafka/protocol'

import { syncFile } from '../files/file-calls.ts'
import { asError } from '../files/as-error.ts'
import type { IoDone, OpenFile } from '../files/file-system.ts'
import type { MemoryBlock } from '../memory/tail-memory.ts'
import type { OffsetIndex } from './offset-index.ts'
import type { FileUser } from './open-files.ts'
import { SegmentIndexes, type SegmentResources } from './segment-indexes.ts'
import { SegmentReads } from './segment-reads.ts'
import { SegmentTail } from './segment-tail.ts'
import type { MovedPlace } from './moved-segment.ts'
import type { SegmentFileKind, SegmentFileSuffix } from './segment-names.ts'
import { checkThere, SegmentPlace } from './segment-place.ts'
import type { TimeIndex } from './time-index.ts'
import type { TransactionIndex } from './transaction-index.ts'

const MAX_RELATIVE_OFFSET = 2 ** 31 - 1

/**
 * One file of a partition's log with its indexes. Knows what it holds, does not write the log
 * file: `WriteBehind` does, after `append` took note. Indexes are loaded on first use.
 */
export class LogSegment implements FileUser {
  readonly baseOffset: number
  /** With bytes that are still queued to be written. */
  sizeBytes: number
  /** Bytes that are committed; equal to `sizeBytes` in a sealed segment. */
  committedBytes: number
  /** Time of the first batch, from which `segment.ms` counts; -1 before it or when unknown. */
  firstTimestampMs = -1
  /** When it became the active one, or when this process first saw it. */
  createdMs = 0
  maxTimestampMs = -1
  /** Last offset of the batch with the largest timestamp. */
  offsetOfMaxTimestamp = -1
  /** Since the last index entry. */
  bytesSinceEntry = 0
  deleted = false
  /** Whether the file's name would outlive power loss. */
  nameSynced = true
  uses = 0
  /** Of its file, past memory. */
  reads: SegmentReads = new SegmentReads()
  readonly #resources: SegmentResources
  readonly #place: SegmentPlace
  #path: string
  #file: OpenFile | undefined
  #tail: SegmentTail | undefined
  #storedBytes = -1
  readonly #indexes: SegmentIndexes
  #syncError: Error | undefined
  #isStale = false // the open file is not the one that `path` names any more
  readonly #left: OpenFile[] = [] // where the log lay before, and somebody may be reading

  constructor(
    folder: string,
    baseOffset: number,
    resources: SegmentResources,
    suffix: SegmentFileSuffix = '',
  ) {
    this.baseOffset = baseOffset
    this.#resources = resources
    this.#place = new SegmentPlace(folder, baseOffset, suffix)
    this.#indexes = new SegmentIndexes(this.#place, resources)
    this.#path = this.pathOf('log')
    this.sizeBytes = this.committedBytes = 0
  }

  get path(): string {
    return this.#path
  }

  /** Bytes that the file has; fewer than are committed while memory has the rest. */
  get storedBytes(): number {
    return this.#storedBytes < 0 ? this.committedBytes : this.#storedBytes
  }

  set storedBytes(bytes: number) {
    this.#storedBytes = bytes
  }

  /** Where memory has the segment from; infinite when it has nothing. */
  get tailFromBytes(): number {
    return this.#tail?.fromBytes ?? Number.POSITIVE_INFINITY
  }

  /** Keeps bytes that were appended, for readers and for the file. As `SegmentTail.add`. */
  remember(positionBytes: number, lengthBytes: number, block: MemoryBlock, start: number): void {
    if (this.#storedBytes < 0) this.#storedBytes = this.committedBytes
    this.#tail ??= new SegmentTail()
    this.#tail.add(positionBytes, lengthBytes, block, start)
  }

  /** Bytes from memory, which has them. */
  copyTail(into: Uint8Array, positionBytes: number): void {
    const copied = this.#tail?.copy(into, positionBytes) ?? 0
    assert(copied === into.length, 'memory has what no file has')
  }

  tailViews(fromBytes: number, toBytes: number): Uint8Array[] {
    return this.#tail?.views(fromBytes, toBytes) ?? []
  }

  /** Blocks the thread. @returns bytes read, from the file and from memory. */
  readNow(into: Uint8Array, positionBytes: number): number {
    const cold = Math.min(into.length, Math.max(0, this.tailFromBytes - positionBytes))
    if (cold === into.length) return this.file().readNow(into, positionBytes)
    const read = cold === 0 ? 0 : this.file().readNow(into.subarray(0, cold), positionBytes)
    if (read < cold) return read
    return cold + (this.#tail?.copy(into.subarray(cold), positionBytes + cold) ?? 0)
  }

  /** As `readNow`, off the thread where the file is read. */
  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    const cold = Math.min(into.length, Math.max(0, this.tailFromBytes - positionBytes))
    // memory first: by the time the file was read it may have been given to others
    let warm = 0
    if (cold < into.length) warm = this.#tail?.copy(into.subarray(cold), positionBytes + cold) ?? 0
    if (cold === 0) return done(null, warm)
    this.file().read(into.subarray(0, cold), positionBytes, (error, bytes) => {
      done(error, error !== null || bytes < cold ? bytes : cold + warm)
    })
  }

  get offsets(): OffsetIndex {
    return this.#indexes.offsets
  }

  get times(): TimeIndex {
    return this.#indexes.times
  }

  get transactions(): TransactionIndex {
    return this.#indexes.transactions
  }

  pathOf(kind: SegmentFileKind): string {
    return this.#place.pathOf(kind)
  }

  /** Where its log file lies, when it is not in the folder of its partition. */
  get moved(): MovedPlace | undefined {
    return this.#place.moved
  }

  /** As `SegmentPlace.isBegun`. */
  get isBegun(): boolean {
    return this.#place.isBegun
  }

  /** As `SegmentPlace.begin`, before anything is in it. */
  beginAt(place: MovedPlace): void {
    this.#place.begin(place, this.#resources.openFiles.files)
    this.#path = this.pathOf('log')
  }

  /** The same bytes lie there, and are read from there from now on. */
  relocate(place: MovedPlace | undefined, isBegun = false): void {
    this.#place.moved = place
    this.#place.isBegun = isBegun
    this.#path = this.pathOf('log')
    this.#isStale = this.#file !== undefined
    if (this.#isStale && this.uses === 0) this.closeFile()
  }

  /** What stands in its partition's folder for a log file that lies elsewhere. */
  markOf(place: MovedPlace, folder?: string): string {
    return this.#place.markOf(place, folder)
  }

  /** Whether offsets up to `lastOffset` fit the 32 bits that an index entry has. */
  fits(lastOffset: number): boolean {
    return lastOffset - this.baseOffset <= MAX_RELATIVE_OFFSET
  }

  indexFull(indexBytes: number): boolean {
    return this.#indexes.isFull(indexBytes)
  }

  /**
   * Takes note of one batch that lies, or will lie, at the end. Source of the order: Kafka
   * `LogSegment.append`; its dump tool checks the entries that come of it.
   * @returns its position in bytes.
   */
  append(bytes: Uint8Array, at: number, indexIntervalBytes: number): number {
    const positionBytes = this.sizeBytes
    const sizeBytes = batchSizeOf(bytes, at)
    const lastOffset = lastOffsetOf(bytes, at)
    const timestampMs = maxTimestampOf(bytes, at)
    assert(this.fits(lastOffset), 'a segment spans 31 bits of offsets')
    if (timestampMs > this.maxTimestampMs) {
      this.maxTimestampMs = timestampMs
      this.offsetOfMaxTimestamp = lastOffset
    }
    if (this.firstTimestampMs < 0) this.firstTimestampMs = timestampMs
    if (this.bytesSinceEntry > indexIntervalBytes) {
      this.offsets.append(lastOffset - this.baseOffset, positionBytes)
      this.#noteTime()
      this.bytesSinceEntry = 0
    }
    this.bytesSinceEntry += sizeBytes
    this.sizeBytes = positionBytes + sizeBytes
    return positionBytes
  }

  /** Position of a batch at or before the one with `offset`; a promise if the index is on disk. */
  positionFor(offset: number): number | Promise<number> {
    return this.#indexes.find(Math.min(offset - this.baseOffset, MAX_RELATIVE_OFFSET))
  }

  /** The file, opened if need be. Pair with `uses` where the use is not over on return. */
  file(): OpenFile {
    if (this.#file === undefined) {
      checkThere(this)
      const fresh = this.storedBytes === 0 && !this.deleted
      const mode = fresh ? 'write' : 'update'
      if (fresh) this.nameSynced = false
      this.#file = this.#resources.openFiles.open(this, this.#path, mode)
    } else this.#resources.openFiles.used(this)
    return this.#file
  }

  async syncName(): Promise<void> {
    await this.#place.syncHome(this.#resources.openFiles.files)
    this.nameSynced = true
  }

  /** Keeps the file open, and readable if it is deleted meanwhile, until `release`. */
  hold(): void {
    this.file()
    this.uses += 1
  }

  release(): void {
    this.uses -= 1
    if (this.uses > 0) return
    for (const file of this.#left.splice(0)) file.close()
    if (this.deleted || this.#isStale) this.closeFile()
  }

  closeFile(): void {
    if (this.#file === undefined) return
    assert(this.uses === 0, 'a file in use is not closed')
    this.#resources.openFiles.closed(this)
    this.#file.close()
    this.#file = undefined
    this.#isStale = false
  }

  /** Last entries and files, as Kafka leaves them when a segment stops being the active one. */
  flushIndexes(seal: boolean): void {
    if (!seal) return this.#indexes.flush()
    this.#noteTime()
    this.#indexes.seal()
  }

  /** Gives up what can be had again from disk. Only with flushed indexes. */
  unload(): void {
    this.dropIndexes()
    if (this.uses === 0) this.closeFile()
  }

  /** Forgets the indexes; the next use reads the files anew. */
  dropIndexes(): void {
    this.#indexes.drop()
  }

  /**
   * Forgets everything from the last index entry at or below `offset` on, to be appended again. Of
   * sane indexes only.
   * @returns its position.
   */
  rewind(offset: number): number {
    const { positionBytes, last } = this.#indexes.rewind(offset - this.baseOffset)
    this.restore(last.timestampMs, this.baseOffset + last.relativeOffset, 0)
    this.sizeBytes = positionBytes
    return positionBytes
  }

  /** Damaged indexes are worse than none. */
  resetIndexes(): void {
    this.#indexes.reset()
  }

  /**
   * The log file alone. Rejects with the system error, and ever after: a sync that comes after one
   * that failed says nothing about what that one was to cover.
   */
  async syncLog(): Promise<void> {
    this.hold()
    try {
      await syncFile(this.file())
      if (this.isBegun) await this.#place.syncMoved(this.#resources.openFiles.files)
    } catch (error) {
      this.#syncError ??= asError(error)
    } finally {
      this.release()
    }
    if (this.#syncError !== undefined) throw this.#syncError
    if (!this.deleted) this.#place.settle(this.#resources.openFiles.files)
  }

  /** Whether `syncLog` rejects from now on. */
  get hasSyncFailed(): boolean {
    return this.#syncError !== undefined
  }

  /** As `SegmentIndexes.syncTransactions`. */
  syncTransactions(): Promise<boolean> {
    return this.#indexes.syncTransactions()
  }

  /** All its files. Rejects with the system error. */
  async sync(): Promise<void> {
    const { files } = this.#resources.openFiles
    await this.syncLog()
    for (const kind of ['index', 'timeindex', 'txnindex'] as const) {
      const sizeBytes = files.stat(this.pathOf(kind))?.sizeBytes
      // what a cut took of aborted transactions must not come back
      if (sizeBytes === undefined || (sizeBytes === 0 && kind !== 'txnindex')) continue
      const file = files.open(this.pathOf(kind), 'update')
      try {
        await syncFile(file)
      } finally {
        file.close()
      }
    }
  }

  /** Files were renamed. Open ones stay readable. */
  moveTo(folder: string): void {
    this.#place.folder = folder
    this.#renamed()
  }

  /**
   * The log lies in another folder, where this segment has an empty file: nothing of it was stored
   * here. The next use opens that; who uses the old one goes on.
   */
  startAnewIn(folder: string): void {
    assert(this.storedBytes === 0, 'no file has any of it')
    this.moveTo(folder)
    if (this.uses === 0 || this.#file === undefined) return this.closeFile()
    this.#left.push(this.#file)
    this.#file = undefined
    this.#resources.openFiles.closed(this)
  }

  /** The same segment in another folder, whose files have what those here have, durably. */
  successorIn(folder: string): LogSegment {
    const next = new LogSegment(folder, this.baseOffset, this.#resources)
    next.relocate(this.moved)
    next.sizeBytes = this.sizeBytes
    next.committedBytes = this.committedBytes
    next.firstTimestampMs = this.firstTimestampMs
    next.createdMs = this.createdMs
    next.restore(this.maxTimestampMs, this.offsetOfMaxTimestamp, this.bytesSinceEntry)
    next.reads = this.reads
    next.#storedBytes = this.#storedBytes
    next.#tail = this.#tail
    return next
  }

  /** As `SegmentPlace.changeSuffix`. */
  changeSuffix(suffix: SegmentFileSuffix): void {
    this.#place.changeSuffix(suffix, this.#resources.openFiles.files)
    this.#renamed()
  }

  #renamed(): void {
    this.#path = this.pathOf('log')
    this.#indexes.renamed()
  }

  /** Cuts sizes and indexes; the caller cuts the file and restores the largest timestamp. */
  truncate(offset: number, positionBytes: number): void {
    this.#indexes.truncate(this.baseOffset, offset, positionBytes)
    this.sizeBytes = positionBytes
    this.committedBytes = Math.min(this.committedBytes, positionBytes)
    if (this.#storedBytes > positionBytes) this.#storedBytes = positionBytes
    this.#tail?.cut(positionBytes)
    if (positionBytes === 0) this.firstTimestampMs = -1
  }

  /** After the file was read from its last index entry on: state that no file holds. */
  restore(timestampMs: number, offset: number, bytesSinceEntry: number): void {
    this.maxTimestampMs = timestampMs
    this.offsetOfMaxTimestamp = offset
    this.bytesSinceEntry = bytesSinceEntry
  }

  #noteTime(): void {
    if (this.maxTimestampMs < 0) return
    this.times.append(this.maxTimestampMs, this.offsetOfMaxTimestamp - this.baseOffset)
  }
}

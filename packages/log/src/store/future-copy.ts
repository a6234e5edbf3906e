import { join } from 'node:path'

import { KIB } from '@pafka/base'

import { readAt, syncFile, writeWhole } from '../files/file-calls.ts'
import type { FileSystem, OpenFile } from '../files/file-system.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { parseMovedMark } from '../segment/moved-segment.ts'
import { parseSegmentName, type SegmentFileKind, segmentPath } from '../segment/segment-names.ts'
import { FileCopy } from '../tiers/file-copy.ts'
import type { MovableSegment, SegmentCopy } from '../tiers/movable-segment.ts'
import { SegmentSource } from '../tiers/segment-source.ts'

const INDEXES = ['index', 'timeindex', 'txnindex'] as const
const PIECE_BYTES = 256 * KIB

/** What a log's folder in another log dir has of it. */
export class FutureCopy {
  readonly folder: string
  readonly #log: LogParts
  readonly #files: FileSystem
  readonly #isWanted: () => boolean
  /** With the size that it had then. */
  readonly #copied = new Map<LogSegment, number>()
  #cuts: number

  constructor(log: LogParts, folder: string, isWanted: () => boolean) {
    this.folder = folder
    this.#log = log
    this.#files = log.context.files
    this.#isWanted = isWanted
    this.#cuts = log.cuts
  }

  /** Of the segments that are copied. */
  get sizeBytes(): number {
    let sum = 0
    for (const bytes of this.#copied.values()) sum += bytes
    return sum
  }

  /** All before it is there. */
  get endOffset(): number {
    const { segments, logEndOffset } = this.#log
    return segments.all().find((one) => !this.has(one))?.baseOffset ?? logEndOffset
  }

  /** Whether its log file needs no copy, or has one. */
  has(segment: LogSegment): boolean {
    if (segment.moved !== undefined) return true
    return this.#copied.get(segment) === segment.sizeBytes && this.#cuts === this.#log.cuts
  }

  /** Of a segment that does not grow any more, and whose files have all of it. */
  take(segment: LogSegment): MovableSegment {
    if (this.#cuts !== this.#log.cuts) this.#copied.clear()
    this.#cuts = this.#log.cuts
    const { sizeBytes } = segment
    const { cuts, segments } = this.#log
    const isGone = (): boolean => {
      const isThere = segments.floor(segment.baseOffset) === segment && !segment.deleted
      const isSame = segment.sizeBytes === sizeBytes && this.#log.cuts === cuts
      return !isThere || !isSame || segment.moved !== undefined || !this.#isWanted()
    }
    const source = new SegmentSource({ context: this.#log.context, segment, isGone })
    return {
      sizeBytes,
      get isGone() {
        return isGone()
      },
      read: (into, positionBytes) => source.read(into, positionBytes),
      beginCopy: () => this.#begin(segment, isGone),
      release: () => source.close(),
    }
  }

  async #begin(segment: LogSegment, isGone: () => boolean): Promise<SegmentCopy> {
    const path = segmentPath(this.folder, segment.baseOffset, 'log')
    const beside = segmentPath(this.folder, segment.baseOffset, 'log', '.copy')
    const { sizeBytes } = segment
    const place = { folder: this.folder, parents: [], path, beside }
    const file = await FileCopy.begin(this.#files, place)
    return {
      write: (bytes, positionBytes) => file.write(bytes, positionBytes),
      sync: () => file.sync(),
      read: (into, positionBytes) => file.read(into, positionBytes),
      abandon: () => file.abandon(),
      commit: async () => {
        await file.name()
        file.keep()
        await this.#copyIndexes(segment)
        if (isGone()) return false
        this.#copied.set(segment, sizeBytes)
        return true
      },
    }
  }

  /**
   * All that is beside the log files of the segments before `first`, which is new. Nothing of the
   * log changes meanwhile, and those are copied. Durable, but for the folder's own name.
   */
  async complete(first: LogSegment): Promise<void> {
    const before = this.#log.segments.all().filter((one) => one.baseOffset < first.baseOffset)
    await this.#removeOthers(before)
    for (const segment of before) {
      if (segment.moved === undefined) continue
      await this.#copyIndexes(segment)
      const end = this.#log.segments.endOf(segment, first.baseOffset)
      // one that was begun there may have more than the last checkpoint covers
      if (end > this.#log.recoveryPoint || segment.isBegun) await segment.syncLog()
      await this.#write(this.#markPath(segment, segment.moved.directoryId))
    }
    for (const { kind, baseOffset } of this.#log.segmentFiles()) {
      if (kind === 'snapshot' && baseOffset <= first.baseOffset) {
        await this.#copy(kind, baseOffset)
      }
    }
    await this.#write(segmentPath(this.folder, first.baseOffset, 'log'))
    await this.#log.epochs.copyTo(this.folder)
    await this.#files.syncFolder(this.folder)
  }

  /**
   * What was written of `first` and later segments since, in one turn: nothing of it needs to
   * outlive power loss. @param folder that the copy has now
   */
  catchUp(first: LogSegment, folder: string): void {
    for (const segment of this.#log.segments) {
      const { baseOffset, moved } = segment
      if (baseOffset < first.baseOffset) continue
      for (const kind of [...INDEXES, 'snapshot'] as const) {
        if (segment === first && kind === 'snapshot') continue // it is there, durably
        const bytes = this.#files.readFile(segmentPath(this.#log.folder, baseOffset, kind))
        if (bytes === undefined) continue
        this.#files.writeFile(segmentPath(folder, baseOffset, kind), bytes)
      }
      if (moved !== undefined) this.#files.open(segment.markOf(moved, folder), 'write').close()
    }
  }

  #markPath(segment: LogSegment, directoryId: string): string {
    return segment.markOf({ directoryId, folder: '' }, this.folder)
  }

  async #copyIndexes(segment: LogSegment): Promise<void> {
    segment.flushIndexes(false)
    for (const kind of INDEXES) await this.#copy(kind, segment.baseOffset)
  }

  /** What there is none of here goes there. */
  async #copy(kind: SegmentFileKind, baseOffset: number): Promise<void> {
    const to = segmentPath(this.folder, baseOffset, kind)
    const from = segmentPath(this.#log.folder, baseOffset, kind)
    if (this.#files.stat(from) === undefined) return this.#files.remove(to)
    const file = this.#files.open(from, 'read')
    try {
      await this.#write(to, file)
    } finally {
      file.close()
    }
  }

  /** An empty file, or as another one is. Durable but for its name. */
  async #write(path: string, from?: OpenFile): Promise<void> {
    const file = this.#files.open(path, 'write')
    try {
      file.truncate(0)
      const piece = Buffer.alloc(from === undefined ? 0 : PIECE_BYTES)
      for (let at = 0; from !== undefined;) {
        const count = await readAt(from, piece, at)
        if (count > 0) await writeWhole(file, piece.subarray(0, count), at)
        if (count < piece.length) break
        at += count
      }
      await syncFile(file)
    } finally {
      file.close()
    }
  }

  /** What another try left, or belongs to segments that are gone or lie elsewhere now. */
  async #removeOthers(segments: readonly LogSegment[]): Promise<void> {
    const own = new Map(segments.map((segment) => [segment.baseOffset, segment]))
    for (const name of this.#files.list(this.folder)) {
      const file = parseSegmentName(name)
      if (file === undefined && parseMovedMark(name) === undefined) continue
      const segment = own.get(file?.baseOffset ?? -1)
      const isLog = file?.kind === 'log'
      const isKept = file?.suffix === '' && file.kind !== 'snapshot' && segment !== undefined
      if (isKept && !(isLog && segment.moved !== undefined)) continue
      await this.#files.remove(join(this.folder, name))
    }
  }
}

import { dirname } from 'node:path'

import { StorageError } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import { syncFile } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { movedFolder, type MovedPlace } from '../segment/moved-segment.ts'
import { segmentPath } from '../segment/segment-names.ts'
import { FileCopy } from './file-copy.ts'
import type { MovableSegment, SegmentCopy } from './movable-segment.ts'
import { SegmentSource } from './segment-source.ts'

/** A log dir that a segment is moved to. */
export interface MoveTarget {
  readonly directoryId: string
  readonly path: string
  /** Its log has its home there: then the file comes to lie beside its indexes. */
  readonly isHome: boolean
}

export interface SegmentMoveParts {
  readonly log: LogParts
  readonly segment: LogSegment
  readonly target: MoveTarget
  /** Meanwhile nobody else changes the log's list of segments. */
  readonly exclusively: (action: () => Promise<void>) => Promise<void>
  /** Whether there is such a partition still. */
  readonly isWanted: () => boolean
  /** Whether the path of the target leads to it: another disk may lie there, or none. */
  readonly isThere: () => Promise<boolean>
  /** Whether a file of that name is about to be removed. */
  readonly isGoing: (path: string) => boolean
  /** The folder of its partition cannot be synced. */
  readonly homeFailed: (error: StorageError) => void
  /** Called with what its copy takes more, and below 0 when that is gone, or is the segment. */
  readonly copied: (bytes: number) => void
  /** Called when it is read from there. */
  readonly moved: () => void
  /** Called once. */
  readonly ended: () => void
}

/**
 * A segment on its way to another log dir. The mark in its partition's folder, or that there is
 * none, says which of its files counts; so the change of that one name moves it.
 */
export class SegmentMove implements MovableSegment {
  readonly sizeBytes: number
  readonly #parts: SegmentMoveParts
  readonly #files: FileSystem
  readonly #source: SegmentSource
  #copiedBytes = 0
  #isReleased = false

  constructor(parts: SegmentMoveParts) {
    this.#parts = parts
    this.#files = parts.log.context.files
    const { log, segment } = parts
    this.sizeBytes = segment.sizeBytes
    const isGone = (): boolean => this.isGone
    this.#source = new SegmentSource({ context: log.context, segment, isGone })
  }

  get isGone(): boolean {
    return !this.#isCurrent()
  }

  read(into: Buffer, positionBytes: number): Promise<number> {
    return this.#source.read(into, positionBytes)
  }

  async beginCopy(): Promise<SegmentCopy> {
    const { log, segment, target } = this.#parts
    await this.#checkThere()
    const folder = target.isHome ? log.folder : movedFolder(target.path, log.folder)
    const path = segmentPath(folder, segment.baseOffset, 'log')
    const beside = segmentPath(folder, segment.baseOffset, 'log', '.copy')
    const parents = target.isHome ? [] : [dirname(folder), target.path]
    const file = await FileCopy.begin(this.#files, { folder, parents, path, beside })
    return {
      write: (bytes, positionBytes) => {
        this.#count(bytes.length)
        return file.write(bytes, positionBytes)
      },
      sync: () => file.sync(),
      read: (into, positionBytes) => file.read(into, positionBytes),
      abandon: () => file.abandon(),
      commit: () => this.#commit(file, { directoryId: target.directoryId, folder }),
    }
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#source.close()
    this.#count(-this.#copiedBytes)
    this.#parts.ended()
  }

  #count(bytes: number): void {
    this.#copiedBytes += bytes
    this.#parts.copied(bytes)
  }

  async #commit(file: FileCopy, place: MovedPlace): Promise<boolean> {
    const { segment, target } = this.#parts
    let isMoved = false
    await this.#parts.exclusively(async () => {
      if (!this.#isCurrent() || this.#parts.isGoing(file.path)) return
      await file.name()
      await this.#checkThere()
      if (!target.isHome && segment.moved === undefined) await this.#makeMark()
      if (!this.#isCurrent()) return // deleted while that was on its way
      isMoved = true
      file.keep()
      await this.#switch(place)
    })
    if (!isMoved) await file.abandon()
    return isMoved
  }

  /** A copy that lies anywhere else would be taken for what the mark names. */
  async #checkThere(): Promise<void> {
    const { target, isThere } = this.#parts
    if (!(await isThere())) throw new StorageError(`the log dir ${target.path} is lost`)
  }

  /** Whether the log has the segment still, as it was when the move began. */
  #isCurrent(): boolean {
    const { log, segment, isWanted } = this.#parts
    const isThere = log.segments.floor(segment.baseOffset) === segment && !segment.deleted
    return (
      isThere &&
      isWanted() &&
      segment !== log.segments.active &&
      segment.sizeBytes === this.sizeBytes
    )
  }

  /** It has its name later: not every file system writes out a new file with its folder. */
  async #makeMark(): Promise<void> {
    const file = this.#files.open(this.#freshMark, 'write')
    try {
      await syncFile(file)
    } finally {
      file.close()
    }
  }

  /** A start removes what has this name. */
  get #freshMark(): string {
    const { log, segment } = this.#parts
    return segmentPath(log.folder, segment.baseOffset, 'log', '.copy')
  }

  /** Both files are whole, and durable, until the old one goes. */
  async #switch(place: MovedPlace): Promise<void> {
    const { log, segment, target } = this.#parts
    const { files, cold, logger } = log.context
    const before = segment.path
    const mark = segment.moved && segment.markOf(segment.moved)
    if (target.isHome) {
      if (mark !== undefined) await files.remove(mark)
      segment.relocate(undefined)
    } else {
      if (mark !== undefined) files.rename(mark, segment.markOf(place))
      else files.rename(this.#freshMark, segment.markOf(place))
      segment.relocate(place)
    }
    this.#count(-this.#copiedBytes)
    this.#parts.moved()
    cold?.forget(segment)
    try {
      await files.syncFolder(log.folder)
    } catch (cause) {
      // which of the files counts after power loss nobody knows: both are there
      const error = new StorageError(`cannot sync: ${asError(cause).message}`, { cause })
      this.#parts.homeFailed(error)
      throw error
    }
    await files.remove(before).catch((error: unknown) => {
      logger.warn('removal-failed', { path: before, cause: asError(error).message })
    })
  }
}

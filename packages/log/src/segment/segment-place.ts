import { dirname } from 'node:path'

import type { FileSystem } from '../files/file-system.ts'
import { type MovedPlace, movedMark } from './moved-segment.ts'
import { SegmentMissing } from './segment-missing.ts'
import { type SegmentFileKind, type SegmentFileSuffix, segmentPath } from './segment-names.ts'

/** Where the files of a segment lie: in the folder of its partition, but maybe for the log file. */
export class SegmentPlace {
  /** Where its log file lies, when that is elsewhere. */
  moved: MovedPlace | undefined
  /** It was begun there, and nothing of it is known to outlive power loss. */
  isBegun = false
  folder: string
  readonly #baseOffset: number
  #suffix: SegmentFileSuffix

  constructor(folder: string, baseOffset: number, suffix: SegmentFileSuffix) {
    this.folder = folder
    this.#baseOffset = baseOffset
    this.#suffix = suffix
  }

  pathOf(kind: SegmentFileKind): string {
    if (kind === 'log' && this.moved !== undefined) {
      return segmentPath(this.moved.folder, this.#baseOffset, 'log')
    }
    return segmentPath(this.folder, this.#baseOffset, kind, this.#suffix)
  }

  /** What stands in its partition's folder for a log file that lies elsewhere. */
  markOf({ directoryId }: MovedPlace, folder: string = this.folder): string {
    const baseOffset = this.#baseOffset
    const mark = { baseOffset, directoryId, isBegun: this.isBegun, suffix: this.#suffix }
    return movedMark(folder, mark)
  }

  /**
   * The segment, which is new, begins there: an empty file, then the mark. A crash between leaves a
   * file without a mark, which goes. @throws the system error; then it begins in its folder
   */
  begin(place: MovedPlace, files: FileSystem): void {
    const path = segmentPath(place.folder, this.#baseOffset, 'log')
    files.makeFolder(place.folder)
    const file = files.open(path, 'write')
    try {
      file.truncate(0)
    } finally {
      file.close()
    }
    this.isBegun = true
    try {
      files.open(this.markOf(place), 'write').close()
      this.moved = place
    } catch (error) {
      this.isBegun = false
      throw error
    }
  }

  /** The names in its partition's folder. */
  async syncHome(files: FileSystem): Promise<void> {
    await files.syncFolder(this.folder)
    await files.syncFolder(dirname(this.folder))
  }

  /** Its bytes are synced: so are the names that lead to them, and then nothing may miss it. */
  async syncMoved(files: FileSystem): Promise<void> {
    if (this.moved === undefined) return
    const { folder } = this.moved
    for (const one of [folder, dirname(folder), dirname(dirname(folder))]) {
      await files.syncFolder(one)
    }
  }

  /** After `syncMoved`. The new name of the mark is to be synced like that of any file. */
  settle(files: FileSystem): void {
    if (!this.isBegun || this.moved === undefined) return
    const before = this.markOf(this.moved)
    this.isBegun = false
    try {
      files.rename(before, this.markOf(this.moved))
    } catch (error) {
      this.isBegun = true
      throw error
    }
  }

  /** Renames the files; the log itself last, so that its name tells that all are. */
  changeSuffix(suffix: SegmentFileSuffix, files: FileSystem): void {
    const place = this.moved
    for (const kind of ['index', 'timeindex', 'txnindex', 'log'] as const) {
      if (kind === 'log' && place !== undefined) continue
      const to = segmentPath(this.folder, this.#baseOffset, kind, suffix)
      if (files.stat(this.pathOf(kind)) !== undefined) files.rename(this.pathOf(kind), to)
    }
    const mark = place && this.markOf(place)
    this.#suffix = suffix
    if (place !== undefined && mark !== undefined) files.rename(mark, this.markOf(place))
  }
}

interface PlacedSegment {
  readonly path: string
  readonly moved: MovedPlace | undefined
}

/** Nothing of it is read or made before its log dir is back. @throws SegmentMissing */
export function checkThere({ path, moved }: PlacedSegment): void {
  if (moved?.isAway !== true) return
  const { directoryId } = moved
  throw new SegmentMissing(`${path}: the log dir ${directoryId} is not there`, directoryId)
}

import { join } from 'node:path'

import { StorageError } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { FileStat, FileSystem } from '../files/file-system.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { movedFolder, type MovedPlace, parseMovedMark } from '../segment/moved-segment.ts'
import { segmentPath } from '../segment/segment-names.ts'

/** A segment lies in a log dir that is not there, or is not where it should be. */
export class SegmentMissing extends StorageError {
  readonly directoryId: string

  constructor(message: string, directoryId: string, cause?: unknown) {
    super(message, { cause })
    this.directoryId = directoryId
  }
}

/** Where a mark says that a segment lies. */
export interface MarkedPlace extends MovedPlace {
  readonly isBegun: boolean
}

/**
 * Segments of a log that were moved elsewhere, by base offset. Marks that were on their way out go.
 * @param names in its folder
 * @throws SegmentMissing
 */
export async function findMoved(
  { context, folder }: LogParts,
  names: readonly string[],
): Promise<Map<number, MarkedPlace>> {
  const found = new Map<number, MarkedPlace>()
  for (const name of names) {
    const mark = parseMovedMark(name)
    if (mark === undefined) continue
    if (mark.suffix === '.deleted') {
      await context.files.remove(join(folder, name))
      continue
    }
    const { baseOffset, directoryId } = mark
    const dir = context.dirPathOf(directoryId)
    if (dir === undefined) {
      throw new SegmentMissing(`the log dir ${directoryId} is not there`, directoryId)
    }
    const place = { directoryId, folder: movedFolder(dir, folder), isBegun: mark.isBegun }
    if (mark.isBegun && !isThere(context.files, { baseOffset, folder, there: place.folder })) {
      await context.files.remove(join(folder, name))
    } else found.set(baseOffset, place)
  }
  return found
}

interface BegunSegment {
  readonly baseOffset: number
  readonly folder: string
  readonly there: string
}

/**
 * Whether a segment was begun elsewhere, and counts: power loss may have taken it, and who brought
 * it back since had it begin at home. Each of both is the beginning of the same.
 */
function isThere(files: FileSystem, { baseOffset, folder, there }: BegunSegment): boolean {
  const begun = files.stat(segmentPath(there, baseOffset, 'log'))
  const beside = files.stat(segmentPath(folder, baseOffset, 'log'))
  return begun !== undefined && begun.sizeBytes > (beside?.sizeBytes ?? -1)
}

/** @throws SegmentMissing */
export function statMoved(files: FileSystem, { path, moved }: LogSegment): FileStat {
  const directoryId = moved?.directoryId ?? ''
  let stat: FileStat | undefined
  try {
    stat = files.stat(path)
  } catch (error) {
    throw new SegmentMissing(`${path}: ${asError(error).message}`, directoryId, error)
  }
  if (stat === undefined) throw new SegmentMissing(`${path} is not there`, directoryId)
  return stat
}

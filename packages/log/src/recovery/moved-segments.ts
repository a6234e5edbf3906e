import { join } from 'node:path'

import { StorageError } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { FileStat, FileSystem } from '../files/file-system.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { movedFolder, type MovedPlace, parseMovedMark } from '../segment/moved-segment.ts'

/** A segment lies in a log dir that is not there, or is not where it should be. */
export class SegmentMissing extends StorageError {
  readonly directoryId: string

  constructor(message: string, directoryId: string, cause?: unknown) {
    super(message, { cause })
    this.directoryId = directoryId
  }
}

/**
 * Segments of a log that were moved elsewhere, by base offset. Marks that were on their way out go.
 * @param names in its folder
 * @throws SegmentMissing
 */
export async function findMoved(
  { context, folder }: LogParts,
  names: readonly string[],
): Promise<Map<number, MovedPlace>> {
  const found = new Map<number, MovedPlace>()
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
    found.set(baseOffset, { directoryId, folder: movedFolder(dir, folder) })
  }
  return found
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

import { join } from 'node:path'

import { BATCH_HEADER_BYTES } from '@pafka/protocol'

import { asError } from '../files/as-error.ts'
import type { FileStat, FileSystem } from '../files/file-system.ts'
import type { LogContext } from '../partition/log-context.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { hasIndexFiles, indexesAreSane } from '../segment/index-sanity.ts'
import { movedFolder, type MovedPlace, parseMovedMark } from '../segment/moved-segment.ts'
import { SegmentMissing } from '../segment/segment-missing.ts'
import { segmentPath } from '../segment/segment-names.ts'

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
      // of one that was begun there nothing tells how far it is known
      if (mark.isBegun) throw missing(context, directoryId)
      found.set(baseOffset, awayIn(folder, directoryId))
      continue
    }
    const place = { directoryId, folder: movedFolder(dir, folder), isBegun: mark.isBegun }
    if (mark.isBegun && !isThere(context.files, { baseOffset, folder, there: place.folder })) {
      await context.files.remove(join(folder, name))
    } else found.set(baseOffset, place)
  }
  return found
}

/** Nothing leads to where it lay: another log dir may come to be there, or none. */
function awayIn(folder: string, directoryId: string): MarkedPlace {
  return { directoryId, folder: join(folder, directoryId), isAway: true, isBegun: false }
}

export function missing({ knownPathOf }: LogContext, directoryId: string): SegmentMissing {
  const path = knownPathOf(directoryId)
  const dir = path === undefined ? directoryId : `${path}, which had the id ${directoryId},`
  return new SegmentMissing(`the log dir ${dir} is not there`, directoryId)
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

/**
 * What is known without its file: its log goes on without it, as long as nothing has to look at it.
 * The indexes beside the log tell where it ends, or a little before. @throws SegmentMissing where
 * they do not, or where a move was cut short that left a file here as well
 */
export function estimate(context: LogContext, segment: LogSegment, besideIndexes: string): void {
  const { files } = context
  const { directoryId = '' } = segment.moved ?? {}
  if (files.stat(besideIndexes) !== undefined) throw missing(context, directoryId)
  if (!hasIndexFiles(segment, files)) throw missing(context, directoryId)
  const { offsets } = segment
  const before = offsets.entries === 0 ? 0 : offsets.positionAt(offsets.entries - 1)
  segment.sizeBytes = segment.committedBytes = before + BATCH_HEADER_BYTES
  if (!indexesAreSane(segment, files)) throw missing(context, directoryId)
}

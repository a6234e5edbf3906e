import { ifRoom } from '../files/if-room.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { keepProducersAt } from '../producer/kept-producers.ts'
import { type SegmentFileKind, segmentPath } from '../segment/segment-names.ts'
import type { Removals } from './removals.ts'
import { expiredSegments, type LogFacts, segmentsBelowStart } from './retention.ts'

const KINDS: readonly SegmentFileKind[] = ['log', 'index', 'timeindex', 'txnindex', 'snapshot']

/**
 * Raises the log start offset over what retention does not keep: when that is durable the segments
 * may go, and a start knows that none of them was lost. @returns segments that are to go.
 * @throws the system error
 */
export function expireOldest(parts: LogParts, nowMs: number): number {
  const count = expiredSegments(factsOf(parts), parts.config, nowMs)
  if (count === 0) return 0
  if (count === parts.segments.count) parts.roll(true) // the empty one keeps the log's end
  const first = parts.segments.all()[count]?.baseOffset ?? parts.logEndOffset
  parts.logStartOffset = Math.max(parts.logStartOffset, first)
  parts.epochs.startsAt(parts.logStartOffset)
  return count
}

/**
 * Lets go of what lies below the log start offset. Nobody else removes segments meanwhile.
 * @throws the system error
 */
export async function deleteBelowStart(parts: LogParts, removals: Removals): Promise<void> {
  const count = segmentsBelowStart(factsOf(parts))
  const first = parts.segments.all()[count]
  if (count === 0 || first === undefined) return
  const going = new Set(parts.segments.all().slice(0, count))
  const { folder } = parts
  await keepProducersAt(parts, first.baseOffset)
  if (parts.folder !== folder) return // deleted as a whole meanwhile
  for (const segment of parts.segments.removeUnless((one) => !going.has(one))) {
    deleteSegment(parts, segment, removals)
  }
}

function factsOf(parts: LogParts): LogFacts {
  const segments = parts.segments.all().map((segment) => ({
    sizeBytes: segment.sizeBytes,
    largestTimestampMs: segment.sizeBytes === 0 ? -1 : parts.largestTimestampMs(segment),
    modifiedMs: segment.createdMs,
    endOffset: parts.segments.endOf(segment, parts.logEndOffset),
  }))
  const { logStartOffset, highWatermark } = parts
  return { segments, logStartOffset, highWatermark }
}

/**
 * Renamed now, removed later: who reads it goes on with the open file.
 * @param isReplaced by one that begins with the same offset
 */
export function deleteSegment(
  parts: LogParts,
  segment: LogSegment,
  removals: Removals,
  isReplaced = false,
): void {
  const { files, place } = parts.context
  segment.deleted = true
  parts.context.cold?.forget(segment)
  ifRoom(() => segment.flushIndexes(false)) // for who still reads it
  segment.dropIndexes()
  // on a full disk room is wanted more than late readers are
  const delayMs = place.isShort ? 0 : parts.config.fileDeleteDelayMs
  for (const kind of KINDS) {
    const isSnapshot = kind === 'snapshot'
    if (isSnapshot && (isReplaced || parts.keepsSnapshot(segment.baseOffset))) continue
    const path = segmentPath(parts.folder, segment.baseOffset, kind)
    if (files.stat(path) === undefined) continue
    const gone = `${path}.deleted`
    files.rename(path, gone)
    const held = kind === 'log' ? { dir: place.path, bytes: segment.storedBytes } : undefined
    removals.after(delayMs, gone, (name) => files.remove(name), held)
  }
  const { moved } = segment
  if (moved !== undefined) deleteMoved(parts, segment, segment.markOf(moved), removals)
  if (segment.uses === 0) segment.closeFile()
}

/**
 * The mark goes first, durably: one without its file keeps a log from being served. The file goes
 * soon: another of its name may come to lie there.
 */
function deleteMoved(
  { context: { files }, folder }: LogParts,
  { path }: LogSegment,
  mark: string,
  removals: Removals,
): void {
  const gone = `${mark}.deleted`
  files.rename(mark, gone)
  removals.after(0, path, async () => {
    await files.syncFolder(folder)
    await files.remove(path)
    await files.remove(gone)
  })
}

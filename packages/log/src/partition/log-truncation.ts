import { BATCH_HEADER_BYTES, batchSizeOf, lastOffsetOf } from '@pafka/protocol'

import { producersAt, rebuildProducers } from '../producer/producer-recovery.ts'
import type { ProducerStates } from '../producer/producer-states.ts'
import { batchBefore } from '../segment/batch-before.ts'
import { LogSegment } from '../segment/log-segment.ts'
import { movedFolder, type MovedMark, parseMovedMark } from '../segment/moved-segment.ts'
import { SegmentMissing } from '../segment/segment-missing.ts'
import type { SegmentFileKind } from '../segment/segment-names.ts'
import { checkThere } from '../segment/segment-place.ts'
import type { LogParts } from './log-parts.ts'
import type { StoredPlace } from './stored-place.ts'

const KINDS: readonly SegmentFileKind[] = ['log', 'index', 'timeindex', 'txnindex']

/**
 * Cuts a log so that it ends at `offset`, on disk and in memory; one that ends before it is emptied
 * and goes on there. Nothing may be written meanwhile.
 * 1. later segments go, newest first, so that a crash leaves no gap, 2. the one that holds the
 * offset is cut, 3. epochs and producers follow.
 */
export async function truncateParts(parts: LogParts, offset: number): Promise<void> {
  parts.cuts += 1
  parts.recoveryPoint = Math.min(parts.recoveryPoint, offset)
  parts.highWatermark = Math.min(parts.highWatermark, offset)
  parts.firstDirtyOffset = Math.min(parts.firstDirtyOffset, offset)
  const isBeyond = offset > parts.logEndOffset
  parts.logEndOffset = offset
  const removed = parts.segments.removeUnless((one) => one.baseOffset < offset && !isBeyond)
  for (const segment of removed.toReversed()) await removeSegment(parts, segment)
  await removeFilesBeyond(parts, offset)
  const active = parts.segments.active
  if (active === undefined) startEmpty(parts, offset)
  else await cut(parts, active, offset)
  parts.deactivate()
  parts.logStartOffset = Math.min(parts.logStartOffset, offset)
  parts.epochs.startsAt(parts.logStartOffset)
  parts.epochs.truncateFromEnd(offset)
  await parts.epochs.flushDurably()
  await rebuildProducers(parts)
}

/** A log as it will be when it is cut. */
export interface Cut {
  /** How far its files will have it. */
  readonly place: StoredPlace
  readonly producers: ProducerStates
}

/**
 * What a cut at `offset`, which lies before the log's end, will leave. Changes nothing: a journal's
 * checkpoint says it before any file is cut, and from then on a start completes the cut.
 * @throws SegmentMissing where the segment that will be the last one is not there to be cut
 */
export async function cutAt(parts: LogParts, offset: number): Promise<Cut> {
  const place = { ...(await placeOfCut(parts, offset)), isCut: true }
  return { place, producers: await producersAt(parts, place) }
}

async function placeOfCut(parts: LogParts, offset: number): Promise<StoredPlace> {
  const last = parts.segments.all().findLast(({ baseOffset }) => baseOffset < offset)
  if (last === undefined) return { segmentBaseOffset: offset, positionBytes: 0, offset }
  checkMayBeCut(parts, last)
  const positionBytes = positionOf(last, offset, await batchBefore(last, offset))
  return { segmentBaseOffset: last.baseOffset, positionBytes, offset }
}

/** Of a disk that was lost a file may be open still: what is cut there is not what comes back. */
function checkMayBeCut({ context }: LogParts, { path, moved }: LogSegment): void {
  checkThere({ path, moved })
  if (moved === undefined || !context.isLost(moved.directoryId)) return
  throw new SegmentMissing(`${path}: its log dir is lost`, moved.directoryId)
}

export async function removeSegment(parts: LogParts, segment: LogSegment): Promise<void> {
  segment.deleted = true
  parts.context.cold?.forget(segment)
  segment.unload()
  await unmark(parts, segment)
  for (const kind of KINDS) await parts.context.files.remove(segment.pathOf(kind))
}

/** The mark of a moved segment goes first: one without its file keeps a log from being served. */
async function unmark(parts: LogParts, segment: LogSegment): Promise<void> {
  const { files } = parts.context
  if (segment.moved === undefined) return
  await files.remove(segment.markOf(segment.moved))
  await files.syncFolder(parts.folder)
}

/** Segments that an append made before its write failed are known by their names only. */
async function removeFilesBeyond(parts: LogParts, offset: number): Promise<void> {
  for (const name of parts.segmentFiles()) {
    const isKnown = parts.segments.floor(name.baseOffset)?.baseOffset === name.baseOffset
    if (name.baseOffset < offset || isKnown || name.kind === 'snapshot') continue
    const segment = new LogSegment(parts.folder, name.baseOffset, parts.context)
    await removeSegment(parts, segment)
  }
  for (const mark of marksIn(parts)) {
    const { baseOffset, directoryId, isBegun } = mark
    const isKnown = parts.segments.floor(baseOffset)?.baseOffset === baseOffset
    const dir = parts.context.dirPathOf(directoryId)
    if (baseOffset < offset || isKnown || dir === undefined) continue
    const segment = new LogSegment(parts.folder, baseOffset, parts.context)
    segment.relocate({ directoryId, folder: movedFolder(dir, parts.folder) }, isBegun)
    await removeSegment(parts, segment)
  }
}

function marksIn({ context, folder }: LogParts): MovedMark[] {
  const marks = context.files.list(folder).flatMap((name) => parseMovedMark(name) ?? [])
  return marks.filter(({ suffix }) => suffix === '')
}

/** An empty segment keeps the log's end where it is. */
function startEmpty(parts: LogParts, offset: number): void {
  const segment = new LogSegment(parts.folder, offset, parts.context)
  segment.createdMs = parts.context.clock.nowMs()
  segment.file()
  parts.segments.add(segment)
}

async function cut(parts: LogParts, segment: LogSegment, offset: number): Promise<void> {
  const position = positionOf(segment, offset, await batchBefore(segment, offset))
  segment.file().truncate(position)
  segment.truncate(offset, position)
  segment.committedBytes = position
  parts.context.cold?.forget(segment)
  await segment.sync()
}

/** Position of the batch that holds `offset` or comes after it; the size when there is none. */
function positionOf(segment: LogSegment, offset: number, fromBytes: number): number {
  const header = new Uint8Array(BATCH_HEADER_BYTES)
  let position = fromBytes
  while (position + BATCH_HEADER_BYTES <= segment.committedBytes) {
    segment.readNow(header, position)
    if (lastOffsetOf(header) >= offset) return position
    position += Math.max(BATCH_HEADER_BYTES, batchSizeOf(header))
  }
  return segment.committedBytes
}

import type { StoredPlace } from '../partition/stored-place.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { decodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { rebuildTransactions } from '../producer/producer-recovery.ts'
import { ProducerStates } from '../producer/producer-states.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { resumeAt } from '../segment/segment-end.ts'
import { setBeyondAside } from './beyond-segments.ts'

/** A log in the journal's checkpoint. */
export interface JournaledPlace {
  readonly place: StoredPlace
  /** Whether its folder's name, and whose it is, outlive power loss. */
  readonly isNamed: boolean
  /** Undefined when snapshot files tell it. */
  readonly producers: Buffer | undefined
}

/**
 * Puts a log back to what its files had for certain at the last checkpoint, without looking into
 * them: what came after is in the journal. Files are cut where more of them was written.
 * @param snapshots offsets of the producer snapshots that are there
 */
export async function restorePlace(
  parts: LogParts,
  known: JournaledPlace,
  snapshots: readonly number[],
): Promise<void> {
  const { place } = known
  // not by offset: where that one ends, another may begin that is of no use any more
  const segment = parts.segments.floor(place.segmentBaseOffset)
  const isThat = segment?.baseOffset === place.segmentBaseOffset
  setBeyondAside(parts, place.segmentBaseOffset)
  parts.logEndOffset = parts.highWatermark = parts.recoveryPoint = place.offset
  parts.openedPlace = place
  parts.isPutBack = true
  parts.replayedFrom = place.segmentBaseOffset
  parts.epochs.endsAt(place.offset, place.end?.leaderEpoch ?? -1)
  const isSettled = !isThat || goOnIn(parts, segment, place)
  await dropSnapshotsBeyond(parts, place.offset, snapshots)
  if (!isSettled && segment.transactions.entries > 0) await rebuildTransactions(parts, segment)
  parts.firstDirtyOffset = Math.min(parts.firstDirtyOffset, place.offset)
  restoreProducers(parts, known.producers)
}

function restoreProducers(parts: LogParts, producers: Buffer | undefined): void {
  const entries = producers && decodeProducerSnapshot(producers)
  if (entries === undefined) return
  const states = new ProducerStates()
  states.restore(entries)
  parts.producers = states
  parts.snapshotOffset = 0 // it may be torn: the next one is written, whatever its name
}

/**
 * Whether the files have less than they had for certain, which is told: nothing that the broker
 * does, and no crash, takes that from them.
 * @param startOffset below it records were deleted
 */
export function isShort(parts: LogParts, place: StoredPlace, startOffset: number): boolean {
  if (place.positionBytes === 0) return false
  const found = parts.segments.floor(place.segmentBaseOffset)
  const segment = found?.baseOffset === place.segmentBaseOffset ? found : undefined
  if (segment !== undefined && segment.sizeBytes >= place.positionBytes) return false
  // deleted since, by request or by retention: that is written down before files go
  if (segment === undefined && place.offset <= startOffset) return false
  parts.context.logger.error('segment-lost-bytes', {
    path: parts.folder,
    sizeBytes: segment?.sizeBytes ?? 0,
    baseOffset: place.segmentBaseOffset,
    expectedBytes: place.positionBytes,
  })
  return true
}

/**
 * What is left of a log's files was looked into. The log goes on where it ended before: nobody is
 * given the offsets of what is lost, and what the journal has comes back behind them.
 */
export function goOnBehind(
  parts: LogParts,
  producers: Buffer | undefined,
  endOffset: number,
): void {
  if (parts.logEndOffset >= endOffset) return
  restoreProducers(parts, producers)
  parts.startAt(endOffset)
  if (parts.segments.count > 0) parts.roll(true)
}

/**
 * The file keeps what it has beyond the place: the journal has the same, and writes it again.
 * @returns whether all of its indexes are those of the place
 */
function goOnIn(parts: LogParts, segment: LogSegment, place: StoredPlace): boolean {
  const fileBytes = segment.sizeBytes
  if (fileBytes > place.positionBytes) parts.surplus = { segment, fileBytes }
  if (place.end !== undefined && resumeAt(segment, place.positionBytes, place.end)) {
    parts.resumed()
    return true
  }
  if (parts.surplus !== undefined) segment.truncate(place.offset, place.positionBytes)
  return false
}

/** One that came back would be believed when the log has grown past it. */
async function dropSnapshotsBeyond(
  parts: LogParts,
  offset: number,
  snapshots: readonly number[],
): Promise<void> {
  const { files } = parts.context
  const beyond = snapshots.filter((one) => one > offset)
  parts.snapshotOffset = Math.max(0, ...snapshots.filter((one) => one <= offset))
  for (const one of beyond) await files.remove(parts.snapshotPath(one))
  if (beyond.length > 0) await files.syncFolder(parts.folder)
}

/** Cuts off what the journal had nothing to say about. */
export async function dropSurplus(parts: LogParts): Promise<void> {
  const { surplus } = parts
  parts.surplus = undefined
  if (surplus === undefined || surplus.fileBytes <= surplus.segment.sizeBytes) return
  surplus.segment.file().truncate(surplus.segment.storedBytes)
  await surplus.segment.syncLog() // the next checkpoint may be about segments after this one
}

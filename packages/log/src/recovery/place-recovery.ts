import type { StoredPlace } from '../partition/stored-place.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { decodeProducerSnapshot } from '../producer/producer-snapshot.ts'
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
 * @returns false when they have less: then they are to be looked into.
 */
export async function restorePlace(
  parts: LogParts,
  known: JournaledPlace,
  snapshots: readonly number[],
): Promise<boolean> {
  const { place } = known
  // not by offset: where that one ends, another may begin that is of no use any more
  const segment = parts.segments.floor(place.segmentBaseOffset)
  const isThat = segment?.baseOffset === place.segmentBaseOffset
  if (isLost(parts, place, isThat ? segment : undefined)) return false
  setBeyondAside(parts, place.segmentBaseOffset)
  parts.logEndOffset = parts.highWatermark = parts.recoveryPoint = place.offset
  parts.openedPlace = place
  parts.epochs.endsAt(place.offset, place.end?.leaderEpoch ?? -1)
  if (isThat) goOnIn(parts, segment, place)
  await dropSnapshotsBeyond(parts, place.offset, snapshots)
  parts.firstDirtyOffset = Math.min(parts.firstDirtyOffset, place.offset)
  const entries = known.producers && decodeProducerSnapshot(known.producers)
  if (entries !== undefined) {
    const states = new ProducerStates()
    states.restore(entries)
    parts.producers = states
    parts.snapshotOffset = 0 // it may be torn: the next one is written, whatever its name
  }
  return true
}

/** Whether the files have less than they had for certain. */
function isLost(parts: LogParts, place: StoredPlace, segment: LogSegment | undefined): boolean {
  if (place.positionBytes === 0) return false
  if (segment === undefined) {
    // without any segment, all up to the place must have been deleted
    if (parts.segments.count > 0 || place.offset <= parts.logStartOffset) return false
  } else if (segment.sizeBytes >= place.positionBytes) return false
  parts.context.logger.error('segment-lost-bytes', {
    path: parts.folder,
    sizeBytes: segment?.sizeBytes ?? 0,
    baseOffset: place.segmentBaseOffset,
    expectedBytes: place.positionBytes,
  })
  return true
}

/** The file keeps what it has beyond the place: the journal has the same, and writes it again. */
function goOnIn(parts: LogParts, segment: LogSegment, place: StoredPlace): void {
  const fileBytes = segment.sizeBytes
  if (fileBytes > place.positionBytes) parts.surplus = { segment, fileBytes }
  if (place.end !== undefined && resumeAt(segment, place.positionBytes, place.end)) {
    return parts.resumed()
  }
  if (parts.surplus !== undefined) segment.truncate(place.offset, place.positionBytes)
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

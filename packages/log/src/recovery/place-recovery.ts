import type { StoredPlace } from '../partition/stored-place.ts'
import { removeSegment } from '../partition/log-truncation.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { decodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { ProducerStates } from '../producer/producer-states.ts'
import type { LogSegment } from '../segment/log-segment.ts'

/** A log in the journal's checkpoint. */
export interface JournaledPlace {
  readonly place: StoredPlace
  /** Undefined when snapshot files tell it. */
  readonly producers: Buffer | undefined
}

/**
 * Puts a log back to what its files had for certain at the last checkpoint, without looking into
 * them: what came after is in the journal. Files are cut where more of them was written.
 * @returns false when they have less: then they are to be looked into.
 */
export async function restorePlace(parts: LogParts, known: JournaledPlace): Promise<boolean> {
  const { place } = known
  const { files, logger } = parts.context
  // not by offset: where that one ends, another may begin that is of no use any more
  const segment = parts.segments.floor(place.segmentBaseOffset)
  const isThat = segment?.baseOffset === place.segmentBaseOffset
  const isLost = isThat ? segment.sizeBytes < place.positionBytes : parts.segments.count === 0
  if (isLost && place.positionBytes > 0) {
    const path = parts.folder
    const fields = { baseOffset: place.segmentBaseOffset, expectedBytes: place.positionBytes }
    logger.error('segment-lost-bytes', { path, sizeBytes: segment?.sizeBytes ?? 0, ...fields })
    return false
  }
  const beyond = parts.segments.removeUnless((one) => one.baseOffset <= place.segmentBaseOffset)
  for (const one of beyond.toReversed()) await removeSegment(parts, one)
  parts.logEndOffset = parts.highWatermark = parts.recoveryPoint = place.offset
  if (isThat && segment.sizeBytes > place.positionBytes) cutTo(parts, segment, place)
  const snapshots = parts.segmentFiles().filter(({ kind }) => kind === 'snapshot')
  parts.snapshotOffset = 0
  for (const { baseOffset } of snapshots) {
    if (baseOffset > place.offset) await files.remove(parts.snapshotPath(baseOffset))
    else parts.snapshotOffset = Math.max(parts.snapshotOffset, baseOffset)
  }
  // one that came back would be believed when the log has grown past it
  if (snapshots.some(({ baseOffset }) => baseOffset > place.offset)) {
    await files.syncFolder(parts.folder)
  }
  parts.firstDirtyOffset = Math.min(parts.firstDirtyOffset, place.offset)
  parts.epochs.truncateFromEnd(place.offset)
  const entries = known.producers && decodeProducerSnapshot(known.producers)
  if (entries !== undefined) {
    const states = new ProducerStates()
    states.restore(entries)
    parts.producers = states
    parts.snapshotOffset = 0 // it may be torn: the next one is written, whatever its name
  }
  return true
}

/** The file keeps what it has beyond the place: the journal has the same, and writes it again. */
function cutTo(parts: LogParts, segment: LogSegment, place: StoredPlace): void {
  parts.surplus = { segment, fileBytes: segment.sizeBytes }
  segment.truncate(place.offset, place.positionBytes)
}

/** Cuts off what the journal had nothing to say about. */
export async function dropSurplus(parts: LogParts): Promise<void> {
  const { surplus } = parts
  parts.surplus = undefined
  if (surplus === undefined || surplus.fileBytes <= surplus.segment.sizeBytes) return
  surplus.segment.file().truncate(surplus.segment.storedBytes)
  await surplus.segment.syncLog() // the next checkpoint may be about segments after this one
}

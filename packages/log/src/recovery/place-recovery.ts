import type { StoredPlace } from '../partition/stored-place.ts'
import { removeSegment } from '../partition/log-truncation.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { decodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { ProducerStates } from '../producer/producer-states.ts'
import { scanBatches } from '../segment/batch-scan.ts'
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
  const segment = parts.segments.floor(place.offset)
  const isThat = segment?.baseOffset === place.segmentBaseOffset
  if (place.positionBytes > 0 && isThat && segment.sizeBytes < place.positionBytes) {
    const { sizeBytes, path } = segment
    logger.error('segment-lost-bytes', { path, sizeBytes, expectedBytes: place.positionBytes })
    return false
  }
  const beyond = parts.segments.removeUnless((one) => one.baseOffset <= place.segmentBaseOffset)
  for (const one of beyond.toReversed()) await removeSegment(parts, one)
  parts.logEndOffset = parts.highWatermark = parts.recoveryPoint = place.offset
  if (isThat && segment.sizeBytes > place.positionBytes) await cutTo(parts, segment, place)
  const snapshots = parts.segmentFiles().filter(({ kind }) => kind === 'snapshot')
  parts.snapshotOffset = 0
  for (const { baseOffset } of snapshots) {
    if (baseOffset > place.offset) await files.remove(parts.snapshotPath(baseOffset))
    else parts.snapshotOffset = Math.max(parts.snapshotOffset, baseOffset)
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

async function cutTo(parts: LogParts, segment: LogSegment, place: StoredPlace): Promise<void> {
  const toBytes = place.positionBytes
  segment.file().truncate(toBytes)
  const fromBytes = segment.rewind(place.offset)
  if (fromBytes > toBytes) segment.resetIndexes()
  segment.sizeBytes = Math.min(fromBytes, toBytes)
  const range = { fromBytes: segment.sizeBytes, toBytes }
  const { indexIntervalBytes } = parts.config
  await scanBatches(segment, parts.context.pool, range, (bytes, at) => {
    segment.append(bytes, at, indexIntervalBytes)
    return true
  })
  segment.committedBytes = segment.sizeBytes
}

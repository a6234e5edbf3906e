import { nextOffsetOf } from '@pafka/protocol'

import type { LogParts } from '../partition/log-parts.ts'
import type { StoredPlace } from '../partition/stored-place.ts'
import { scanBatches } from '../segment/batch-scan.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import { ProducerStates } from './producer-states.ts'

/**
 * Producer state at the log end, from the newest snapshot that is readable and not beyond it, and
 * the batches since. Snapshots beyond the log end are removed.
 */
export async function rebuildProducers(parts: LogParts): Promise<void> {
  const { states, offset, unusable } = restoreSnapshot(parts, parts.logEndOffset)
  for (const path of unusable) await parts.context.files.remove(path)
  // they must not come back when the log has grown past them
  if (unusable.length > 0) await parts.context.files.syncFolder(parts.folder)
  parts.snapshotOffset = offset
  for (const segment of parts.segments) {
    const end = parts.segments.endOf(segment, parts.logEndOffset)
    if (end > offset) await noteBatches(parts, segment, { states, offset }, segment.sizeBytes)
  }
  parts.producers = states
}

/** Producer state of what is left of a log when it is cut at a place. Changes no file. */
export async function producersAt(parts: LogParts, place: StoredPlace): Promise<ProducerStates> {
  const { states, offset } = restoreSnapshot(parts, place.offset)
  for (const segment of parts.segments.all()) {
    if (segment.baseOffset > place.segmentBaseOffset) break
    const isLast = segment.baseOffset === place.segmentBaseOffset
    const toBytes = isLast ? place.positionBytes : segment.sizeBytes
    const end = Math.min(place.offset, parts.segments.endOf(segment, parts.logEndOffset))
    if (end > offset) await noteBatches(parts, segment, { states, offset }, toBytes)
  }
  return states
}

interface Restored {
  readonly states: ProducerStates
  /** What the state stands for: the log start when no snapshot could be used. */
  readonly offset: number
}

async function noteBatches(
  parts: LogParts,
  segment: LogSegment,
  { states, offset }: Restored,
  toBytes: number,
): Promise<void> {
  if (toBytes === 0) return
  const fromBytes = await segment.positionFor(Math.max(offset, segment.baseOffset))
  await scanBatches(segment, parts.context.pool, { fromBytes, toBytes }, (bytes, at) => {
    if (nextOffsetOf(bytes, at) > offset) states.note(bytes, at)
    return true
  })
}

/** The newest snapshot that is readable and not beyond `endOffset`, and the paths of newer ones. */
function restoreSnapshot(
  parts: LogParts,
  endOffset: number,
): Restored & { readonly unusable: readonly string[] } {
  const { files, logger } = parts.context
  const states = new ProducerStates()
  const unusable: string[] = []
  const offsets = parts
    .segmentFiles()
    .filter((name) => name.kind === 'snapshot')
    .map((name) => name.baseOffset)
    .toSorted((a, b) => b - a)
  for (const offset of offsets) {
    const path = parts.snapshotPath(offset)
    if (offset <= endOffset) {
      const bytes = files.readFile(path)
      const entries = bytes === undefined ? undefined : decodeProducerSnapshot(Buffer.from(bytes))
      if (entries !== undefined) {
        states.restore(entries)
        return { states, offset, unusable }
      }
      logger.warn('producer-snapshot-unreadable', { path })
    }
    unusable.push(path)
  }
  return { states, offset: parts.segments.first?.baseOffset ?? endOffset, unusable }
}

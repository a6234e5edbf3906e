import { nextOffsetOf } from '@pafka/protocol'

import { isOutOfSpace } from '../files/as-error.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { StoredPlace } from '../partition/stored-place.ts'
import { batchBefore } from '../segment/batch-before.ts'
import { scanBatches } from '../segment/batch-scan.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { decodeProducerSnapshot } from './producer-snapshot.ts'
import { ProducerStates } from './producer-states.ts'

/**
 * Producer state at the log end, from the newest snapshot that is readable and not beyond it, and
 * the batches since; with them the indexes of aborted transactions, where they are not known.
 * Snapshots beyond the log end are removed.
 */
export async function rebuildProducers(parts: LogParts): Promise<void> {
  const { logEndOffset, transactionsKnownTo } = parts
  const { states, offset, unusable } = restoreSnapshot(parts, logEndOffset, transactionsKnownTo)
  for (const path of unusable) await parts.context.files.remove(path)
  // they must not come back when the log has grown past them
  if (unusable.length > 0) await parts.context.files.syncFolder(parts.folder)
  // one at the log end may be of a process that was killed: a close writes it anew, and syncs it
  parts.snapshotOffset = offset === logEndOffset ? 0 : offset
  parts.producers = states
  for (const segment of parts.segments) {
    const end = parts.segments.endOf(segment, logEndOffset)
    if (end <= offset) continue
    await noteBatches(parts, segment, { states, offset }, segment.sizeBytes)
  }
  if (Number.isFinite(transactionsKnownTo)) await keepTransactions(parts)
}

/** What was found of them is on disk, or they are looked for again at the next start. */
async function keepTransactions(parts: LogParts): Promise<void> {
  let hasNewNames = false
  try {
    for (const segment of parts.segments.all()) {
      if (segment.baseOffset < parts.transactionsKnownTo) continue
      if (await segment.syncTransactions()) hasNewNames = true
    }
    if (hasNewNames) await parts.context.files.syncFolder(parts.folder)
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
  }
  parts.transactionsKnownTo = Number.POSITIVE_INFINITY
}

/**
 * The journal has nothing of some transactions that stand in the index of the segment where it
 * began: they are lost, and do not come back when no checkpoint tells how many there are.
 */
export async function dropLostTransactions(parts: LogParts): Promise<void> {
  const { isPutBack, openedSegment } = parts
  // of others nothing was looked at yet, and need not be
  if (!isPutBack || openedSegment?.transactions.file.hasSurplus !== true) return
  try {
    await openedSegment.syncTransactions()
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
  }
}

/** Puts the index of aborted transactions of a segment together anew, as far as its batches go. */
export async function rebuildTransactions(parts: LogParts, segment: LogSegment): Promise<void> {
  const { baseOffset } = segment
  segment.transactions.begin()
  const restored = restoreSnapshot(parts, parts.logEndOffset, baseOffset)
  for (const one of parts.segments) {
    if (one.baseOffset > baseOffset) break
    if (parts.segments.endOf(one, parts.logEndOffset) <= restored.offset) continue
    await noteBatches(parts, one, restored, one.sizeBytes)
  }
}

/** Producer state of what is left of a log when it is cut at a place. Changes no file. */
export async function producersAt(parts: LogParts, place: StoredPlace): Promise<ProducerStates> {
  const { states, offset } = restoreSnapshot(parts, place.offset, place.offset)
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
  const fromBytes = await batchBefore(segment, Math.max(offset, segment.baseOffset))
  await scanBatches(segment, parts.context.pool, { fromBytes, toBytes }, (bytes, at) => {
    if (nextOffsetOf(bytes, at) <= offset) return true
    const aborted = states.note(bytes, at)
    if (aborted !== undefined) segment.transactions.append(aborted)
    return true
  })
}

/**
 * The newest snapshot that is readable and not beyond `upTo`, and the paths of those that are of no
 * use in a log that ends at `endOffset`. One that is older than the oldest segment is not believed:
 * what came between is gone, the ends of transactions and newer sequences with it. Source: Kafka
 * `ProducerStateManager.removeStraySnapshots`.
 */
function restoreSnapshot(
  parts: LogParts,
  endOffset: number,
  upTo: number,
): Restored & { readonly unusable: readonly string[] } {
  const { files, logger } = parts.context
  const states = new ProducerStates()
  const unusable: string[] = []
  const oldest = Math.min(endOffset, parts.segments.first?.baseOffset ?? endOffset)
  const offsets = parts
    .segmentFiles()
    .filter((name) => name.kind === 'snapshot')
    .map((name) => name.baseOffset)
    .toSorted((a, b) => b - a)
  for (const offset of offsets) {
    const path = parts.snapshotPath(offset)
    if (offset > upTo && offset <= endOffset) continue
    if (offset >= oldest && offset <= endOffset) {
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

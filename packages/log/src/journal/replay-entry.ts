import type { Logger } from '@pafka/base'
import { batchSizeOf, nextOffsetOf } from '@pafka/protocol'

import type { TailMemory } from '../memory/tail-memory.ts'
import { noteBatch } from '../partition/batch-notes.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { endOf } from '../segment/segment-end.ts'
import type { HeldRound } from './held-round.ts'
import type { JournalWriter } from './journal-writer.ts'
import type { RoundEntry } from './round-format.ts'

/** What takes the bytes again that a ring has. */
export interface ReplayChannels {
  readonly memory: TailMemory
  readonly medium: { readonly io: string }
  writerFor(log: PartitionLog): JournalWriter
}

export interface ReplayTarget {
  readonly engine: ReplayChannels
  readonly round: HeldRound
  readonly logger: Logger
  /** Rounds are missing: what does not follow was not deleted, what it follows is lost. */
  readonly hasGaps: boolean
  /** Logs of which entries did not follow: that is told once of each. */
  readonly skipped: Set<PartitionLog>
}

/**
 * Puts the batches of an entry at the end of their log, into the segment and at the place where
 * they were. @returns false for what the files have, or what does not follow what they have:
 * deleted or cut since.
 */
export function replayEntry(
  log: PartitionLog,
  entry: RoundEntry,
  batches: Buffer,
  target: ReplayTarget,
): boolean {
  const { parts } = log
  const { engine, round, hasGaps } = target
  if (entry.endOffset <= parts.logEndOffset) return false
  const known = knownBytes(batches, parts.logEndOffset)
  const segment = parts.hasLost ? segmentBehind(log, entry) : segmentFor(log, entry, hasGaps)
  const isThere = parts.hasLost || entry.positionBytes + known === segment?.sizeBytes
  if (segment === undefined || !isThere) {
    // of deleted records nothing is left but what their producers are known by
    if (entry.endOffset <= parts.logStartOffset) return noteProducers(parts, batches)
    tellSkipped(log, entry, target)
    return false
  }
  const bytes = batches.subarray(known)
  const positionBytes = segment.sizeBytes
  round.hold(bytes.length)
  parts.epochs.assign(entry.leaderEpoch, entry.baseOffset)
  for (let at = 0; at < bytes.length; at += batchSizeOf(bytes, at)) {
    segment.append(bytes, at, parts.config.indexIntervalBytes)
    noteBatch(parts, segment, bytes, at)
  }
  const start = bytes.byteOffset - round.block.memory.byteOffset
  segment.remember(positionBytes, bytes.length, round.block, start)
  segment.committedBytes = segment.sizeBytes
  parts.logEndOffset = parts.highWatermark = entry.endOffset
  engine.writerFor(log).adopt(segment, {
    endBytes: segment.sizeBytes,
    lengthBytes: bytes.length,
    endOffset: entry.endOffset,
    round,
    end: endOf(segment, entry.leaderEpoch),
  })
  return true
}

function tellSkipped(
  log: PartitionLog,
  { baseOffset, endOffset, positionBytes, segmentBaseOffset }: RoundEntry,
  { logger, skipped }: ReplayTarget,
): void {
  if (skipped.has(log)) return
  skipped.add(log)
  const { topic, partition, parts } = log
  const { logEndOffset, folder } = parts
  // who deletes the records before one begins a segment with it
  if (parts.segments.count === 0 && baseOffset === logEndOffset && positionBytes > 0) {
    const where = { path: folder, sizeBytes: 0, baseOffset: segmentBaseOffset }
    logger.error('segment-lost-bytes', { ...where, expectedBytes: positionBytes })
  }
  logger.warn('journal-entries-skipped', { topic, partition, logEndOffset, baseOffset, endOffset })
}

/** Bytes of the batches that a log has already. */
function knownBytes(batches: Buffer, logEndOffset: number): number {
  let at = 0
  while (at < batches.length && nextOffsetOf(batches, at) <= logEndOffset) {
    at += batchSizeOf(batches, at)
  }
  return at
}

/** The segment that an entry was written to: the active one, or one that begins with it. */
function segmentFor(
  log: PartitionLog,
  entry: RoundEntry,
  hasGaps: boolean,
): PartitionLog['parts']['active'] | undefined {
  const { parts } = log
  const isFirst = entry.positionBytes === 0 && entry.segmentBaseOffset === entry.baseOffset
  if (parts.segments.active?.baseOffset === entry.segmentBaseOffset) return parts.active
  if (!isFirst || entry.baseOffset < parts.logEndOffset) return undefined
  if (hasGaps && entry.baseOffset > Math.max(parts.logEndOffset, parts.logStartOffset))
    return undefined
  // retention may have deleted what lay between
  if (entry.baseOffset > parts.logEndOffset) parts.startAt(entry.baseOffset)
  return parts.segments.count === 0 ? parts.active : parts.roll(true)
}

/** Of a log whose files lost what was before the entry: it is kept, wherever it lay. */
function segmentBehind(log: PartitionLog, entry: RoundEntry): PartitionLog['parts']['active'] {
  const { parts } = log
  if (entry.baseOffset > parts.logEndOffset) {
    parts.startAt(entry.baseOffset)
    return parts.segments.count === 0 ? parts.active : parts.roll(true)
  }
  const isRolled = entry.positionBytes === 0 && parts.active.sizeBytes > 0
  return isRolled ? parts.roll(true) : parts.active
}

/** Who sent them may send the last of them again. */
function noteProducers({ producers }: PartitionLog['parts'], batches: Buffer): false {
  for (let at = 0; at < batches.length; at += batchSizeOf(batches, at)) producers.note(batches, at)
  return false
}

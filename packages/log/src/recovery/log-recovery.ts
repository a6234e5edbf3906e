import {
  baseOffsetOf,
  checkBatch,
  ErrorCode,
  lastOffsetOf,
  nextOffsetOf,
  partitionLeaderEpochOf,
} from '@pafka/protocol'

import { isCompacted } from '../config/log-config.ts'
import { ifRoom } from '../files/if-room.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { removeSegment } from '../partition/log-truncation.ts'
import { scanBatches } from '../segment/batch-scan.ts'
import { indexesAreSane } from '../segment/index-sanity.ts'
import type { LogSegment } from '../segment/log-segment.ts'

/**
 * Reads what is not known to be durable, checks every batch, makes its index entries anew and cuts
 * the log at the first batch that is damaged, torn or out of order. Segments with a missing or
 * damaged index are read whole. Leaves the end of the log in `parts`.
 * @param mayHaveHoles not when the journal brings back what follows a hole
 */
export async function recoverParts(parts: LogParts, mayHaveHoles: boolean): Promise<void> {
  let endOffset = parts.segments.first?.baseOffset ?? parts.logStartOffset
  let isCut = false
  const from = parts.segments.floor(parts.recoveryPoint) ?? parts.segments.first
  for (const segment of [...parts.segments.all()]) {
    const hasGap = segment.baseOffset !== endOffset && segment !== parts.segments.first
    isCut &&= hasGap // what was cut is no loss where the next segment goes on
    if (isCut || (hasGap && (!mayHaveHoles || isUnexpected(parts, segment, endOffset, from)))) {
      isCut = true
      const { sizeBytes } = segment
      if (sizeBytes > 0) report(parts, segment, { atBytes: 0, sizeBytes, endOffset })
      parts.segments.removeUnless((one) => one !== segment)
      await removeSegment(parts, segment)
      continue
    }
    const isNew = from !== undefined && segment.baseOffset >= from.baseOffset
    if (isNew || !indexesAreSane(segment, parts.context.files)) {
      const sizeBytes = segment.sizeBytes
      endOffset = await recoverSegment(parts, segment)
      isCut = segment.sizeBytes < sizeBytes
      if (isCut) report(parts, segment, { atBytes: segment.sizeBytes, sizeBytes, endOffset })
    } else {
      endOffset = parts.segments.endOf(segment, parts.recoveryPoint)
    }
  }
  parts.logEndOffset = parts.highWatermark = endOffset
  parts.recoveryPoint = Math.min(parts.recoveryPoint, endOffset)
  parts.deactivate()
  parts.epochs.truncateFromEnd(endOffset)
}

/** A hole is what compaction leaves, or a segment whose end was lost; offsets never overlap. */
function isUnexpected(
  parts: LogParts,
  segment: LogSegment,
  endOffset: number,
  from: LogSegment | undefined,
): boolean {
  if (segment.baseOffset < endOffset) return true
  if (from === undefined || segment.baseOffset <= from.baseOffset) return false
  return !isCompacted(parts.config) && segment.baseOffset >= parts.firstDirtyOffset
}

/** @returns the offset after its last good batch; what follows that is cut off. */
async function recoverSegment(parts: LogParts, segment: LogSegment): Promise<number> {
  const { indexIntervalBytes } = parts.config
  const toBytes = segment.sizeBytes
  if (!indexesAreSane(segment, parts.context.files)) segment.resetIndexes()
  const fromBytes = segment.rewind(parts.recoveryPoint)
  let nextOffset = segment.baseOffset
  const visit = (bytes: Buffer, at: number): boolean => {
    if (checkBatch(bytes, at, bytes.length) !== ErrorCode.NONE) return false
    if (baseOffsetOf(bytes, at) < nextOffset || !segment.fits(lastOffsetOf(bytes, at))) return false
    if (lastOffsetOf(bytes, at) < baseOffsetOf(bytes, at)) return false
    segment.append(bytes, at, indexIntervalBytes)
    parts.epochs.assign(partitionLeaderEpochOf(bytes, at), baseOffsetOf(bytes, at))
    nextOffset = nextOffsetOf(bytes, at)
    return true
  }
  let end = await scanBatches(segment, parts.context.pool, { fromBytes, toBytes }, visit)
  if (end === fromBytes && fromBytes > 0) {
    // not even the batch that the index named is good: nothing of the index can be believed
    segment.rewind(0)
    end = await scanBatches(segment, parts.context.pool, { fromBytes: 0, toBytes }, visit)
  }
  segment.committedBytes = segment.sizeBytes
  if (end < toBytes) {
    segment.file().truncate(end)
    await segment.sync()
  }
  // shorter indexes find the same by a longer way
  ifRoom(() => segment.flushIndexes(segment !== parts.segments.active))
  return nextOffset
}

interface Cut {
  readonly atBytes: number
  readonly sizeBytes: number
  readonly endOffset: number
}

function report(parts: LogParts, segment: LogSegment, cut: Cut): void {
  const { logger } = parts.context
  const fields = {
    path: segment.path,
    positionBytes: cut.atBytes,
    cutBytes: cut.sizeBytes - cut.atBytes,
    logEndOffset: cut.endOffset,
    durableBefore: parts.recoveryPoint,
  }
  // what was durable and is gone was lost by the medium, not by the crash
  if (cut.endOffset < parts.recoveryPoint) logger.error('log-tail-cut', fields)
  else if (!parts.context.openFiles.isMapped) logger.warn('log-tail-cut', fields)
}

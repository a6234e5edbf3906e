import { isCompacted, type LogConfig } from '../config/log-config.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import type { LogParts } from './log-parts.ts'

/** An append that is due. */
export interface DueAppend {
  readonly bytes: number
  readonly lastOffset: number
  readonly maxTimestampMs: number
  readonly nowMs: number
}

/** The segment that it goes to. @throws the system error when one must be begun and cannot be */
export function segmentFor(parts: LogParts, due: DueAppend): LogSegment {
  const { place } = parts.context
  const segment = mustRoll(parts, due) || mustSpill(parts) ? parts.roll() : parts.active
  const room = segment.moved?.room ?? place
  room.spillAfterBytes -= due.bytes
  room.appendedBytes += due.bytes
  return segment
}

/** The segment that is written now, or would be. */
export function unstoredIn({ segments }: LogParts): LogSegment | undefined {
  return segments.all().find(({ storedBytes, sizeBytes }) => storedBytes < sizeBytes)
}

/** Whether the newest segment may not grow where it is, and there is room elsewhere. */
function mustSpill(parts: LogParts): boolean {
  const { active, context, logEndOffset } = parts
  const { place } = context
  const room = active.moved?.room ?? place
  if (room.spillAfterBytes > 0 || active.sizeBytes === 0) return false
  return place.spillAfterBytes > 0 || place.spillPlaceOf(parts, logEndOffset) !== undefined
}

/** Whether it must go into a new segment. Source: Kafka `LogSegment.shouldRoll`. */
function mustRoll(parts: LogParts, due: DueAppend): boolean {
  const { active, config } = parts
  if (active.sizeBytes === 0) return !active.fits(due.lastOffset)
  const mostBytes = Math.min(config.segmentBytes, parts.context.place.segmentLimitBytes)
  if (active.sizeBytes > mostBytes - due.bytes) return true
  if (active.indexFull(config.segmentIndexBytes) || !active.fits(due.lastOffset)) return true
  // by the records' own time where they have one, so that replayed history rolls as it once did
  const bySegmentTime = active.firstTimestampMs >= 0 && due.maxTimestampMs >= 0
  const waitedMs = bySegmentTime
    ? due.maxTimestampMs - active.firstTimestampMs
    : due.nowMs - active.createdMs
  return waitedMs > largestAgeMs(config) - jitterMs(active, config)
}

/**
 * The active segment is not compacted, so it must not stay active for longer than a record may
 * wait for compaction. Source: Kafka `LogConfig.maxSegmentMs`.
 */
function largestAgeMs(config: LogConfig): number {
  const { segmentMs, maxCompactionLagMs } = config
  if (!isCompacted(config) || maxCompactionLagMs <= 0) return segmentMs
  return Math.min(segmentMs, maxCompactionLagMs)
}

/** Spreads the rolls of many logs over time; the same for one segment each time it is asked. */
function jitterMs({ createdMs, baseOffset }: LogSegment, config: LogConfig): number {
  const most = Math.min(config.segmentJitterMs, config.segmentMs)
  if (most === 0) return 0
  return (Math.imul(createdMs ^ baseOffset, 0x9e3779b1) >>> 0) % most
}

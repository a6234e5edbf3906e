import type { LogParts } from './log-parts.ts'

/** An append that is due. */
export interface DueAppend {
  readonly bytes: number
  readonly lastOffset: number
  readonly maxTimestampMs: number
  readonly nowMs: number
}

/** Whether it must go into a new segment. Source: Kafka `LogSegment.shouldRoll`. */
export function mustRoll(parts: LogParts, due: DueAppend): boolean {
  const { active, config } = parts
  if (active.sizeBytes === 0) return !active.fits(due.lastOffset)
  if (active.sizeBytes > config.segmentBytes - due.bytes) return true
  if (active.indexFull(config.segmentIndexBytes) || !active.fits(due.lastOffset)) return true
  // by the records' own time where they have one, so that replayed history rolls as it once did
  const bySegmentTime = active.firstTimestampMs >= 0 && due.maxTimestampMs >= 0
  const waitedMs = bySegmentTime
    ? due.maxTimestampMs - active.firstTimestampMs
    : due.nowMs - active.createdMs
  return waitedMs > config.segmentMs - active.rollJitterMs(config)
}

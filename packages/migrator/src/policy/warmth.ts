import { MINUTE_MS } from '@pafka/base'
import type { TierSegment } from '@pafka/log'

/** `TierSegment.heatBytes` halves in this time. */
const HALF_LIFE_MS = MINUTE_MS
/** Read over so many times of late, a segment counts as hot. One replay is no reason to move it. */
const HOT_PASSES = 2

/**
 * How warm a segment is, as a wall clock: by default that of its newest record. A hot one counts
 * as new until its heat is gone. As heat halves each minute, that moment is known now and stays the
 * same however often it is asked for: the order does not change while nobody reads.
 */
export function warmthMs(segment: TierSegment, nowMs: number): number {
  const { newestMs, heatBytes, sizeBytes } = segment
  const passes = heatBytes / Math.max(1, sizeBytes)
  if (passes < HOT_PASSES) return newestMs
  return Math.max(newestMs, nowMs + HALF_LIFE_MS * Math.log2(passes / HOT_PASSES))
}

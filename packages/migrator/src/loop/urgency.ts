import type { TierPath } from '@pafka/log'

/** Share of the fastest tier in use from which draining begins to matter more than latency. */
const URGENT_FROM = 0.8
/** Of what is left above it, after which nothing else matters. */
const URGENT_PART = 0.75

/** @returns 0 while the fastest tier has room, up to 1 when it is nearly full */
export function urgencyOf(paths: readonly TierPath[], threshold: number): number {
  const fastest = paths.filter(({ tier, isOnline }) => tier === 0 && isOnline)
  const capacity = fastest.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
  const used = fastest.reduce((sum, { usedBytes }) => sum + usedBytes, 0)
  const from = Math.max(URGENT_FROM, threshold)
  if (capacity === 0 || from >= 1) return 0
  return Math.min(1, Math.max(0, (used / capacity - from) / ((1 - from) * URGENT_PART)))
}

import type { TierPath } from '@pafka/log'

import { fastestUse } from './fastest-use.ts'

/** Share of the fastest tier in use from which draining begins to matter more than latency. */
const URGENT_FROM = 0.8
/** Of what is left above it, after which nothing else matters. */
const URGENT_PART = 0.75

/** @returns 0 while the fastest tier has room, up to 1 when it is nearly full */
export function urgencyOf(paths: readonly TierPath[], threshold: number): number {
  const { usedBytes, capacityBytes } = fastestUse(paths)
  const from = Math.max(URGENT_FROM, threshold)
  if (capacityBytes === 0 || from >= 1) return 0
  return Math.min(1, Math.max(0, (usedBytes / capacityBytes - from) / ((1 - from) * URGENT_PART)))
}

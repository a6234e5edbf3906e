import type { TierPath } from '@pafka/log'

import { fullestPath, shareOf } from './fullest-path.ts'

/** Share of a path in use from which draining begins to matter more than latency. */
const URGENT_FROM = 0.8
/** Of what is left above it, after which nothing else matters. */
const URGENT_PART = 0.75

/** @returns 0 while each path of the fastest tier has room, up to 1 when one is nearly full */
export function urgencyOf(paths: readonly TierPath[], threshold: number): number {
  const fullest = fullestPath(paths)
  const from = Math.max(URGENT_FROM, threshold)
  if (fullest === undefined || from >= 1) return 0
  return Math.min(1, Math.max(0, (shareOf(fullest) - from) / ((1 - from) * URGENT_PART)))
}

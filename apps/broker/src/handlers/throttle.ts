import { SECOND_MS } from '@pafka/base'

import type { HandlerContext } from './handler-context.ts'

/** Below it storage keeps up with ease, and nobody is slowed. */
const THROTTLES_ABOVE = 0.5
const LONGEST_THROTTLE_MS = SECOND_MS

/**
 * How long a producer is to wait before its next request: the longest of the reasons, never their
 * sum. Storage that is behind is the only one yet.
 */
export function produceThrottleMs({ storagePressure }: HandlerContext): number {
  return pressureThrottleMs(storagePressure.pressure)
}

/** Grows with the square, so that it is felt before the bound is reached, and barely at first. */
export function pressureThrottleMs(pressure: number): number {
  if (pressure <= THROTTLES_ABOVE) return 0
  const share = Math.min(1, (pressure - THROTTLES_ABOVE) / (1 - THROTTLES_ABOVE))
  return Math.round(LONGEST_THROTTLE_MS * share * share)
}

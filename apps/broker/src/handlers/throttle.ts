import { SECOND_MS } from '@pafka/base'

import type { MutationPermit } from '../quotas/mutation-quota.ts'
import type { HandlerContext } from './handler-context.ts'
import type { RequestOrigin } from './handler.ts'

/** Below it storage keeps up with ease, and nobody is slowed. */
const THROTTLES_ABOVE = 0.5
const LONGEST_THROTTLE_MS = SECOND_MS

/**
 * How long a producer is to wait before its next request: the longest of the reasons, never their
 * sum. They are storage that is behind, and quotas.
 */
export function produceThrottleMs(
  { storagePressure, quotas }: HandlerContext,
  origin: RequestOrigin,
): number {
  const quotaMs = quotas.produced(origin, origin.requestBytes)
  return Math.max(pressureThrottleMs(storagePressure.pressure), quotaMs)
}

/** Grows with the square, so that it is felt before the bound is reached, and barely at first. */
export function pressureThrottleMs(pressure: number): number {
  if (pressure <= THROTTLES_ABOVE) return 0
  const share = Math.min(1, (pressure - THROTTLES_ABOVE) / (1 - THROTTLES_ABOVE))
  return Math.round(LONGEST_THROTTLE_MS * share * share)
}

/** Mutes who has to wait for changes of topics. @returns for how long, which the answer says. */
export function muted(origin: RequestOrigin, { throttleMs }: MutationPermit): number {
  if (throttleMs > 0) origin.mute(throttleMs)
  return throttleMs
}

/** @returns the answer with at least this throttle time, where its API has one. */
export function withThrottleTime(response: unknown, throttleTimeMs: number): unknown {
  if (throttleTimeMs === 0 || !hasThrottleTime(response)) return response
  if (response.throttleTimeMs >= throttleTimeMs) return response
  return { ...response, throttleTimeMs }
}

function hasThrottleTime(response: unknown): response is { readonly throttleTimeMs: number } {
  return typeof response === 'object' && response !== null && 'throttleTimeMs' in response
}

import { SECOND_MS } from '@pafka/base'

import { LONGEST_THROTTLE_MS, type RateShape } from './rate-window.ts'

/**
 * Tokens that come back at a rate, up to what comes in a whole window. It may be overdrawn, and
 * then is exhausted until it is back at 0. Source: Kafka `TokenBucket.java` (KIP-599).
 */
export class TokenBucket {
  readonly #shape: RateShape
  #tokens = Number.POSITIVE_INFINITY // full, however much that is
  #lastMs = 0

  constructor(shape: RateShape) {
    this.#shape = shape
  }

  /** @returns what is left at this time, below 0 where it was overdrawn. */
  tokens(limit: number, nowMs: number): number {
    const { samples, sampleMs } = this.#shape
    const full = ((samples * sampleMs) / SECOND_MS) * limit
    const elapsedMs = nowMs - this.#lastMs
    this.#tokens = Math.min(full, this.#tokens + (limit * elapsedMs) / SECOND_MS)
    this.#lastMs = nowMs
    return this.#tokens
  }

  take(count: number, limit: number, nowMs: number): void {
    this.#tokens = this.tokens(limit, nowMs) - count
  }

  /** How long until it is not exhausted any more; 0 if it is not. */
  throttleMs(limit: number, nowMs: number): number {
    const tokens = this.tokens(limit, nowMs)
    if (tokens >= 0) return 0
    return Math.min(LONGEST_THROTTLE_MS, Math.round((-tokens / limit) * SECOND_MS))
  }
}

import type { RetryOptions } from './kafka-config.ts'

const DEFAULTS = { maxRetryTime: 30_000, initialRetryTime: 300, multiplier: 2, retries: 5 }

/** Nobody waits for longer than this, whatever `retries` says. */
const MOST_MS = 2 ** 31 - 2

/** Further attempts than this make no difference any more. */
const MOST_COUNTED = 1000

/** How long something is tried. */
export interface RetryTerms {
  readonly retries: number
  readonly initialRetryTimeMs: number
  /** The longest wait between two attempts. */
  readonly maxRetryTimeMs: number
  readonly multiplier: number
  /** All waits between attempts together; 0 for one attempt. */
  readonly totalMs: number
}

/** The waits that a program asks for, as the time that they take together. */
export function retryTerms(options: RetryOptions = {}): RetryTerms {
  const { maxRetryTime, initialRetryTime, multiplier, retries } = { ...DEFAULTS, ...options }
  let totalMs = 0
  let waitMs = initialRetryTime
  const counted = Math.min(retries, MOST_COUNTED)
  for (let attempt = 0; attempt < counted && totalMs < MOST_MS; attempt++) {
    totalMs += waitMs
    waitMs = Math.min(waitMs * multiplier, maxRetryTime)
  }
  if (retries > MOST_COUNTED) totalMs = MOST_MS
  return {
    ...{ retries, initialRetryTimeMs: initialRetryTime, maxRetryTimeMs: maxRetryTime, multiplier },
    totalMs: Math.min(Math.ceil(totalMs), MOST_MS),
  }
}

/** Before a further attempt. @param failures so far, one at least */
export function retryWaitMs(
  { initialRetryTimeMs, maxRetryTimeMs, multiplier }: RetryTerms,
  failures: number,
): number {
  return Math.min(initialRetryTimeMs * multiplier ** (failures - 1), maxRetryTimeMs)
}

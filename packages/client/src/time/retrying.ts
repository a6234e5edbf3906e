import type { Clock, Random } from '@pafka/base'

import { isRetriableError } from '../errors/kafka-error.ts'
import { type Backoff, backoffMs } from './backoff.ts'
import { sleep } from './sleep.ts'

/** Between two attempts, as Kafka's clients have it (`retry.backoff.ms`). */
export const RETRY_BACKOFF: Backoff = { leastMs: 100, mostMs: 1000 }

export interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  /** By the clock's `monotonicMs`: no attempt begins after it. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  readonly backoff?: Backoff | undefined
}

/**
 * Tries until it succeeds.
 * @throws the error of the last attempt: one that cannot be retried, or that came at the deadline
 */
export async function retrying<T>(
  attempt: (failures: number) => Promise<T>,
  { clock, random, deadlineMs, signal, backoff = RETRY_BACKOFF }: RetryOptions,
): Promise<T> {
  for (let failures = 0; ;) {
    signal?.throwIfAborted()
    try {
      // oxlint-disable-next-line no-await-in-loop -- an attempt is made when the one before failed
      return await attempt(failures)
    } catch (error) {
      failures += 1
      const waitMs = backoffMs(backoff, failures, random)
      if (!isRetriableError(error) || clock.monotonicMs() + waitMs >= deadlineMs) throw error
      // oxlint-disable-next-line no-await-in-loop -- this is the wait
      await sleep(clock, waitMs, signal)
    }
  }
}

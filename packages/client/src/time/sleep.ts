import type { Clock } from '@pafka/base'

import { HoldProcess } from './hold-process.ts'

/**
 * Ends after so long; the process stays alive meanwhile.
 * @throws what `signal` was aborted with
 */
export async function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // timers of a `Clock` let the process end; who waits for something does not want that
  const process = new HoldProcess()
  process.hold()
  const timer = clock.setTimer(delayMs, resolve)
  const aborted = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', aborted, { once: true })
  try {
    await promise
  } finally {
    process.release()
    timer.cancel()
    signal?.removeEventListener('abort', aborted)
  }
}

/** For who promises something, and finds at once that there is nothing to wait for. */
export function rejected(error: unknown): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  reject(error)
  return promise
}

/** As `promise`, but for `signal`, with whose reason it is left alone. */
export async function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise
  if (signal.aborted) {
    promise.catch(() => {})
    throw signal.reason
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Ends with `promise`, whatever comes of it, and after so long in any case. */
export async function within(
  clock: Clock,
  mostMs: number,
  promise: Promise<unknown>,
): Promise<void> {
  const enough = new AbortController()
  const late = sleep(clock, mostMs, enough.signal)
  await Promise.race([promise, late]).catch(() => {})
  enough.abort()
  await late.catch(() => {})
}

/** Between two looks at what is shown on a terminal. */
export const LIVE_MS = 250

export interface Telling {
  readonly everyMs: number
  /** Not called again before it has ended. */
  readonly tell: () => Promise<void>
}

/**
 * Does something, and tells of it now and then. Where telling fails, as when nobody reads any more,
 * the work is asked to end.
 * @param work ends early when its signal is aborted, also by `signal`
 * @throws what `work` throws, or `tell`, when the work has ended
 */
export async function tellingMeanwhile<T>(
  { everyMs, tell }: Telling,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const stop = new AbortController()
  let telling = Promise.resolve()
  let isTelling = false
  const timer = setInterval(() => {
    if (isTelling) return
    isTelling = true
    telling = tell().finally(() => (isTelling = false))
    telling.catch((error: unknown) => stop.abort(error))
  }, everyMs)
  try {
    const done = await work(AbortSignal.any([signal, stop.signal]))
    await telling
    stop.signal.throwIfAborted()
    return done
  } finally {
    clearInterval(timer)
  }
}

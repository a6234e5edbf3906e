/** A timer that was set; `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void
}

/** Time, passed in so that a test can hold and advance it. */
export interface Clock {
  /** Milliseconds since the epoch; the time that records and files carry. */
  nowMs(): number
  /** Milliseconds that never go back; for durations only. */
  monotonicMs(): number
  /** Runs `action` once after `delayMs`; does not keep the process alive. */
  setTimer(delayMs: number, action: () => void): Timer
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, action) {
    const handle = setTimeout(action, delayMs)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}

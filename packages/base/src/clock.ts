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
  /**
   * Runs `action` once after `delayMs`, or after 24 days if that is sooner; does not keep the
   * process alive.
   */
  setTimer(delayMs: number, action: () => void): Timer
}

/** The longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, action) {
    const handle = setTimeout(action, Math.min(delayMs, LONGEST_TIMER_MS))
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}

import { type Clock, systemClock, type Timer } from './clock.ts'

interface RunningTimer {
  readonly dueMs: number
  readonly action: () => void
  handle: Timer
}

/**
 * The system's time plus what it was advanced by: goes on by itself, and can be made to jump. For
 * tests of what happens an hour from now, without an hour's wait.
 */
export class AdvanceableClock implements Clock {
  #aheadMs = 0
  readonly #timers = new Set<RunningTimer>()

  nowMs(): number {
    return systemClock.nowMs() + this.#aheadMs
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs
  }

  setTimer(delayMs: number, action: () => void): Timer {
    const fire = (): void => {
      this.#timers.delete(timer)
      action()
    }
    const dueMs = this.monotonicMs() + delayMs
    const timer: RunningTimer = { dueMs, action: fire, handle: systemClock.setTimer(delayMs, fire) }
    this.#timers.add(timer)
    return {
      cancel: () => {
        timer.handle.cancel()
        this.#timers.delete(timer)
      },
    }
  }

  /**
   * Jumps ahead by `byMs` and runs, in the order they are due, the timers that fall into it.
   * @throws {RangeError} for what is not a number of milliseconds from 0 on: time never goes back.
   */
  advance(byMs: number): void {
    if (!Number.isFinite(byMs) || byMs < 0) {
      throw new RangeError(`time advances by 0 ms or more, not by ${byMs}`)
    }
    this.#aheadMs += byMs
    const nowMs = this.monotonicMs()
    for (const timer of [...this.#timers].toSorted((a, b) => a.dueMs - b.dueMs)) {
      timer.handle.cancel()
      if (timer.dueMs > nowMs)
        timer.handle = systemClock.setTimer(timer.dueMs - nowMs, timer.action)
      else if (this.#timers.has(timer)) timer.action()
    }
  }
}

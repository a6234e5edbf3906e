import type { Clock, Timer } from '@pafka/base'

interface PendingTimer {
  readonly dueMs: number
  readonly action: () => void
}

/** A clock that stands still until told to advance. Timers fire in the order they are due. */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #timers = new Set<PendingTimer>()

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  setTimer(delayMs: number, action: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, action }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }

  /** Moves time on by `byMs` and runs, in order, every timer that falls due on the way. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.dueMs <= endMs)
      const next = due.toSorted((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.action()
    }
    this.#nowMs = endMs
  }
}

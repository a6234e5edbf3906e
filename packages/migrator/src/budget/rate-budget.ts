import { type Clock, SECOND_MS, type Timer } from '@pafka/base'

import type { MovePace } from '../mover/move-segment.ts'
import { BudgetRate, type BudgetRateOptions } from './budget-rate.ts'
import type { CommitTick } from './yield-rate.ts'

export interface RateBudgetOptions extends BudgetRateOptions {
  readonly clock: Clock
}

interface Waiter {
  readonly bytes: number
  readonly granted: (isGranted: boolean) => void
}

/** Of a second: what an idle budget saves up. */
const SAVED_SHARE = 0.1

/**
 * Bytes that may be moved, as a token bucket: whoever finds it not empty takes what it needs, and
 * the next one waits until the debt is paid. In the order they came, at the `BudgetRate` of now.
 */
export class RateBudget implements MovePace {
  readonly #clock: Clock
  readonly #rate: BudgetRate
  readonly #waiters = new Set<Waiter>()
  #tokens = 0
  #filledMs: number
  #takenBytes = 0
  #timer: Timer | undefined

  constructor({ clock, ...options }: RateBudgetOptions) {
    this.#clock = clock
    this.#rate = new BudgetRate(options)
    this.#filledMs = clock.monotonicMs()
  }

  /** Infinity: nothing is bounded. */
  get bytesPerSecond(): number {
    return this.#rate.bytesPerSecond
  }

  /** What those who wait now wait for. */
  get heldBackBy(): 'limit' | 'latency' | undefined {
    if (this.#waiters.size === 0) return undefined
    return this.#rate.boundBy
  }

  take(bytes: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    this.#fill()
    if (this.#waiters.size === 0 && this.#tokens >= 0) {
      this.#spend(bytes)
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const stop = (): void => {
        this.#waiters.delete(waiter)
        resolve(false)
      }
      const granted = (isGranted: boolean): void => {
        signal.removeEventListener('abort', stop)
        resolve(isGranted)
      }
      const waiter: Waiter = { bytes, granted }
      this.#waiters.add(waiter)
      signal.addEventListener('abort', stop, { once: true })
      this.#serve()
    })
  }

  /** Tells what producers met; each second or so. */
  observe(tick: CommitTick): void {
    this.#fill()
    this.#rate.observe(tick, this.#takenBytes)
    this.#takenBytes = 0
    this.#serve()
  }

  /** @param urgency 0: producers come first, to 1: draining does, whatever they feel */
  urge(urgency: number): void {
    this.#fill()
    this.#rate.urge(urgency)
    this.#serve()
  }

  #serve(): void {
    this.#fill()
    for (const waiter of this.#waiters) {
      if (this.#tokens < 0) break
      this.#waiters.delete(waiter)
      this.#spend(waiter.bytes)
      waiter.granted(true)
    }
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#waiters.size === 0) return
    const waitMs = Math.max(1, Math.ceil((-this.#tokens * SECOND_MS) / this.bytesPerSecond))
    this.#timer = this.#clock.setTimer(waitMs, () => this.#serve())
  }

  #spend(bytes: number): void {
    this.#takenBytes += bytes
    if (Number.isFinite(this.bytesPerSecond)) this.#tokens -= bytes
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs()
    const rate = this.bytesPerSecond
    const seconds = (nowMs - this.#filledMs) / SECOND_MS
    this.#filledMs = nowMs
    if (!Number.isFinite(rate)) this.#tokens = 0
    else this.#tokens = Math.min(rate * SAVED_SHARE, this.#tokens + rate * seconds)
  }
}

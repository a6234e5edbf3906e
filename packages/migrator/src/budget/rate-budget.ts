import { assert, type Clock, MIB, SECOND_MS, type Timer } from '@pafka/base'

import type { MovePace } from '../mover/move-segment.ts'
import { type CommitTick, YieldRate } from './yield-rate.ts'

export interface RateBudgetOptions {
  readonly clock: Clock
  /** Bytes to move per second; -1 = as many as there can be. */
  readonly limitBytesPerSecond?: number
  /** What latency of producers never takes away. */
  readonly floorBytesPerSecond?: number
}

interface Waiter {
  readonly bytes: number
  readonly granted: (isGranted: boolean) => void
}

/** Of a second: what an idle budget saves up. */
const SAVED_SHARE = 0.1

/**
 * Bytes that may be moved, as a token bucket: whoever finds it not empty takes what it needs, and
 * the next one waits until the debt is paid. In the order they came. It yields to producers
 * (`YieldRate`), but less the nearer the fast tier is to its end: then draining is what they need.
 */
export class RateBudget implements MovePace {
  readonly #clock: Clock
  readonly #limit: number
  readonly #floor: number
  readonly #yield = new YieldRate()
  readonly #waiters = new Set<Waiter>()
  #urgency = 0
  #tokens = 0
  #filledMs: number
  #takenBytes = 0
  #timer: Timer | undefined

  constructor({ clock, limitBytesPerSecond = -1, floorBytesPerSecond = MIB }: RateBudgetOptions) {
    assert(limitBytesPerSecond > 0 || limitBytesPerSecond === -1, 'a rate, or -1 for none')
    assert(floorBytesPerSecond > 0, 'some migration there is always')
    this.#clock = clock
    this.#limit = limitBytesPerSecond === -1 ? Number.POSITIVE_INFINITY : limitBytesPerSecond
    this.#floor = floorBytesPerSecond
    this.#filledMs = clock.monotonicMs()
  }

  /** Infinity: nothing is bounded. */
  get bytesPerSecond(): number {
    return Math.min(this.#limit, Math.max(this.#yield.bytesPerSecond, this.#leastRate()))
  }

  /** What those who wait now wait for. */
  get heldBackBy(): 'limit' | 'latency' | undefined {
    if (this.#waiters.size === 0) return undefined
    return this.bytesPerSecond < this.#limit ? 'latency' : 'limit'
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
    this.#yield.observe(tick, this.#takenBytes, Math.min(this.#floor, this.#limit))
    this.#takenBytes = 0
    this.#serve()
  }

  /** @param urgency 0: producers come first, to 1: draining does, whatever they feel */
  urge(urgency: number): void {
    this.#fill()
    this.#urgency = Math.min(1, Math.max(0, urgency))
    this.#serve()
  }

  #leastRate(): number {
    if (this.#urgency === 1) return this.#limit
    const most = Number.isFinite(this.#limit) ? this.#limit : this.#yield.mostMoved
    return this.#floor + this.#urgency * Math.max(0, most - this.#floor)
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

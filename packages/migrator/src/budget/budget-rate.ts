import { assert, MIB } from '@pafka/base'

import { type CommitTick, YieldRate } from './yield-rate.ts'

export interface BudgetRateOptions {
  /** Bytes to move per second; -1 = as many as there can be. */
  readonly limitBytesPerSecond?: number
  /** What latency of producers never takes away. */
  readonly floorBytesPerSecond?: number
}

/**
 * How fast segments may be moved: as the limit says, less what producers need, but less of that the
 * nearer the fast tier is to its end: then draining is what they need.
 */
export class BudgetRate {
  readonly #limit: number
  readonly #floor: number
  readonly #yield = new YieldRate()
  #urgency = 0

  constructor({ limitBytesPerSecond = -1, floorBytesPerSecond = MIB }: BudgetRateOptions = {}) {
    assert(limitBytesPerSecond > 0 || limitBytesPerSecond === -1, 'a rate, or -1 for none')
    assert(floorBytesPerSecond > 0, 'some migration there is always')
    this.#limit = limitBytesPerSecond === -1 ? Number.POSITIVE_INFINITY : limitBytesPerSecond
    this.#floor = Math.min(floorBytesPerSecond, this.#limit)
  }

  /** Infinity: nothing is bounded. */
  get bytesPerSecond(): number {
    return Math.min(this.#limit, Math.max(this.#yield.bytesPerSecond, this.#leastRate()))
  }

  /** What bounds it. */
  get boundBy(): 'limit' | 'latency' {
    return this.bytesPerSecond < this.#limit ? 'latency' : 'limit'
  }

  /** @param movedBytes since the tick before */
  observe(tick: CommitTick, movedBytes: number): void {
    this.#yield.observe(tick, movedBytes, this.#floor)
  }

  /** @param urgency 0: producers come first, to 1: draining does, whatever they feel */
  urge(urgency: number): void {
    this.#urgency = Math.min(1, Math.max(0, urgency))
  }

  #leastRate(): number {
    if (this.#urgency === 1) return this.#limit
    const most = Number.isFinite(this.#limit) ? this.#limit : this.#yield.mostMoved
    return this.#floor + this.#urgency * Math.max(0, most - this.#floor)
  }
}

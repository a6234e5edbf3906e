import type { Clock } from '@pafka/base'

import { within } from './sleep.ts'

/** Time for several things, one after the other. */
export class Deadline {
  readonly #clock: Clock
  readonly #endMs: number

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#endMs = clock.monotonicMs() + timeoutMs
  }

  get leftMs(): number {
    return Math.max(0, this.#endMs - this.#clock.monotonicMs())
  }

  /**
   * Ends with `work`, whatever comes of it, or when the time is up.
   * @param leastMs that it has, even if the time is up before
   */
  async wait(work: Promise<unknown>, leastMs = 0): Promise<void> {
    await within(this.#clock, Math.max(this.leftMs, leastMs), work)
  }
}

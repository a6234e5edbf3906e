import type { Clock } from '@pafka/base'

import { Bell } from './bell.ts'
import { within } from './sleep.ts'

/** Time for several things, one after the other. */
export class Deadline {
  readonly #clock: Clock
  readonly #sooner = new Bell()
  #endMs: number

  /** @param timeoutMs Infinity for none */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#endMs = clock.monotonicMs() + timeoutMs
  }

  get leftMs(): number {
    return Math.max(0, this.#endMs - this.#clock.monotonicMs())
  }

  /** No more than that is left; what is being waited for, too. */
  shorten(timeoutMs: number): void {
    this.#endMs = Math.min(this.#endMs, this.#clock.monotonicMs() + timeoutMs)
    this.#sooner.ring()
  }

  /**
   * Ends with `work`, whatever comes of it, or when the time is up.
   * @param leastMs that it has, even if the time is up before
   */
  async wait(work: Promise<unknown>, leastMs = 0): Promise<void> {
    const leastEndMs = this.#clock.monotonicMs() + leastMs
    let hasEnded = false
    const end = (): void => void (hasEnded = true)
    const ended = work.then(end, end)
    for (;;) {
      const leftMs = Math.max(this.#endMs, leastEndMs) - this.#clock.monotonicMs()
      if (hasEnded || leftMs <= 0) return
      const changed = Promise.race([ended, this.#sooner.heard()])
      // oxlint-disable-next-line no-await-in-loop -- it may become less meanwhile
      await (leftMs === Infinity ? changed : within(this.#clock, leftMs, changed))
    }
  }
}

import type { Clock } from '@pafka/base'

/**
 * For how long one request keeps the thread: taking it apart, what its handler does before it waits
 * for anything, and putting the answer together. What is done between two waits is nobody's.
 */
export class RequestTimer {
  readonly #clock: Clock
  #spentMs = 0
  /** Undefined while others have the thread. */
  #sinceMs: number | undefined
  #charged = false

  /** Begins at once. */
  constructor(clock: Clock) {
    this.#clock = clock
    this.go()
  }

  /** Does nothing while it runs. */
  go(): void {
    this.#sinceMs ??= this.#clock.monotonicMs()
  }

  /** Does nothing while it does not run. */
  pause(): void {
    if (this.#sinceMs === undefined) return
    this.#spentMs += this.#clock.monotonicMs() - this.#sinceMs
    this.#sinceMs = undefined
  }

  run(work: () => void): void {
    this.go()
    try {
      work()
    } finally {
      this.pause()
    }
  }

  /** @returns the time so far, to be charged; undefined when it was asked for before. */
  charge(): number | undefined {
    if (this.#charged) return undefined
    this.#charged = true
    return this.#take()
  }

  /** @returns the time that was not charged. */
  stop(): number {
    const restMs = this.#take()
    this.#sinceMs = undefined
    return restMs
  }

  #take(): number {
    const wasRunning = this.#sinceMs !== undefined
    this.pause()
    const spentMs = this.#spentMs
    this.#spentMs = 0
    if (wasRunning) this.go()
    return spentMs
  }
}

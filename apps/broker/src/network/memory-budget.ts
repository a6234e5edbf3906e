import { assert } from '@pafka/base'

/**
 * Bytes that all connections together may hold at a time. It never refuses a single item for being
 * large: one is admitted whenever the budget is not yet exhausted, and the rest waits its turn.
 */
export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0
  #asideBytes = 0
  #waiting: (() => void)[] = []

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** What is not taken; below 0 when the last ones took more. */
  get freeBytes(): number {
    return this.limitBytes - (this.#usedBytes - this.#asideBytes)
  }

  get exhausted(): boolean {
    return this.freeBytes <= 0
  }

  get waiting(): number {
    return this.#waiting.length
  }

  take(bytes: number): void {
    this.#usedBytes += bytes
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes
    assert(this.#usedBytes >= 0, 'no byte is given back twice')
    this.#wake()
  }

  /**
   * Of what is taken, so many bytes count no more, or, below 0, count again: they wait for
   * something else, and must not keep others from their share. Whoever sets aside has a bound.
   */
  setAside(bytes: number): void {
    this.#asideBytes += bytes
    assert(this.#asideBytes >= 0, 'no byte is set aside less than never')
    this.#wake()
  }

  #wake(): void {
    if (this.exhausted || this.#waiting.length === 0) return
    const woken = this.#waiting
    this.#waiting = []
    for (const wake of woken) wake() // each looks at `exhausted` again
  }

  /** Calls `wake` once, when there may be room again. */
  whenFree(wake: () => void): void {
    this.#waiting.push(wake)
  }
}

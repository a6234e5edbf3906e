/** Seconds: a barrier of a fast disk to a long poll that nobody answers. */
export const DURATION_BOUNDS: readonly number[] = [
  0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  30,
]

/**
 * Counts of values by their size: what a histogram is made of for those who ask, and cheap enough
 * for every request and every round of a journal.
 */
export class BucketCounts {
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  /** @param bounds rising; a value equal to a bound counts below it. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  get bounds(): readonly number[] {
    return this.#bounds
  }

  get sum(): number {
    return this.#sum
  }

  /** Hot: once per request, or per round of a journal. */
  observe(value: number): void {
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && value > (bounds[at] ?? value)) at += 1
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += value
  }

  /** Values up to each bound, and last all of them. */
  cumulative(): number[] {
    let sum = 0
    return Array.from(this.#counts, (count) => (sum += count))
  }
}

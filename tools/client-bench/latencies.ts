/** How long things took, in milliseconds. */
export class Latencies {
  readonly #all: number[] = []

  add(ms: number): void {
    this.#all.push(ms)
  }

  /** @param part 0.99 for p99. @returns NaN without any */
  percentile(part: number): number {
    const sorted = this.#all.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  }
}

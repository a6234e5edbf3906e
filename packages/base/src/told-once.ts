/** More than anybody reads; then what was told first is forgotten. */
const MOST_TOLD = 100

/**
 * What was told before, so that a fault which is met again and again is logged once, not at the
 * pace of those who ask. Bounded.
 */
export class ToldOnce {
  readonly #told = new Set<string>()

  /** @param what names the fault, and where it is. @returns whether it is to be told now. */
  isNew(what: string): boolean {
    if (this.#told.has(what)) return false
    this.#told.add(what)
    if (this.#told.size > MOST_TOLD) {
      for (const first of this.#told) {
        this.#told.delete(first)
        break
      }
    }
    return true
  }
}

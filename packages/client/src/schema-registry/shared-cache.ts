/**
 * What was looked up, by its key; who asks while it is looked up gets the same. What was not asked
 * for longest goes first. Failures are not kept.
 */
export class SharedCache<T> {
  readonly #limit: number
  readonly #entries = new Map<string, Promise<T>>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, lookUp: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    const found = lookUp()
    this.#entries.set(key, found)
    found.catch(() => {
      if (this.#entries.get(key) === found) this.#entries.delete(key)
    })
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest)
    return found
  }

  clear(): void {
    this.#entries.clear()
  }
}

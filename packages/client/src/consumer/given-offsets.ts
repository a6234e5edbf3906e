/** Below it nothing is moved to the front. */
const WORTH_MOVING = 1024

/** The offsets of records that the program has, in their order, and which of them are processed. */
export class GivenOffsets {
  #offsets: number[] = []
  /** Where the first is that is not processed. */
  #head = 0
  /** Behind the first. */
  readonly #processed = new Set<number>()

  get isEmpty(): boolean {
    return this.#head === this.#offsets.length
  }

  /** Not processed; undefined without one. */
  get first(): number | undefined {
    return this.#offsets[this.#head]
  }

  /** It was given, and is not processed. */
  has(offset: number): boolean {
    return this.#offsets[this.#find(offset)] === offset && !this.#processed.has(offset)
  }

  /** @param offset above the one before */
  add(offset: number): void {
    this.#offsets.push(offset)
  }

  /**
   * They are processed, all from `first` to `last`.
   * @returns the last one with all before it processed, where that is another one now
   */
  processed(first: number, last: number): number | undefined {
    const offsets = this.#offsets
    const before = this.#head
    for (let at = this.#find(first); at < offsets.length; at++) {
      const offset = offsets[at] ?? last
      if (offset > last) break
      if (at === this.#head) this.#head += 1
      else this.#processed.add(offset)
    }
    if (this.#head === before) return undefined
    while (this.#processed.size > 0 && this.#processed.delete(this.first ?? -1)) this.#head += 1
    const processed = offsets[this.#head - 1]
    this.#tidy()
    return processed
  }

  /** Those before it are processed, given or not. */
  passed(offset: number): void {
    while ((this.first ?? offset) < offset) {
      this.#processed.delete(this.first ?? -1)
      this.#head += 1
    }
    this.#tidy()
  }

  /** It is given back, with all after it. */
  dropFrom(offset: number): void {
    const at = this.#find(offset)
    for (const dropped of this.#offsets.splice(at)) this.#processed.delete(dropped)
    this.#tidy()
  }

  /** The first that is not below it, from the head on. */
  #find(offset: number): number {
    if ((this.first ?? offset) >= offset) return this.#head
    let from = this.#head
    let to = this.#offsets.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#offsets[middle] ?? offset) < offset) from = middle + 1
      else to = middle
    }
    return from
  }

  #tidy(): void {
    if (this.isEmpty) this.#offsets = []
    else if (this.#head > WORTH_MOVING && this.#head * 2 > this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#head)
    } else return
    this.#head = 0
  }
}

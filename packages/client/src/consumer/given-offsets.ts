/** Offsets without a gap between them, all processed or none. */
interface Run {
  first: number
  last: number
  readonly isProcessed: boolean
}

/**
 * The offsets of records that the program has, in their order, and which of them are processed. As
 * runs: a program that processes them in their order has one, however much it was given.
 */
export class GivenOffsets {
  /** The first is not processed; it may be without offsets where it is the only one. */
  #runs: Run[] = []

  get isEmpty(): boolean {
    return this.first === undefined
  }

  /** Not processed; undefined without one. */
  get first(): number | undefined {
    const [head] = this.#runs
    return head === undefined || head.first > head.last ? undefined : head.first
  }

  /** It was given, and is not processed. */
  has(offset: number): boolean {
    const run = this.#runs[this.#find(offset)]
    return run !== undefined && run.first <= offset && !run.isProcessed
  }

  /** @param offset above the one before */
  add(offset: number): void {
    const end = this.#runs.at(-1)
    if (end !== undefined && !end.isProcessed && end.last + 1 === offset) end.last = offset
    else if (this.isEmpty) this.#runs = [openRun(offset, offset)]
    else this.#runs.push(openRun(offset, offset))
  }

  /**
   * They are processed, all from `first` to `last`.
   * @returns the last one with all before it processed, where that is another one now
   */
  processed(first: number, last: number): number | undefined {
    const before = this.first
    if (before === undefined || last < before) return undefined
    if (first > before) {
      this.#mark(first, last)
      return undefined
    }
    return this.#behead(last)
  }

  /** Those before it are processed, given or not. */
  passed(offset: number): void {
    if (!this.isEmpty) this.#behead(offset - 1)
  }

  /** It is given back, with all after it. */
  dropFrom(offset: number): void {
    const at = this.#find(offset)
    const run = this.#runs[at]
    this.#runs.length = at
    if (run === undefined || run.first >= offset) return
    run.last = offset - 1
    this.#runs.push(run)
  }

  /** All up to `last` are processed. @returns the last one that is, with all before it */
  #behead(last: number): number | undefined {
    const runs = this.#runs
    let processed: number | undefined
    let gone = 0
    for (const run of runs) {
      if (!run.isProcessed && run.last > last) {
        if (run.first > last) break
        processed = last
        run.first = last + 1
        break
      }
      processed = run.last
      gone += 1
    }
    if (gone < runs.length) runs.splice(0, gone)
    // the next one most likely follows it
    else if (processed !== undefined) this.#runs = [openRun(processed + 1, processed)]
    return processed
  }

  /** Some behind the first are processed. */
  #mark(first: number, last: number): void {
    for (let at = this.#find(first); at < this.#runs.length; at++) {
      const run = this.#runs[at]
      if (run === undefined || run.first > last) return
      if (!run.isProcessed) {
        at += this.#split(at, run, {
          first: Math.max(first, run.first),
          last: Math.min(last, run.last),
        })
      }
    }
  }

  /** A part of a run is processed. @returns how many runs there are more */
  #split(at: number, run: Run, { first, last }: Pick<Run, 'first' | 'last'>): number {
    const before = first === run.first ? this.#runs[at - 1] : openRun(run.first, first - 1)
    const after = last === run.last ? this.#runs[at + 1] : openRun(last + 1, run.last)
    const parts: Run[] = []
    if (first > run.first && before !== undefined) parts.push(before)
    if (before?.isProcessed === true && before.last + 1 === first) before.last = last
    else if (after?.isProcessed === true && last + 1 === after.first) after.first = first
    else parts.push({ first, last, isProcessed: true })
    if (last < run.last && after !== undefined) parts.push(after)
    this.#runs.splice(at, 1, ...parts)
    return parts.length - 1
  }

  /** The first run that does not end before it. */
  #find(offset: number): number {
    let from = 0
    let to = this.#runs.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#runs[middle]?.last ?? offset) < offset) from = middle + 1
      else to = middle
    }
    return from
  }
}

function openRun(first: number, last: number): Run {
  return { first, last, isProcessed: false }
}

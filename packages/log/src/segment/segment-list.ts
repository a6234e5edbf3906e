import type { LogSegment } from './log-segment.ts'

/** Segments of a log by base offset, the last of them active. */
export class SegmentList {
  #segments: LogSegment[] = []

  get count(): number {
    return this.#segments.length
  }

  get first(): LogSegment | undefined {
    return this.#segments[0]
  }

  get active(): LogSegment | undefined {
    return this.#segments.at(-1)
  }

  /** Counts what is queued too. */
  get sizeBytes(): number {
    let sum = 0
    for (const segment of this.#segments) sum += segment.sizeBytes
    return sum
  }

  [Symbol.iterator](): ArrayIterator<LogSegment> {
    return this.#segments.values()
  }

  all(): readonly LogSegment[] {
    return this.#segments
  }

  /** In order. */
  add(segment: LogSegment): void {
    this.#segments.push(segment)
  }

  /** The segment that holds an offset, if any does; the first one beyond the end is the active. */
  floor(offset: number): LogSegment | undefined {
    return this.#segments[this.#floorIndex(offset)]
  }

  after(segment: LogSegment): LogSegment | undefined {
    return this.#segments[this.#floorIndex(segment.baseOffset) + 1]
  }

  /** Where a segment's offsets end, exclusive. */
  endOf(segment: LogSegment, logEndOffset: number): number {
    return this.after(segment)?.baseOffset ?? logEndOffset
  }

  /** Keeps those that `keep` wants. @returns the others, in order. */
  removeUnless(keep: (segment: LogSegment) => boolean): LogSegment[] {
    const removed = this.#segments.filter((segment) => !keep(segment))
    if (removed.length > 0) this.#segments = this.#segments.filter(keep)
    return removed
  }

  /** Puts one segment in the place of several neighbours. */
  replace(old: ReadonlySet<LogSegment>, by: readonly LogSegment[]): void {
    const kept = this.#segments.filter((segment) => !old.has(segment))
    this.#segments = [...kept, ...by].toSorted((a, b) => a.baseOffset - b.baseOffset)
  }

  #floorIndex(offset: number): number {
    let [low, high] = [0, this.#segments.length]
    const last = this.#segments[high - 1]
    if (last !== undefined && last.baseOffset <= offset) return high - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#segments[middle] as LogSegment).baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

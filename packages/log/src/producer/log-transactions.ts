/** A transaction whose marker is in the log. */
interface Ended {
  readonly producerId: number
  readonly firstOffset: number
  readonly markerOffset: number
}

/** Transactions of one log: those that are open, and those whose marker may be lost in a crash. */
export class LogTransactions {
  /** First offsets by producer, in the order in which they began. */
  readonly #open = new Map<number, number>()
  /** In the order of their markers. */
  #ended: Ended[] = []

  /** First offset of a producer's open transaction, or -1. */
  firstOffsetOf(producerId: number): number {
    return this.#open.get(producerId) ?? -1
  }

  /** Does nothing when one of the producer is open. */
  begin(producerId: number, firstOffset: number): void {
    if (!this.#open.has(producerId)) this.#open.set(producerId, firstOffset)
  }

  /** @returns the first offset of the transaction that the marker ends, or -1 */
  end(producerId: number, markerOffset: number): number {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) return -1
    this.#open.delete(producerId)
    this.#ended.push({ producerId, firstOffset, markerOffset })
    return firstOffset
  }

  /** Where the first transaction begins that is open, or -1. */
  get firstOpenOffset(): number {
    const [first = -1] = this.#open.values()
    return first
  }

  /** Where the first transaction begins that is open or whose marker is not committed, or -1. */
  firstUnstableOffset(highWatermark: number): number {
    let first = this.firstOpenOffset
    for (let at = this.#ended.length - 1; at >= 0; at--) {
      const { firstOffset, markerOffset } = this.#ended[at] as Ended
      if (markerOffset < highWatermark) break
      if (first < 0 || firstOffset < first) first = firstOffset
    }
    return first
  }

  /** As `firstOffsetOf` if the log ended at an offset, below which nothing was forgotten. */
  firstOffsetAt(producerId: number, endOffset: number): number {
    for (const ended of this.#ended) {
      if (ended.producerId !== producerId || ended.markerOffset < endOffset) continue
      return ended.firstOffset < endOffset ? ended.firstOffset : -1
    }
    const open = this.firstOffsetOf(producerId)
    return open < endOffset ? open : -1
  }

  /** What ended below an offset is certain. */
  forgetEnded(belowOffset: number): void {
    const first = this.#ended.findIndex(({ markerOffset }) => markerOffset >= belowOffset)
    if (first === 0 || this.#ended.length === 0) return
    this.#ended = first < 0 ? [] : this.#ended.slice(first)
  }
}

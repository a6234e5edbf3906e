/** Share of a path that is left free, at least. */
const LEAST_FREE_SHARE = 0.05
/** And at most, whatever may be on its way there. */
const MOST_FREE_SHARE = 0.25
/** Once full, it has room again when so much of it was drained. */
const DRAINED_SHARE = 0.1

interface PathUse {
  readonly usedBytes: number
  readonly capacityBytes: number
  readonly isOnline?: boolean
}

/**
 * When segments no longer begin on a path, for a broker that lets them begin on the next tier
 * rather than slow producers. With hysteresis, or at the edge each append would begin a segment.
 */
export class SpillLevel {
  readonly #marginBytes: number
  #isFull = false

  /** @param marginBytes that may be appended, and not yet be in files */
  constructor(marginBytes: number) {
    this.#marginBytes = marginBytes
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** @returns bytes that it still takes; 0 while it is full, or offline: that is not being full */
  observe({ usedBytes, capacityBytes, isOnline = true }: PathUse): number {
    if (!isOnline) return 0
    const wanted = Math.max(LEAST_FREE_SHARE * capacityBytes, this.#marginBytes)
    const fullBytes = capacityBytes - Math.min(wanted, MOST_FREE_SHARE * capacityBytes)
    const leftBytes = Math.max(0, fullBytes - usedBytes)
    this.#isFull = leftBytes < (this.#isFull ? DRAINED_SHARE * capacityBytes : 1)
    return this.#isFull ? 0 : leftBytes
  }
}

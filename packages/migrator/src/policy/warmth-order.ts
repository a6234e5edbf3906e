import type { TierSegment } from '@pafka/log'

/** A segment with its place in the order. */
export interface WarmSegment {
  readonly segment: TierSegment
  readonly warmthMs: number
  /** Decides between equal warmth; unique. */
  readonly serial: number
}

const MOST_IN_BLOCK = 512

/**
 * Segments by warmth. Sorted blocks of some hundreds: adding or removing one of a million looks at
 * two dozen and shifts a few hundred pointers, and both ends can be walked from.
 */
export class WarmthOrder {
  readonly #blocks: WarmSegment[][] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  add(added: WarmSegment): void {
    this.#size += 1
    const at = this.#blockOf(added)
    const block = this.#blocks[at]
    if (block === undefined) {
      this.#blocks.push([added])
      return
    }
    block.splice(placeIn(block, added), 0, added)
    if (block.length <= MOST_IN_BLOCK) return
    this.#blocks.splice(at + 1, 0, block.splice(MOST_IN_BLOCK >>> 1))
  }

  /** @param removed as it was added. @returns whether it was there */
  remove(removed: WarmSegment): boolean {
    const at = this.#blockOf(removed)
    const block = this.#blocks[at]
    if (block === undefined) return false
    const place = placeIn(block, removed)
    if (block[place]?.serial !== removed.serial) return false
    block.splice(place, 1)
    this.#size -= 1
    this.#joinSmall(at, block)
    return true
  }

  *coldestFirst(): Generator<WarmSegment, undefined> {
    for (const block of this.#blocks) yield* block
  }

  *warmestFirst(): Generator<WarmSegment, undefined> {
    for (let at = this.#blocks.length - 1; at >= 0; at--) {
      const block = this.#blocks[at] ?? []
      for (let place = block.length - 1; place >= 0; place--) yield block[place] as WarmSegment
    }
  }

  /** The last block that begins at or before it, or the first of all. */
  #blockOf(wanted: WarmSegment): number {
    let [low, high] = [0, this.#blocks.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = this.#blocks[middle]?.[0]
      if (first !== undefined && isColder(wanted, first)) high = middle
      else low = middle + 1
    }
    return Math.max(0, low - 1)
  }

  #joinSmall(at: number, block: WarmSegment[]): void {
    const next = this.#blocks[at + 1]
    if (block.length === 0) this.#blocks.splice(at, 1)
    else if (next !== undefined && block.length + next.length < MOST_IN_BLOCK >>> 2) {
      block.push(...next)
      this.#blocks.splice(at + 1, 1)
    }
  }
}

export function isColder(one: WarmSegment, other: WarmSegment): boolean {
  if (one.warmthMs !== other.warmthMs) return one.warmthMs < other.warmthMs
  return one.serial < other.serial
}

/** Where it is, or would be. */
function placeIn(block: readonly WarmSegment[], wanted: WarmSegment): number {
  let [low, high] = [0, block.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = block[middle]
    if (found !== undefined && isColder(found, wanted)) low = middle + 1
    else high = middle
  }
  return low
}

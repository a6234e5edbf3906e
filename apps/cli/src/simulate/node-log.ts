import type { TierSegment } from '@pafka/log'

/** A segment of a simulated node. */
export interface NodeSegment {
  segment: TierSegment
  heatBytes: number
  heatMs: number
  isDeleted: boolean
}

const HALF_LIFE_MS = 60_000

/** The sealed segments of a simulated node in the order of their records, as one log. */
export class NodeLog {
  readonly #segments: NodeSegment[] = []
  /** Base offset of the first: offsets are counted in segments. */
  #firstOffset = 0
  #deleted = 0

  seal(pathId: string, sizeBytes: number, newestMs: number): TierSegment {
    const baseOffset = this.#firstOffset + this.#segments.length
    const place = { topic: 'all', partition: 0, baseOffset, pathId }
    const segment = { ...place, sizeBytes, newestMs, readMs: 0, heatBytes: 0 }
    this.#segments.push({ segment, heatBytes: 0, heatMs: 0, isDeleted: false })
    return segment
  }

  at(baseOffset: number): NodeSegment | undefined {
    return this.#segments[baseOffset - this.#firstOffset]
  }

  /** The oldest, while its records are older than that. */
  expired(beforeMs: number): NodeSegment | undefined {
    const oldest = this.#segments[this.#deleted]
    return oldest !== undefined && oldest.segment.newestMs < beforeMs ? oldest : undefined
  }

  deleteOldest(): void {
    const oldest = this.#segments[this.#deleted]
    if (oldest !== undefined) oldest.isDeleted = true
    this.#deleted += 1
    if (this.#deleted * 2 < this.#segments.length) return
    this.#segments.splice(0, this.#deleted)
    this.#firstOffset += this.#deleted
    this.#deleted = 0
  }

  /** Where the record of that time is, or the oldest that is left; undefined: not sealed yet. */
  segmentOf(timeMs: number): NodeSegment | undefined {
    let [low, high] = [this.#deleted, this.#segments.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#segments[middle]?.segment.newestMs ?? 0) < timeMs) low = middle + 1
      else high = middle
    }
    return this.#segments[low]
  }
}

/** @returns its heat after so many bytes were read of it */
export function heated(found: NodeSegment, bytes: number, nowMs: number): number {
  const halves = (nowMs - found.heatMs) / HALF_LIFE_MS
  found.heatBytes = found.heatBytes * 2 ** -halves + bytes
  found.heatMs = nowMs
  return found.heatBytes
}

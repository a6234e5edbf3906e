import { type Clock, MINUTE_MS, SECOND_MS, type Timer } from '@pafka/base'
import type { TierSegment, TierSegmentId } from '@pafka/log'

import { segmentName } from '../policy/segment-index.ts'

const LEAST_MS = SECOND_MS
const MOST_MS = 10 * MINUTE_MS

interface Held {
  segment: TierSegment
  readonly timer: Timer
}

/** Segments whose move failed, until they may be planned again: each time after twice as long. */
export class MoveRetries {
  readonly #clock: Clock
  readonly #onDue: (segment: TierSegment) => void
  readonly #held = new Map<string, Held>()
  /** Failures in a row. */
  readonly #failures = new Map<string, number>()

  constructor(clock: Clock, onDue: (segment: TierSegment) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** Segments that wait. */
  get size(): number {
    return this.#held.size
  }

  /** Of those on a path. */
  bytesOn(pathId: string): number {
    let bytes = 0
    for (const { segment } of this.#held.values()) {
      if (segment.pathId === pathId) bytes += segment.sizeBytes
    }
    return bytes
  }

  /** @returns after how long it may be tried again */
  hold(segment: TierSegment): number {
    const name = segmentName(segment)
    const failures = (this.#failures.get(name) ?? 0) + 1
    this.#failures.set(name, failures)
    const delayMs = Math.min(MOST_MS, LEAST_MS * 2 ** (failures - 1))
    const timer = this.#clock.setTimer(delayMs, () => {
      const held = this.#held.get(name)
      this.#held.delete(name)
      if (held !== undefined) this.#onDue(held.segment)
    })
    this.#held.set(name, { segment, timer })
    return delayMs
  }

  /** @returns whether it waits; then what is new of it is kept for its time */
  update(segment: TierSegment): boolean {
    const held = this.#held.get(segmentName(segment))
    if (held !== undefined) held.segment = segment
    return held !== undefined
  }

  /** It was moved, or is gone. */
  forget(id: TierSegmentId): void {
    const name = segmentName(id)
    this.#failures.delete(name)
    this.#held.get(name)?.timer.cancel()
    this.#held.delete(name)
  }

  stop(): void {
    for (const { timer } of this.#held.values()) timer.cancel()
    this.#held.clear()
  }
}

import { type Clock, SECOND_MS } from '@pafka/base'

import type { ColdPlace } from './cold-places.ts'

/** Who has not read for so long does not count. */
const ACTIVE_MS = SECOND_MS

/** All who go forward in some file just now: they share the memory for what is read ahead. */
export class ColdForward {
  readonly #clock: Clock
  /** When each read last; the one who waits longest stands first. */
  readonly #lastMs = new Map<ColdPlace, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Somebody reads on. @returns how many do. */
  note(place: ColdPlace): number {
    const nowMs = this.#clock.monotonicMs()
    this.#lastMs.delete(place)
    this.#lastMs.set(place, nowMs)
    for (const [other, lastMs] of this.#lastMs) {
      if (nowMs - lastMs <= ACTIVE_MS) break
      this.#lastMs.delete(other)
    }
    return this.#lastMs.size
  }

  clear(): void {
    this.#lastMs.clear()
  }
}

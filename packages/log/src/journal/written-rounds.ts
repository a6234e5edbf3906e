import type { HeldRound } from './held-round.ts'
import type { RingSpace } from './ring-space.ts'

/** Rounds that the ring has and that no checkpoint covers, oldest first. */
export class WrittenRounds {
  readonly #rounds: HeldRound[] = []
  readonly #space: RingSpace

  constructor(space: RingSpace) {
    this.#space = space
  }

  add(...rounds: HeldRound[]): void {
    this.#rounds.push(...rounds)
  }

  get oldest(): HeldRound | undefined {
    return this.#rounds[0]
  }

  /** Sequence of the `count`th one; -1 when that is none. */
  sequenceOf(count: number): number {
    return this.#rounds[count - 1]?.sequence ?? -1
  }

  /** Sequence of the newest one; -1 when none is left. */
  get newest(): number {
    return this.sequenceOf(this.#rounds.length)
  }

  /** Of the newest one that has to go for so many bytes to be left; -1 when none has to. */
  newestBefore(keptBytes: number): number {
    let left = this.#space.usedBytes - keptBytes
    let count = 0
    for (const round of this.#rounds) {
      if (left <= 0) break
      left -= round.totalBytes
      count += 1
    }
    return this.sequenceOf(count)
  }

  /** How many of the oldest ones segment files have wholly. */
  countStored(): number {
    const unstored = this.#rounds.findIndex(({ unstoredBytes }) => unstoredBytes > 0)
    return unstored < 0 ? this.#rounds.length : unstored
  }

  /** A checkpoint covers the oldest `count`. */
  release(count: number): void {
    this.#rounds.splice(0, count)
    this.#space.release(count)
  }
}

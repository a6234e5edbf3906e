import { SECOND_MS } from '@pafka/base'

/**
 * How long some things were in which state. What is seen at one look is taken to last until the
 * next.
 */
export class StateTimes<State extends string> {
  readonly #states: readonly State[]
  readonly #passedMs = new Map<string, Map<State, number>>()
  #last = new Map<string, State>()
  #lastMs: number

  /** @param nowMs of a clock that never goes back, here as everywhere */
  constructor(states: readonly State[], nowMs: number) {
    this.#states = states
    this.#lastMs = nowMs
  }

  /** @param found the state of each thing, by its name */
  look(nowMs: number, found: Iterable<readonly [string, State]>): void {
    const passedMs = nowMs - this.#lastMs
    for (const [name, state] of this.#last) {
      const times = this.#timesOf(name)
      times.set(state, (times.get(state) ?? 0) + passedMs)
    }
    this.#lastMs = nowMs
    this.#last = new Map(found)
  }

  /** Up to the last look: of each thing that was ever seen, all states. */
  *seconds(): Generator<[[name: string, state: State], number]> {
    for (const name of new Set([...this.#passedMs.keys(), ...this.#last.keys()])) {
      const times = this.#passedMs.get(name)
      for (const state of this.#states) yield [[name, state], (times?.get(state) ?? 0) / SECOND_MS]
    }
  }

  #timesOf(name: string): Map<State, number> {
    let times = this.#passedMs.get(name)
    if (times === undefined) this.#passedMs.set(name, (times = new Map<State, number>()))
    return times
  }
}

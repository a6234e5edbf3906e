import type { Clock, Timer } from '@pafka/base'

/** Gives the answer of a turn, which may go on after it. The first call counts. */
export type Answer<T> = (value: T) => void

interface Waiting {
  readonly begin: () => void
  readonly timer: Timer
}

/** Work that must not overlap: one piece after another, in the order in which it came. */
export class Turns {
  readonly #clock: Clock
  /** How long a piece waits for those before it. */
  readonly #patienceMs: number
  readonly #waiting: Waiting[] = []
  #isBusy = false

  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /** Whether somebody waits for what is under way. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0
  }

  /**
   * Runs `work` when what came before it has ended, at once if nothing is under way.
   * @param tooLate what is answered, and nothing done, when that takes too long
   * @returns the answer; rejects when `work` does before it gave one
   */
  run<T>(tooLate: () => T, work: (answer: Answer<T>) => Promise<void>): Promise<T> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.#isBusy = true
        work(resolve)
          .catch(reject)
          .finally(() => this.#next())
      }
      if (this.#isBusy) this.#wait(begin, () => resolve(tooLate()))
      else begin()
    })
  }

  #wait(begin: () => void, giveUp: () => void): void {
    const timer = this.#clock.setTimer(this.#patienceMs, () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      giveUp()
    })
    const waiting = { begin, timer }
    this.#waiting.push(waiting)
  }

  #next(): void {
    this.#isBusy = false
    const next = this.#waiting.shift()
    next?.timer.cancel()
    next?.begin()
  }
}

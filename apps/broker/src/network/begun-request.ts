import { assert } from '@pafka/base'

import type { ServingTurns, TurnTaker } from './serving-turns.ts'

/** What is left to do of a request. */
interface Rest {
  readonly kind: number
  readonly work: () => void
  /** False while it waits for something else than its turn. */
  isReady: boolean
}

/** The one request of a connection that was begun, and is not done: all others wait for it. */
export class BegunRequest {
  #rest: Rest | undefined

  goOnLater(kind: number, work: () => void): void {
    assert(this.#rest === undefined, 'one request is served at a time')
    this.#rest = { kind, work, isReady: true }
  }

  /** @param goOn called when `ready` is kept, which must not fail; `finish` or `abandon` then */
  goOnWhen(kind: number, ready: Promise<void>, work: () => void, goOn: () => void): void {
    assert(this.#rest === undefined, 'one request is served at a time')
    const rest = { kind, work, isReady: false }
    this.#rest = rest
    void ready.then(() => {
      rest.isReady = true
      if (this.#rest !== rest) work() // its connection is gone
      goOn()
    })
  }

  /** @returns false while there is more to do. */
  finish(turns: ServingTurns, taker: TurnTaker): boolean {
    for (let rest = this.#rest; rest !== undefined; rest = this.#rest) {
      if (!rest.isReady || !turns.mayServe(taker, rest.kind)) return false
      this.#rest = undefined
      turns.spend(rest.kind, rest.work)
    }
    return true
  }

  /** What was begun is done wholly, as it came wholly; what is not ready when it is. */
  abandon(): void {
    for (let rest = this.#rest; rest !== undefined; rest = this.#rest) {
      this.#rest = undefined
      if (rest.isReady) rest.work()
    }
  }
}

import type { Clock } from '@pafka/base'

/** Requests are served for so long in one turn of the event loop; then others have theirs. */
const TURN_MS = 20
/** The same for connections whose requests are dear. */
const DEAR_TURN_MS = 10
/** A request that keeps the thread for so long is dear. */
const DEAR_REQUEST_MS = 5

/** A connection with requests that it may not begin in this turn of the event loop. */
export interface TurnTaker {
  /** True when its last request was dear: it goes on behind those whose requests are not. */
  readonly dear: boolean
  /** Its turn has come. */
  goOn(): void
}

/**
 * Shares the one thread between connections. Most requests are begun as they arrive. When many or
 * dear ones come at once, the rest waits for later turns of the event loop, in the order they came,
 * so that nobody has to wait for all requests of somebody else.
 */
export class ServingTurns {
  readonly #clock: Clock
  readonly #cheap = new Set<TurnTaker>()
  readonly #dear = new Set<TurnTaker>()
  #spentMs = 0
  #dearSpentMs = 0
  #scheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** False: `taker` waits, and its `goOn` is called in a later turn. */
  mayServe(taker: TurnTaker): boolean {
    const waits = this.#cheap.has(taker) || this.#dear.has(taker)
    const hasTime = taker.dear ? this.#dearSpentMs < DEAR_TURN_MS : this.#spentMs < TURN_MS
    if (!waits && hasTime) return true
    if (!waits) (taker.dear ? this.#dear : this.#cheap).add(taker)
    this.#schedule()
    return false
  }

  /** Runs `serve` on account of this turn. @returns true when it was dear. */
  spend(taker: TurnTaker, serve: () => void): boolean {
    const startedMs = this.#clock.monotonicMs()
    serve()
    const tookMs = this.#clock.monotonicMs() - startedMs
    // What was spent adds up over quiet turns too: looking when a turn ends would cost more.
    if (taker.dear) this.#dearSpentMs += tookMs
    else this.#spentMs += tookMs
    return tookMs >= DEAR_REQUEST_MS
  }

  /** The connection is gone. */
  forget(taker: TurnTaker): void {
    this.#cheap.delete(taker)
    this.#dear.delete(taker)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#spentMs = 0
      this.#dearSpentMs = 0
      this.#serve(this.#cheap, () => this.#spentMs < TURN_MS)
      this.#serve(this.#dear, () => this.#dearSpentMs < DEAR_TURN_MS)
      if (this.#cheap.size > 0 || this.#dear.size > 0) this.#schedule()
    })
  }

  #serve(takers: Set<TurnTaker>, hasTime: () => boolean): void {
    for (const taker of [...takers]) {
      if (!hasTime()) return
      takers.delete(taker)
      taker.goOn()
    }
  }
}

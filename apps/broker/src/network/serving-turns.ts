import type { Clock } from '@pafka/base'

/**
 * Requests are begun for so long in one turn of the event loop, and dear ones for so long again;
 * then others have theirs.
 */
const TURN_MS = 2
/** A kind of request is dear that keeps the thread for so long, on average of the last few. */
const DEAR_REQUEST_MS = 5
/** Weight of the last request in that average: a pause of the collector makes nothing dear. */
const LAST_WEIGHT = 1 / 4

/** A connection with requests that it may not begin in this turn of the event loop. */
export interface TurnTaker {
  /** Its turn has come. */
  goOn(): void
}

/** Those who wait for a turn, in the order they came, and what this turn has left. */
class Lane {
  readonly waiting = new Set<TurnTaker>()
  #spentMs = 0

  get hasTime(): boolean {
    return this.#spentMs < TURN_MS
  }

  spend(ms: number): void {
    this.#spentMs += ms
  }

  /** A new turn: those who wait go on, as long as it lasts. */
  goOn(): void {
    this.#spentMs = 0
    for (const taker of [...this.waiting]) {
      if (!this.hasTime) return
      this.waiting.delete(taker)
      taker.goOn()
    }
  }
}

/**
 * Shares the one thread between connections. Most requests are begun as they arrive. When many or
 * dear ones come at once, the rest waits for later turns of the event loop, dear kinds behind the
 * others, so that nobody waits for all that somebody else has asked for.
 */
export class ServingTurns {
  readonly #clock: Clock
  readonly #cheap = new Lane()
  readonly #dear = new Lane()
  readonly #costMs = new Map<number, number>()
  #scheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** False: `taker` waits with a request of that kind, and its `goOn` is called in a later turn. */
  mayServe(taker: TurnTaker, kind: number): boolean {
    const waits = this.#cheap.waiting.has(taker) || this.#dear.waiting.has(taker)
    const lane = this.#laneOf(kind)
    if (!waits && lane.hasTime) return true
    if (!waits) lane.waiting.add(taker)
    this.#schedule()
    return false
  }

  /** Begins a request of that kind on account of this turn. */
  spend(kind: number, serve: () => void): void {
    const startedMs = this.#clock.monotonicMs()
    serve()
    const tookMs = this.#clock.monotonicMs() - startedMs
    // What was spent adds up over quiet turns too: looking when a turn ends would cost more.
    this.#laneOf(kind).spend(tookMs)
    const beforeMs = this.#costMs.get(kind) ?? 0
    this.#costMs.set(kind, beforeMs + (tookMs - beforeMs) * LAST_WEIGHT)
  }

  /** The connection is gone. */
  forget(taker: TurnTaker): void {
    this.#cheap.waiting.delete(taker)
    this.#dear.waiting.delete(taker)
  }

  #laneOf(kind: number): Lane {
    return (this.#costMs.get(kind) ?? 0) < DEAR_REQUEST_MS ? this.#cheap : this.#dear
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#cheap.goOn()
      this.#dear.goOn()
      if (this.#cheap.waiting.size > 0 || this.#dear.waiting.size > 0) this.#schedule()
    })
  }
}

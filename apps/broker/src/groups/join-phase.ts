import { Deadline, type DeadlineQueue } from './deadline-queue.ts'

/**
 * How long a rebalance waits for members to join. One that founds a group waits a while anyway, and
 * again as long as somebody new came, so that a fleet that starts up is assigned once.
 */
export class JoinPhase {
  readonly #deadlines: DeadlineQueue
  readonly #deadline: Deadline
  readonly #over: () => void
  /** Somebody new came since the wait began. */
  #someoneCame = false
  /** The wait that runs, and what is left for more; 0 left ends it for good. */
  #waitMs = 0
  #leftMs = 0
  #initialDelayMs = 0

  /** @param over the wait has ended; not called when cancelled */
  constructor(deadlines: DeadlineQueue, over: () => void) {
    this.#deadlines = deadlines
    this.#over = over
    this.#deadline = new Deadline(() => this.#end())
  }

  begin(timeoutMs: number): void {
    this.#leftMs = 0
    this.#deadlines.set(this.#deadline, timeoutMs)
  }

  /** @param timeoutMs the most that it can come to, rounds of `delayMs` included */
  beginInitial(delayMs: number, timeoutMs: number): void {
    this.#someoneCame = false
    this.#initialDelayMs = delayMs
    this.#waitMs = delayMs
    this.#leftMs = Math.max(timeoutMs - delayMs, 0)
    this.#deadlines.set(this.#deadline, delayMs)
  }

  noteNewMember(): void {
    this.#someoneCame = true
  }

  cancel(): void {
    this.#deadlines.cancel(this.#deadline)
  }

  #end(): void {
    if (!this.#someoneCame || this.#leftMs === 0) {
      this.#over()
      return
    }
    this.#someoneCame = false
    const nextMs = Math.min(this.#initialDelayMs, this.#leftMs)
    this.#leftMs = Math.max(this.#leftMs - this.#waitMs, 0)
    this.#waitMs = nextMs
    this.#deadlines.set(this.#deadline, nextMs)
  }
}

import { type Clock, SECOND_MS } from '@pafka/base'

/** Work between two looks at the event loop. */
const SLICE_MS = 1
/** Steps between two looks at the clock. */
const STEPS_PER_LOOK = 32
/** What a batch takes, apart from its records: its CRC and copies of its bytes. */
export const BATCH_STEPS: number = STEPS_PER_LOOK
/** The loop was busy with others when it came back to us no sooner than this. */
const BUSY_MS = 0.5
/** Then we rest: others get at least four fifths of the thread. */
const REST_MS = 4 * SLICE_MS
/** A long wait looks so often whether the log is still there. */
const LOOK_MS = SECOND_MS
/** Bytes are counted against the rate over so long. */
const WINDOW_MS = 300

/** The cleaner was told to give up, or what it cleaned is gone. Nothing is wrong. */
export class CleaningStopped extends Error {
  override readonly name: string = 'CleaningStopped'
}

interface Stoppable {
  /** False: the next pause throws `CleaningStopped`. */
  isWanted(): boolean
  /** Ends waits. */
  readonly signal: AbortSignal
}

/** Keeps a long job from holding up the event loop and the disk. */
export class CleanerPace {
  readonly #clock: Clock
  readonly #bytesPerSecond: number
  readonly #job: Stoppable
  #steps = 0
  #sliceEndMs: number
  #windowFromMs: number
  #windowBytes = 0

  constructor(clock: Clock, bytesPerSecond: number, job: Stoppable) {
    this.#clock = clock
    this.#bytesPerSecond = Math.max(1, bytesPerSecond)
    this.#job = job
    this.#windowFromMs = clock.monotonicMs()
    this.#sliceEndMs = this.#windowFromMs + SLICE_MS
  }

  /** @param steps of work since the last call, a microsecond each. @returns whether to `pause`. */
  isDue(steps: number = 1): boolean {
    this.#steps += steps
    if (this.#steps < STEPS_PER_LOOK) return false
    this.#steps = 0
    return this.#clock.monotonicMs() >= this.#sliceEndMs
  }

  /** @throws CleaningStopped */
  async pause(): Promise<void> {
    const fromMs = this.#clock.monotonicMs()
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#clock.monotonicMs() - fromMs > BUSY_MS) await this.#wait(REST_MS)
    this.resumed()
  }

  /** After any wait: what others did meanwhile is not our work. @throws CleaningStopped */
  resumed(): void {
    if (!this.#job.isWanted()) throw new CleaningStopped('cleaning was stopped')
    this.#sliceEndMs = this.#clock.monotonicMs() + SLICE_MS
  }

  /** After reading or writing: waits as long as the rate wants. @throws CleaningStopped */
  async moved(bytes: number): Promise<void> {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return this.resumed()
    this.#windowBytes += bytes
    const passedMs = this.#clock.monotonicMs() - this.#windowFromMs
    const dueMs = (this.#windowBytes / this.#bytesPerSecond) * SECOND_MS
    for (let leftMs = dueMs - passedMs; leftMs >= 1; leftMs -= LOOK_MS) {
      await this.#wait(Math.min(leftMs, LOOK_MS))
      this.resumed()
    }
    if (Math.max(dueMs, passedMs) >= WINDOW_MS) {
      this.#windowFromMs = this.#clock.monotonicMs()
      this.#windowBytes = 0
    }
    this.resumed()
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#job
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(ms, () => {
        signal.removeEventListener('abort', stop)
        resolve()
      })
      function stop(): void {
        timer.cancel()
        resolve()
      }
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
    })
  }
}

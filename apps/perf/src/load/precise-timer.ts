import { Worker } from 'node:worker_threads'

const [ASKED, DONE] = [0, 1]
const DELAY_AT_BYTE = 8
const SHARED_BYTES = 16

/**
 * Sleeps in the operating system, which wakes it some 60 us late; timers of the event loop take
 * whole milliseconds.
 */
const SLEEPER = `
const { workerData } = require('node:worker_threads')
const states = new Int32Array(workerData, 0, 2)
const delayMs = new Float64Array(workerData, ${DELAY_AT_BYTE}, 1)
const never = new Int32Array(new SharedArrayBuffer(4))
for (let asked = 0; ; asked++) {
  Atomics.wait(states, ${ASKED}, asked)
  Atomics.wait(never, 0, 0, delayMs[0])
  Atomics.add(states, ${DONE}, 1)
  Atomics.notify(states, ${DONE})
}
`

/** Waits for parts of a millisecond, without keeping a processor busy: in a thread of its own. */
export class PreciseTimer implements AsyncDisposable {
  readonly #states: Int32Array<SharedArrayBuffer>
  readonly #delayMs: Float64Array<SharedArrayBuffer>
  readonly #worker: Worker

  readonly #signal: AbortSignal
  readonly #wake = (): void => {
    Atomics.add(this.#states, DONE, 1)
    Atomics.notify(this.#states, DONE)
  }

  /** @param signal wakes who sleeps; nobody sleeps after it */
  constructor(signal: AbortSignal) {
    const shared = new SharedArrayBuffer(SHARED_BYTES)
    this.#states = new Int32Array(shared, 0, 2)
    this.#delayMs = new Float64Array(shared, DELAY_AT_BYTE, 1)
    this.#worker = new Worker(SLEEPER, { eval: true, workerData: shared })
    this.#signal = signal
    signal.addEventListener('abort', this.#wake)
  }

  /** One at a time. */
  async sleep(ms: number): Promise<void> {
    if (this.#signal.aborted) return
    const done = Atomics.load(this.#states, DONE)
    this.#delayMs[0] = Math.max(0, ms)
    Atomics.add(this.#states, ASKED, 1)
    Atomics.notify(this.#states, ASKED)
    await Atomics.waitAsync(this.#states, DONE, done).value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#wake)
    await this.#worker.terminate()
  }
}

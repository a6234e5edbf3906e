import type { Worker } from 'node:worker_threads'

import { programWorker } from '../threads/program-worker.ts'
import type { ThreadData, ThreadOrder, ThreadReport } from './client-thread.ts'
import { type ClientEnd, type ClientWindow, nowMs } from './messages.ts'

/** What a thread says of its client. */
export interface ThreadWatch {
  prepared(): void
  window(window: ClientWindow): void
  /** The last of it. */
  ended(end: ClientEnd): void
}

/** The name of the command that does `clientThread`. */
export const THREAD_COMMAND = 'thread'

/** A thread with one client of a bench. */
export class Thread {
  readonly #worker: Worker
  readonly #client: number
  readonly #watch: ThreadWatch
  #hasEnded = false

  constructor(data: ThreadData, watch: ThreadWatch) {
    this.#client = data.client
    this.#watch = watch
    this.#worker = programWorker(THREAD_COMMAND, data)
    this.#worker.on('message', (report: ThreadReport) => this.#told(report))
    this.#worker.on('error', (error: Error) => this.#failed(error.message))
    this.#worker.on('exit', () => this.#failed('its thread ended'))
  }

  order(order: ThreadOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window has it
    this.#worker.postMessage(order)
  }

  async end(): Promise<void> {
    this.#hasEnded = true
    await this.#worker.terminate()
  }

  #told(report: ThreadReport): void {
    if (report.kind === 'prepared') this.#watch.prepared()
    else if (report.kind === 'window') this.#watch.window(report)
    else if (report.kind === 'failed') this.#failed(report.problem)
    else {
      this.#hasEnded = true
      this.#watch.ended(report)
    }
  }

  #failed(problem: string): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const atMs = nowMs()
    const times = { beganMs: atMs, endedMs: atMs, joiningMs: 0 }
    this.#watch.ended({ client: this.#client, ...times, problem })
  }
}

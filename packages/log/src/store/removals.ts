import type { Clock, Logger, Timer } from '@pafka/base'

import { asError } from '../files/as-error.ts'

/** Files and folders that go after a delay; what is not gone at the end goes at the next start. */
export class Removals {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #timers = new Set<Timer>()
  readonly #running = new Set<Promise<void>>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  after(delayMs: number, path: string, remove: (path: string) => Promise<void>): void {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      const running = remove(path).catch((error: unknown) => {
        this.#logger.warn('removal-failed', { path, cause: asError(error).message })
      })
      this.#running.add(running)
      void running.finally(() => this.#running.delete(running))
    })
    this.#timers.add(timer)
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    await Promise.all(this.#running)
  }
}

import type { Clock, Logger, Timer } from '@pafka/base'

import { asError } from '../files/as-error.ts'

interface Removal {
  readonly path: string
  readonly timer: Timer
  readonly remove: (path: string) => Promise<void>
}

/** Files and folders that go after a delay; what is not gone at the end goes at the next start. */
export class Removals {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #waiting = new Set<Removal>()
  readonly #running = new Set<Promise<void>>()
  /** Paths of what is running. */
  readonly #busy = new Set<string>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  after(delayMs: number, path: string, remove: (path: string) => Promise<void>): void {
    const timer = this.#clock.setTimer(delayMs, () => this.#run(removal))
    const removal = { path, timer, remove }
    this.#waiting.add(removal)
  }

  /** Where there is no room nothing is kept for late readers. Resolves when it is gone. */
  async hasten(folder: string): Promise<void> {
    for (const removal of [...this.#waiting]) {
      if (removal.path.startsWith(`${folder}/`)) this.#run(removal)
    }
    await Promise.all(this.#running)
  }

  /** Whether a file is about to go: no other of its name must take its place before. */
  isGoing(path: string): boolean {
    return this.#waiting.values().some((one) => one.path === path) || this.#busy.has(path)
  }

  async close(): Promise<void> {
    for (const { timer } of this.#waiting) timer.cancel()
    this.#waiting.clear()
    await Promise.all(this.#running)
  }

  #run(removal: Removal): void {
    const { path, timer, remove } = removal
    timer.cancel()
    this.#waiting.delete(removal)
    this.#busy.add(path)
    const running = remove(path).catch((error: unknown) => {
      this.#logger.warn('removal-failed', { path, cause: asError(error).message })
    })
    this.#running.add(running)
    void running.finally(() => {
      this.#running.delete(running)
      this.#busy.delete(path)
    })
  }
}

import type { Clock, Logger, Timer } from '@pafka/base'

import { asError } from '../files/as-error.ts'

/** What is there until it is removed. */
export interface HeldBytes {
  /** Path of the log dir. */
  readonly dir: string
  readonly bytes: number
}

interface Removal {
  readonly path: string
  readonly held: HeldBytes | undefined
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
  /** By log dir. What could not be removed is there until the next start. */
  readonly #held = new Map<string, number>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  after(
    delayMs: number,
    path: string,
    remove: (path: string) => Promise<void>,
    held?: HeldBytes,
  ): void {
    const timer = this.#clock.setTimer(delayMs, () => this.#run(removal))
    const removal = { path, timer, remove, held }
    this.#waiting.add(removal)
    this.#hold(held, 1)
  }

  /** Bytes of records in a log dir that are deleted, and there still. */
  heldBytes(dir: string): number {
    return this.#held.get(dir) ?? 0
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

  #hold(held: HeldBytes | undefined, times: 1 | -1): void {
    if (held === undefined) return
    this.#held.set(held.dir, this.heldBytes(held.dir) + times * held.bytes)
  }

  #run(removal: Removal): void {
    const { path, timer, remove } = removal
    timer.cancel()
    this.#waiting.delete(removal)
    this.#busy.add(path)
    const removing = remove(path).then(() => this.#hold(removal.held, -1))
    const running = removing.catch((error: unknown) => {
      this.#logger.warn('removal-failed', { path, cause: asError(error).message })
    })
    this.#running.add(running)
    void running.finally(() => {
      this.#running.delete(running)
      this.#busy.delete(path)
    })
  }
}

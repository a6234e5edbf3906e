import type { PartitionLog } from '../partition/partition-log.ts'

/** Logs with appends that nobody writes yet: all are started together, at the end of the turn. */
export class WriteScheduler {
  #logs: PartitionLog[] = []
  #armed = false

  schedule(log: PartitionLog): void {
    this.#logs.push(log)
    if (this.#armed) return
    this.#armed = true
    setImmediate(this.#turnEnded)
  }

  flush(): void {
    while (this.#logs.length > 0) {
      const logs = this.#logs
      this.#logs = []
      for (const log of logs) log.flushWrites()
    }
  }

  readonly #turnEnded = (): void => {
    this.#armed = false
    this.flush()
  }
}

import type { CommittedLog, CommitWaiter } from './append-result.ts'

/** Who waits for which offset of one log, lowest first. */
export class CommitWaiters {
  #endOffsets: number[] = []
  #waiters: CommitWaiter[] = []

  add(endOffset: number, waiter: CommitWaiter): void {
    let at = this.#endOffsets.length
    while (at > 0 && (this.#endOffsets[at - 1] as number) > endOffset) at -= 1
    if (at === this.#endOffsets.length) {
      this.#endOffsets.push(endOffset)
      this.#waiters.push(waiter)
    } else {
      this.#endOffsets.splice(at, 0, endOffset)
      this.#waiters.splice(at, 0, waiter)
    }
  }

  committed(log: CommittedLog): void {
    let count = 0
    const end = log.highWatermark
    while (count < this.#endOffsets.length && (this.#endOffsets[count] as number) <= end) count += 1
    if (count === 0) return
    for (const waiter of this.#take(count)) waiter.committed(log)
  }

  failed(log: CommittedLog, error: Error): void {
    for (const waiter of this.#take(this.#waiters.length)) waiter.failed(log, error)
  }

  /** Out of the list before they are told: they may append and wait again. */
  #take(count: number): CommitWaiter[] {
    if (count === this.#waiters.length) {
      const all = this.#waiters
      this.#waiters = []
      this.#endOffsets = []
      return all
    }
    this.#endOffsets.splice(0, count)
    return this.#waiters.splice(0, count)
  }
}

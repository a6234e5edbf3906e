import type { Clock, Timer } from '@pafka/base'
import type { PartitionLog } from '@pafka/log'

import type { FetchedPartition } from './fetch-session.ts'
import { bytesFor } from './fetch-survey.ts'

/** Each log with what is to be fetched from it. */
type WatchedLogs = ReadonlyMap<
  PartitionLog,
  Pick<FetchedPartition, 'fetchOffset' | 'readsCommitted'>
>

/** A fetch that found too little, and waits until there is enough or its time is over. */
export class DelayedFetch {
  readonly watched: WatchedLogs
  readonly #minBytes: number
  readonly #availableBytes = new Map<PartitionLog, number>()
  readonly #finish: () => void
  #totalBytes = 0
  #done = false

  constructor(watched: WatchedLogs, minBytes: number, finish: () => void) {
    this.watched = watched
    this.#minBytes = minBytes
    this.#finish = finish
  }

  /** The high watermark of `log` rose. @returns true when that was enough, and it is over. */
  grew(log: PartitionLog): boolean {
    const asked = this.watched.get(log)
    if (asked === undefined) return false
    const bytes = bytesFor(log, asked)
    this.#totalBytes += bytes - (this.#availableBytes.get(log) ?? 0)
    this.#availableBytes.set(log, bytes)
    return this.#totalBytes >= this.#minBytes
  }

  /** Ends the wait; later calls do nothing. */
  finish(): void {
    if (this.#done) return
    this.#done = true
    this.#finish()
  }
}

/** All fetches that wait, by the partitions they wait for. */
export class DelayedFetches {
  readonly #byLog = new Map<PartitionLog, Set<DelayedFetch>>()
  readonly #clock: Clock
  #waiting = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when `minBytes` are there, `maxWaitMs` are over, or `signal` aborts. */
  wait(
    watched: WatchedLogs,
    { minBytes, maxWaitMs, signal }: { minBytes: number; maxWaitMs: number; signal: AbortSignal },
  ): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
        this.#remove(fetch)
        resolve()
      }
      const fetch = new DelayedFetch(watched, minBytes, finish)
      const onAbort = (): void => fetch.finish()
      this.#add(fetch)
      const timer: Timer = this.#clock.setTimer(maxWaitMs, () => fetch.finish())
      signal.addEventListener('abort', onAbort)
      // What came between the look that found too little and this call would wake nobody.
      for (const log of watched.keys()) {
        if (fetch.grew(log)) {
          fetch.finish()
          return
        }
      }
    })
  }

  /** Wakes who waits for `log`, if it is enough now. */
  grew(log: PartitionLog): void {
    const waiting = this.#byLog.get(log)
    if (waiting === undefined) return
    for (const fetch of waiting) if (fetch.grew(log)) fetch.finish()
  }

  /** Wakes who waits for `log` whatever is there: it is deleted, moved or failed. */
  changed(log: PartitionLog): void {
    for (const fetch of this.#byLog.get(log) ?? []) fetch.finish()
  }

  /** Ends every wait: the broker closes. */
  close(): void {
    for (const waiting of this.#byLog.values()) for (const fetch of waiting) fetch.finish()
  }

  #add(fetch: DelayedFetch): void {
    this.#waiting += 1
    for (const log of fetch.watched.keys()) {
      const waiting = this.#byLog.get(log)
      if (waiting === undefined) this.#byLog.set(log, new Set([fetch]))
      else waiting.add(fetch)
    }
  }

  #remove(fetch: DelayedFetch): void {
    this.#waiting -= 1
    for (const log of fetch.watched.keys()) {
      const waiting = this.#byLog.get(log)
      waiting?.delete(fetch)
      if (waiting?.size === 0) this.#byLog.delete(log)
    }
  }
}

import type { Clock, Timer } from '@pafka/base'

import type { FetchReads } from './fetch-reads.ts'
import type { SurveyedPartition } from './fetch-survey.ts'

/** A consumer that has not come back by then reads anew; the memory is for others. */
const KEPT_MS = 1000

/**
 * What a consumer that goes forward will ask for next, read while it works on the last answer. Ends
 * in exactly one of two ways: taken by the next fetch, or given up and released.
 */
export class ReadAhead {
  readonly #surveyed: readonly SurveyedPartition[]
  readonly #maxBytes: number
  readonly #reading: Promise<FetchReads>
  readonly #timer: Timer
  #ended = false

  /** @param surveyed as the next request is expected to ask. */
  constructor(
    surveyed: readonly SurveyedPartition[],
    maxBytes: number,
    { reading, clock }: { reading: Promise<FetchReads>; clock: Clock },
  ) {
    this.#surveyed = surveyed
    this.#maxBytes = maxBytes
    this.#reading = reading
    this.#timer = clock.setTimer(KEPT_MS, () => this.giveUp())
  }

  /** @returns what was read if just that is asked for now; else undefined, and it is freed. */
  take(surveyed: readonly SurveyedPartition[], maxBytes: number): Promise<FetchReads> | undefined {
    if (this.#ended) return undefined
    if (maxBytes !== this.#maxBytes || !this.#isSame(surveyed)) {
      this.giveUp()
      return undefined
    }
    this.#ended = true
    this.#timer.cancel()
    return this.#reading
  }

  giveUp(): void {
    if (this.#ended) return
    this.#ended = true
    this.#timer.cancel()
    this.#reading.then((reads) => reads.release()).catch(() => {})
  }

  /** The same logs at the same offsets, in the same order, and all of them may be read. */
  #isSame(surveyed: readonly SurveyedPartition[]): boolean {
    if (surveyed.length !== this.#surveyed.length) return false
    return surveyed.every(({ asked, log, errorCode }, at) => {
      const before = this.#surveyed[at]
      return (
        errorCode === before?.errorCode &&
        log === before.log &&
        asked.key === before.asked.key &&
        asked.fetchOffset === before.asked.fetchOffset &&
        asked.maxBytes === before.asked.maxBytes
      )
    })
  }
}

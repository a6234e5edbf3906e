import { type Clock, MINUTE_MS, SECOND_MS } from '@pafka/base'

import { failureName } from '../files/as-error.ts'
import type { PartitionLog } from '../partition/partition-log.ts'

/** A pass reads all of a log: one that failed is not begun again at once. */
const FIRST_WAIT_MS = 10 * SECOND_MS
const LONGEST_WAIT_MS = 10 * MINUTE_MS

interface Wait {
  readonly untilMs: number
  readonly waitMs: number
  /** As `failureName`: it is told once. */
  readonly why: string
}

/** Of logs whose last pass failed on what may pass: when they are tried again. */
export class CleanRetries {
  readonly #clock: Clock
  readonly #waits = new WeakMap<PartitionLog, Wait>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  isWaiting(log: PartitionLog): boolean {
    const wait = this.#waits.get(log)
    return wait !== undefined && this.#clock.monotonicMs() < wait.untilMs
  }

  /** It waits, twice as long each time. @returns whether it failed otherwise before, or not */
  failed(log: PartitionLog, error: Error): boolean {
    const before = this.#waits.get(log)
    const waitMs = Math.min(LONGEST_WAIT_MS, before ? 2 * before.waitMs : FIRST_WAIT_MS)
    const why = failureName(error)
    this.#waits.set(log, { untilMs: this.#clock.monotonicMs() + waitMs, waitMs, why })
    return before?.why !== why
  }

  cleaned(log: PartitionLog): void {
    this.#waits.delete(log)
  }
}

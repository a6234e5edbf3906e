import type { Clock } from '@pafka/base'

/** Records that have the same time, when they come in one go. */
const RECORDS_OF_A_MOMENT = 64

/**
 * When records come, in milliseconds since the epoch. To ask the system costs a tenth of what it
 * costs to send a record, so it is not asked for each of those that come in one go.
 */
export class RecordClock {
  readonly #clock: Clock
  readonly #goneBy = (): void => {
    this.#left = 0
  }
  #nowMs = 0
  #left = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  nowMs(): number {
    if (this.#left === 0) {
      this.#nowMs = this.#clock.nowMs()
      this.#left = RECORDS_OF_A_MOMENT
      queueMicrotask(this.#goneBy)
    }
    this.#left -= 1
    return this.#nowMs
  }
}

/** A time as records have it. @throws {RangeError} */
export function wholeMs(timestamp: number): number {
  const ms = Math.floor(timestamp)
  if (Number.isSafeInteger(ms) && ms >= -1) return ms
  throw new RangeError(`its timestamp, ${timestamp}, is no number of milliseconds`)
}

import type { ConsumedSoFar } from '../print/consumer-lines.ts'

/** Adds up what consumers were given. */
export class Consumed {
  #records = 0
  #bytes = 0
  readonly #beganMs = performance.now()
  readonly #beganAtMs = Date.now()
  #joinedMs: number | undefined
  readonly #warmupRecords: number
  #warm: ConsumedSoFar | undefined
  #stoppedMs: number | undefined

  /** @param warmupRecords the first ones; batches are whole */
  constructor(warmupRecords = 0) {
    this.#warmupRecords = warmupRecords
  }

  /** When they were there; undefined before, and where there are none. */
  get warm(): ConsumedSoFar | undefined {
    return this.#warm
  }

  get records(): number {
    return this.#records
  }

  add(records: number, bytes: number): void {
    this.#records += records
    this.#bytes += bytes
    if (this.#warmupRecords > 0 && this.#records >= this.#warmupRecords) {
      this.#warm ??= this.soFar()
    }
  }

  /** One of them has partitions by now. */
  joined(): void {
    this.#joinedMs ??= performance.now() - this.#beganMs
  }

  /** One of them reads no more: what comes after the last is no part of the time. */
  stopped(): void {
    this.#stoppedMs = performance.now()
  }

  soFar(): ConsumedSoFar {
    return this.#until(performance.now())
  }

  /** When all have ended. */
  total(): ConsumedSoFar {
    return this.#until(this.#stoppedMs ?? performance.now())
  }

  #until(nowMs: number): ConsumedSoFar {
    const elapsedMs = nowMs - this.#beganMs
    return {
      ...{ records: this.#records, bytes: this.#bytes },
      ...{ atMs: this.#beganAtMs + elapsedMs, joiningMs: this.#joinedMs ?? elapsedMs },
    }
  }
}

import type { ConsumedSoFar } from '../print/consumer-lines.ts'

/** Adds up what consumers were given. */
export class Consumed {
  #records = 0
  #bytes = 0
  readonly #beganMs = performance.now()
  readonly #beganAtMs = Date.now()
  #joinedMs: number | undefined
  #stoppedMs: number | undefined

  get records(): number {
    return this.#records
  }

  add(records: number, bytes: number): void {
    this.#records += records
    this.#bytes += bytes
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

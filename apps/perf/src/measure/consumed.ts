import type { ConsumedSoFar } from '../print/consumer-lines.ts'

/** Adds up what consumers were given. */
export class Consumed {
  #records = 0
  #bytes = 0
  readonly #beganMs = performance.now()
  readonly #beganAtMs = Date.now()
  #joinedMs: number | undefined

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

  soFar(): ConsumedSoFar {
    const elapsedMs = performance.now() - this.#beganMs
    return {
      ...{ records: this.#records, bytes: this.#bytes },
      ...{ atMs: this.#beganAtMs + elapsedMs, joiningMs: this.#joinedMs ?? elapsedMs },
    }
  }
}

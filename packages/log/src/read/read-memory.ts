import type { BufferPool } from '@pafka/base'

/** Bytes of a log in memory of somebody else, who gets it back by `release`. */
export interface ReadMemory {
  readonly bytes: Uint8Array
  /** Idempotent. @param hasFaulted the system could not read them, though they were lent */
  release(hasFaulted?: boolean): void
}

/** The first bytes of a buffer of a pool. */
export class PooledMemory implements ReadMemory {
  bytes: Uint8Array
  readonly #pool: BufferPool
  #buffer: Buffer | undefined

  constructor(pool: BufferPool, lengthBytes: number) {
    this.#pool = pool
    this.#buffer = pool.take(lengthBytes)
    this.bytes = this.#buffer.subarray(0, lengthBytes)
  }

  release(): void {
    if (this.#buffer === undefined) return
    this.#pool.give(this.#buffer)
    this.#buffer = undefined
  }
}

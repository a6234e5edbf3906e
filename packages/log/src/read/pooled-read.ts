import { ErrorCode } from '@pafka/protocol'

import type { LogRead } from '../partition/log-read.ts'
import type { BufferPool } from './buffer-pool.ts'

const NO_BYTES = new Uint8Array(0)

/** The result of a read, over a buffer that goes back to its pool. */
export class PooledRead implements LogRead {
  errorCode: ErrorCode = ErrorCode.NONE
  records: Uint8Array = NO_BYTES
  highWatermark = -1
  logStartOffset = -1
  nextOffset = -1
  readonly #pool: BufferPool
  #buffer: Buffer | undefined

  constructor(pool: BufferPool, buffer: Buffer | undefined) {
    this.#pool = pool
    this.#buffer = buffer
  }

  release(): void {
    if (this.#buffer === undefined) return
    const buffer = this.#buffer
    this.#buffer = undefined
    this.records = NO_BYTES
    this.#pool.give(buffer)
  }
}

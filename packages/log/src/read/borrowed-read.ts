import { ErrorCode } from '@pafka/protocol'

import type { LogRead } from '../partition/log-read.ts'
import type { ReadMemory } from './read-memory.ts'

const NO_BYTES = new Uint8Array(0)

/** The result of a read, over memory that goes back to where it is from. */
export class BorrowedRead implements LogRead {
  errorCode: ErrorCode = ErrorCode.NONE
  records: Uint8Array = NO_BYTES
  highWatermark = -1
  logStartOffset = -1
  nextOffset = -1
  readonly #memory: ReadMemory | undefined

  constructor(memory: ReadMemory | undefined) {
    this.#memory = memory
  }

  release(hasFaulted = false): void {
    this.records = NO_BYTES
    this.#memory?.release(hasFaulted)
  }
}

import { ConfigError, type Random } from '@pafka/base'

import { type PayloadSource, randomPayloads } from './payloads.ts'

/** Of the run, and of the record in it. */
const MARK_BYTES = 12
const INDEX_AT = 4

/** Marks values, so that who reads one knows which record of this run it is. */
export class RecordMarks {
  readonly #runId: number
  /** The value of a record: the same memory each time. */
  readonly payload: PayloadSource
  readonly #value: Buffer

  /** @throws {ConfigError} */
  constructor(sizeBytes: number, random: Random) {
    if (sizeBytes < MARK_BYTES) {
      throw new ConfigError([`record-size: must be ${MARK_BYTES} or more, is ${sizeBytes}`])
    }
    this.#runId = random.below(2 ** 32)
    this.#value = Buffer.alloc(sizeBytes)
    const letters = randomPayloads(sizeBytes, random)
    this.payload = (index) => {
      const value = this.#value
      value.set(letters(index))
      value.writeUInt32LE(this.#runId)
      value.writeDoubleLE(index, INDEX_AT)
      return value
    }
  }

  /** Undefined for a record of something else. */
  indexOf(value: Uint8Array | null): number | undefined {
    if (value === null || value.length !== this.#value.length) return undefined
    const view = Buffer.from(value.buffer, value.byteOffset, value.length)
    return view.readUInt32LE() === this.#runId ? view.readDoubleLE(INDEX_AT) : undefined
  }
}

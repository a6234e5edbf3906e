import type { PayloadSource } from '../load/payloads.ts'

/** Of the run, and when the record was due. */
export const STAMP_BYTES = 12
const DUE_AT = 4

/** Writes into values when they were due, so that who reads them knows how long it took. */
export class Stamps {
  readonly #runId: number

  /** @param runId of four bytes: records of another one are not this one's */
  constructor(runId: number) {
    this.#runId = runId
  }

  /**
   * @param payload values of `STAMP_BYTES` or more, which are copied
   * @param dueMs of a record, by a clock of this process
   * @returns the same memory each time for values of one size
   */
  stamped(payload: PayloadSource, dueMs: (index: number) => number): PayloadSource {
    let value = Buffer.alloc(0)
    return (index) => {
      const content = payload(index)
      if (content.length !== value.length) value = Buffer.alloc(content.length)
      value.set(content)
      value.writeUInt32LE(this.#runId)
      value.writeDoubleLE(dueMs(index), DUE_AT)
      return value
    }
  }

  /** Undefined for a value of something else. */
  dueMs(value: Uint8Array | null): number | undefined {
    if (value === null || value.length < STAMP_BYTES) return undefined
    const view = Buffer.from(value.buffer, value.byteOffset, STAMP_BYTES)
    return view.readUInt32LE() === this.#runId ? view.readDoubleLE(DUE_AT) : undefined
  }
}

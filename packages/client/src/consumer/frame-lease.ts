import type { FetchResponse } from '@pafka/protocol'

/** A hold on the memory of an answer, which is used again when all holds on it are released. */
export class FrameLease {
  readonly #memory: ArrayBufferLike
  readonly #giveBack: (memory: ArrayBufferLike) => void
  #holders = 1

  /** It is held once. @param giveBack called when all is released, if that is ever said */
  constructor(memory: ArrayBufferLike, giveBack: (memory: ArrayBufferLike) => void) {
    this.#memory = memory
    this.#giveBack = giveBack
  }

  /** Of what lies elsewhere there is nothing to hold. */
  isOf({ buffer }: Uint8Array): boolean {
    return buffer === this.#memory
  }

  hold(): this {
    this.#holders += 1
    return this
  }

  /** Once for each hold. */
  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) this.#giveBack(this.#memory)
  }
}

/** Of the memory that all records of an answer are in; undefined where there are none. */
export function leaseOf(
  { responses }: FetchResponse,
  giveBack: (memory: ArrayBufferLike) => void,
): FrameLease | undefined {
  for (const { partitions } of responses) {
    for (const { records } of partitions) {
      if (!(records instanceof Uint8Array) || records.length === 0) continue
      return new FrameLease(records.buffer, giveBack)
    }
  }
  return undefined
}

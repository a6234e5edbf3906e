/** Blocks of one size, cut from one stretch of memory. */
export class BlockArena {
  readonly #blockBytes: number
  readonly #buffer: ArrayBuffer
  /** By position, whether it was given out. */
  readonly #taken: boolean[]
  /** Blocks before it may have memory of the system. */
  #touched = 0

  /**
   * It is a resizable buffer, as V8 lays those out at page boundaries and gives their pages back at
   * once. It has its whole length from the start, which costs address space only: after each growth
   * of such memory V8 looks for garbage everywhere.
   */
  constructor(blockBytes: number, blocks: number) {
    this.#blockBytes = blockBytes
    this.#taken = Array.from({ length: blocks }, () => false)
    const bytes = blocks * blockBytes
    this.#buffer = new ArrayBuffer(bytes, { maxByteLength: bytes })
  }

  /** @returns undefined when all are taken. Its bytes are of any contents. */
  take(): Buffer | undefined {
    const at = this.#taken.indexOf(false)
    if (at < 0) return undefined
    this.#taken[at] = true
    this.#touched = Math.max(this.#touched, at + 1)
    return Buffer.from(this.#buffer, at * this.#blockBytes, this.#blockBytes)
  }

  /** Nothing looks at it any more. @returns false when it is not from here. */
  give(block: Buffer): boolean {
    if (block.buffer !== this.#buffer) return false
    this.#taken[block.byteOffset / this.#blockBytes] = false
    return true
  }

  /** Gives the memory behind the last block that is taken back to the system. */
  shrink(): void {
    const used = this.#taken.lastIndexOf(true) + 1
    if (used >= this.#touched) return
    this.#touched = used
    const { byteLength } = this.#buffer
    this.#buffer.resize(used * this.#blockBytes)
    this.#buffer.resize(byteLength)
  }
}

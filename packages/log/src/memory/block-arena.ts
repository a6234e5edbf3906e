import { setImmediate as nextTurn } from 'node:timers/promises'

import { MIB } from '@pafka/base'

/** V8 looks for garbage everywhere when such memory is made: there are few pieces of it. */
const SECTION_BYTES = 256 * MIB
/** V8 overwrites what it gives back: so much at a time holds up the thread for 1 to 7 ms. */
const STEP_BYTES = 4 * MIB

/** Memory of the system that blocks are cut from. */
interface Section {
  readonly buffer: ArrayBuffer
  /** By position, whether it was given out. */
  readonly taken: boolean[]
}

/** Blocks of one size, cut from a few stretches of memory. */
export class BlockArena {
  readonly #blockBytes: number
  readonly #blocksOfSection: number
  #sections: Section[] = []
  /** That there may be more of. */
  #left: number

  constructor(blockBytes: number, blocks: number) {
    this.#blockBytes = blockBytes
    this.#blocksOfSection = Math.max(1, Math.floor(SECTION_BYTES / blockBytes))
    this.#left = blocks
  }

  /** @returns undefined when all are taken. Its bytes are of any contents. */
  take(): Buffer | undefined {
    for (const section of this.#sections) {
      const at = section.taken.indexOf(false)
      if (at >= 0) return this.#blockOf(section, at)
    }
    const count = Math.min(this.#left, this.#blocksOfSection)
    if (count === 0) return undefined
    this.#left -= count
    const bytes = count * this.#blockBytes
    // resizable: V8 lays those out at page boundaries, and their pages can be given back
    const buffer = new ArrayBuffer(bytes, { maxByteLength: bytes })
    const section = { buffer, taken: Array.from({ length: count }, () => false) }
    this.#sections.push(section)
    return this.#blockOf(section, 0)
  }

  /** Nothing looks at it any more. @returns false when it is not from here. */
  give(block: Buffer): boolean {
    const section = this.#sections.find(({ buffer }) => buffer === block.buffer)
    if (section === undefined) return false
    section.taken[block.byteOffset / this.#blockBytes] = false
    return true
  }

  /** Gives the memory of sections that nothing is taken of back to the system, over some turns. */
  async shrink(): Promise<void> {
    const unused = this.#sections.filter(({ taken }) => !taken.includes(true))
    this.#sections = this.#sections.filter((section) => !unused.includes(section))
    for (const { buffer, taken } of unused) {
      this.#left += taken.length
      for (let left = buffer.byteLength; left > 0; await nextTurn()) {
        left = Math.max(0, left - STEP_BYTES)
        buffer.resize(left)
      }
    }
  }

  #blockOf({ buffer, taken }: Section, at: number): Buffer {
    taken[at] = true
    return Buffer.from(buffer, at * this.#blockBytes, this.#blockBytes)
  }
}

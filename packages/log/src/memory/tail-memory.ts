import { MIB } from '@pafka/base'

import { alignedMemory } from './aligned-memory.ts'

/** Large enough that few are needed, small enough that the oldest is soon written. */
export const BLOCK_BYTES: number = 8 * MIB

/** After each allocation of such memory V8 looks for garbage everywhere: few of them are made. */
const BLOCKS_AT_ONCE = 4

/** Who keeps views of a block and must let go of them when it is used anew. */
export interface BlockUser {
  /** All views that the user has of it are invalid from now on. */
  forget(block: MemoryBlock): void
}

/** A piece of memory that rounds are built in, one after the other. */
export class MemoryBlock {
  readonly memory: Buffer
  /** Bytes given out. */
  usedBytes = 0
  /** Bytes of batches in it that no segment file has yet. */
  unstoredBytes = 0
  /** Rounds in it that are being filled or written. */
  rounds = 0
  readonly users: Set<BlockUser> = new Set()

  constructor(memory: Buffer) {
    this.memory = memory
  }

  get roomBytes(): number {
    return this.memory.length - this.usedBytes
  }

  get isNeeded(): boolean {
    return this.unstoredBytes > 0 || this.rounds > 0
  }
}

/**
 * The memory of the journal: rounds are built in it, and the same bytes serve the tails of all
 * logs until they make room for newer ones. First in, first out; what no segment file has yet
 * stays, beyond the budget if need be: who fills it is held back by then.
 */
export class TailMemory {
  readonly budgetBytes: number
  readonly #blockBytes: number
  readonly #blocks: MemoryBlock[] = []
  /**
   * To be used anew. Left to the collector they would stay for long: it does not know how much
   * there is of such memory.
   */
  #free: MemoryBlock[] = []
  #bytes = 0

  constructor(budgetBytes: number, blockBytes: number = BLOCK_BYTES) {
    this.#blockBytes = blockBytes
    this.budgetBytes = Math.max(budgetBytes, 2 * blockBytes)
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** The newest block when it has so much room, else a fresh one. */
  blockFor(bytes: number): MemoryBlock {
    const newest = this.#blocks.at(-1)
    if (newest !== undefined && newest.roomBytes >= bytes) return newest
    const size = Math.max(bytes, this.#blockBytes)
    while (this.#bytes + size > this.budgetBytes) {
      const oldest = this.#blocks[0]
      if (oldest === undefined || oldest.isNeeded || oldest === newest) break
      this.#evict()
      if (oldest.memory.length === this.#blockBytes) this.#free.push(oldest)
    }
    const block = this.#freeBlock(size)
    this.#blocks.push(block)
    this.#bytes += size
    return block
  }

  /** Gives back all but the newest block, as far as segment files have what they hold. */
  shrink(): void {
    while (this.#blocks.length > 1 && this.#blocks[0]?.isNeeded === false) this.#evict()
    this.#free = []
  }

  /** Gives all of it back: nothing is added any more, and segment files have what it holds. */
  clear(): void {
    while (this.#blocks.length > 0) this.#evict()
    this.#free = []
  }

  #freeBlock(bytes: number): MemoryBlock {
    if (bytes !== this.#blockBytes) return new MemoryBlock(alignedMemory(bytes))
    if (this.#free.length === 0) {
      const memory = alignedMemory(BLOCKS_AT_ONCE * bytes)
      for (let at = 0; at < memory.length; at += bytes) {
        this.#free.push(new MemoryBlock(memory.subarray(at, at + bytes)))
      }
    }
    return this.#free.pop() as MemoryBlock
  }

  #evict(): void {
    const block = this.#blocks.shift()
    if (block === undefined) return
    for (const user of block.users) user.forget(block)
    block.users.clear()
    block.usedBytes = 0
    this.#bytes -= block.memory.length
  }
}

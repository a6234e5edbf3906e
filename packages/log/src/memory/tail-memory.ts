import { MIB } from '@pafka/base'

import { alignedMemory } from './aligned-memory.ts'
import { BlockArena } from './block-arena.ts'

/** Large enough that few are needed, small enough that the oldest is soon written. */
export const BLOCK_BYTES: number = 8 * MIB
/** What is written behind needs so much in any case. */
const EAGER_BYTES = 256 * MIB
/**
 * Beyond it one in so many blocks is new to the process: the first touch of its pages takes the
 * system longer than all that is done with the bytes.
 */
const GROWS_EVERY = 8

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
 * stays, beyond the budget if need be: who fills it is held back by then. It grows to its budget
 * slowly, as it is used.
 */
export class TailMemory {
  readonly budgetBytes: number
  readonly blockBytes: number
  readonly #blocks: MemoryBlock[] = []
  readonly #arena: BlockArena
  /** Beyond the arena, to be used anew: the collector does not know how much such memory is. */
  #spare: Buffer[] = []
  #bytes = 0
  #filled = 0

  constructor(budgetBytes: number, blockBytes: number = BLOCK_BYTES) {
    this.blockBytes = blockBytes
    this.budgetBytes = Math.max(budgetBytes, 2 * blockBytes)
    this.#arena = new BlockArena(blockBytes, Math.floor(this.budgetBytes / blockBytes))
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** The newest block when it has so much room, else a fresh one. */
  blockFor(bytes: number): MemoryBlock {
    const newest = this.#blocks.at(-1)
    if (newest !== undefined && newest.roomBytes >= bytes) return newest
    const size = Math.max(bytes, this.blockBytes)
    const limitBytes = this.#limitBytes()
    while (this.#bytes + size > limitBytes) {
      const oldest = this.#blocks[0]
      if (oldest === undefined || oldest.isNeeded || oldest === newest) break
      this.#evict()
    }
    const block = new MemoryBlock(this.#memoryFor(size))
    this.#blocks.push(block)
    this.#bytes += size
    return block
  }

  /** Gives back what segment files have, up to the first block that is needed. */
  shrink(): void {
    while (this.#blocks[0]?.isNeeded === false) this.#evict()
    this.#giveBack()
  }

  /** Gives all of it back: nothing is added any more, and segment files have what it holds. */
  clear(): void {
    while (this.#blocks.length > 0) this.#evict()
    this.#giveBack()
  }

  #limitBytes(): number {
    this.#filled = (this.#filled + 1) % GROWS_EVERY
    if (this.#filled === 0) return this.budgetBytes
    return Math.min(this.budgetBytes, Math.max(this.#bytes, EAGER_BYTES))
  }

  #giveBack(): void {
    this.#spare = []
    void this.#arena.shrink()
  }

  #memoryFor(bytes: number): Buffer {
    if (bytes !== this.blockBytes) return alignedMemory(bytes)
    return this.#arena.take() ?? this.#spare.pop() ?? alignedMemory(bytes)
  }

  #evict(): void {
    const block = this.#blocks.shift()
    if (block === undefined) return
    for (const user of block.users) user.forget(block)
    block.users.clear()
    this.#bytes -= block.memory.length
    if (this.#arena.give(block.memory) || block.memory.length !== this.blockBytes) return
    this.#spare.push(block.memory)
  }
}

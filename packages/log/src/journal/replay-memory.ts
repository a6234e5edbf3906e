import type { MemoryBlock, TailMemory } from '../memory/tail-memory.ts'
import type { ScanMemory } from './ring-pieces.ts'

/** One is looked into, the other is being read. */
const KEPT = 2

/**
 * Blocks of the memory for tails that a ring is read into: what is found there is served from where
 * it lies, and stored from there. The newest two are kept while rounds are looked for in them.
 */
export class ReplayMemory implements ScanMemory {
  readonly #memory: TailMemory
  #newest: MemoryBlock[] = []

  constructor(memory: TailMemory) {
    this.#memory = memory
  }

  /** The block of what was found last. */
  blockOf(found: Buffer): MemoryBlock {
    const block = this.#newest.find(({ memory }) => isWithin(found, memory))
    if (block === undefined) throw new Error('it was not read to here')
    return block
  }

  take(leastBytes: number): Buffer {
    if (this.#newest.length === KEPT) unpin(this.#newest.shift())
    const block = this.#memory.blockFor(Math.max(leastBytes, this.#memory.blockBytes))
    block.rounds += 1
    block.usedBytes = block.memory.length
    this.#newest.push(block)
    return block.memory
  }

  /** Nothing is looked for any more. */
  release(): void {
    for (const block of this.#newest) unpin(block)
    this.#newest = []
  }
}

function unpin(block: MemoryBlock | undefined): void {
  if (block !== undefined) block.rounds -= 1
}

function isWithin(bytes: Buffer, memory: Buffer): boolean {
  const at = bytes.byteOffset - memory.byteOffset
  return bytes.buffer === memory.buffer && at >= 0 && at + bytes.length <= memory.length
}

import { assert } from '@pafka/base'

import type { MemoryBlock } from '../memory/tail-memory.ts'

/** A round that lies in memory until segment files have its bytes. */
export class HeldRound {
  readonly block: MemoryBlock
  /** Bytes of its batches that no segment file has yet. */
  unstoredBytes = 0
  sequence = 0
  /** Sequence of the round before it. */
  previous = 0
  /** All that it takes of the ring. */
  totalBytes = 0

  constructor(block: MemoryBlock) {
    this.block = block
  }

  /** So many bytes of its block are to be stored. */
  hold(bytes: number): void {
    this.unstoredBytes += bytes
    this.block.unstoredBytes += bytes
  }

  /** A segment file has so many more bytes of it, or nobody needs them. */
  stored(bytes: number): void {
    this.unstoredBytes -= bytes
    this.block.unstoredBytes -= bytes
    assert(this.unstoredBytes >= 0, 'bytes are stored once')
  }
}

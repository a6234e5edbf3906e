import { alignedMemory } from '../src/memory/aligned-memory.ts'
import type { ScanMemory } from '../src/journal/ring-pieces.ts'
import { appendAt, roundOf } from './test-rounds.ts'

export const BLOCK = 4096

/** A ring in memory, with a note of what was read of it. */
export class TestRing {
  readonly bytes: Buffer
  mostBytes = 0
  reads = 0

  constructor(blocks: number) {
    this.bytes = Buffer.alloc(blocks * BLOCK)
  }

  get sizeBytes(): number {
    return this.bytes.length
  }

  async read(into: Buffer, positionBytes: number): Promise<number> {
    this.reads += 1
    this.mostBytes = Math.max(this.mostBytes, into.length)
    return this.bytes.copy(into, 0, positionBytes)
  }

  put(round: Buffer, block: number): void {
    round.copy(this.bytes, block * BLOCK)
  }
}

/** A round of one block. */
export function small(sequence: number, previous: number = sequence - 1): Buffer {
  return roundOf([appendAt(sequence * 10)], { sequence, previous })
}

/** A round of a few blocks. */
export function large(sequence: number, valueBytes: number): Buffer {
  const append = appendAt(sequence * 10, { counts: [0], valueBytes })
  return roundOf([append], { sequence, previous: sequence - 1 })
}

/** Pieces of so many blocks. */
export function memoryOf(blocks: number): ScanMemory {
  return { take: (bytes) => alignedMemory(Math.max(bytes, blocks * BLOCK)) }
}

import { MIB } from '@pafka/base'

import { alignedMemory } from './aligned-memory.ts'

/** Large enough that few are needed, small enough that the oldest is soon written. */
export const CHUNK_BYTES: number = 8 * MIB

/** Who keeps views of a chunk and must let go of them when it is used anew. */
export interface ChunkUser {
  /** All views that the user has of it are invalid from now on. */
  forget(chunk: Chunk): void
}

/** A piece of memory that rounds are built in, one after the other. */
export class Chunk {
  readonly memory: Buffer
  /** Bytes given out. */
  usedBytes = 0
  /** Bytes of batches in it that no segment file has yet. */
  unstoredBytes = 0
  /** Rounds in it that are being filled or written. */
  rounds = 0
  readonly users: Set<ChunkUser> = new Set()

  constructor(bytes: number) {
    this.memory = alignedMemory(bytes)
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
  #chunks: Chunk[] = []
  #bytes = 0

  constructor(budgetBytes: number) {
    this.budgetBytes = Math.max(budgetBytes, 2 * CHUNK_BYTES)
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** The newest chunk when it has so much room, else a fresh one. */
  chunkFor(bytes: number): Chunk {
    const newest = this.#chunks.at(-1)
    if (newest !== undefined && newest.roomBytes >= bytes) return newest
    const size = Math.max(bytes, CHUNK_BYTES)
    let chunk: Chunk | undefined
    while (this.#bytes + size > this.budgetBytes) {
      const oldest = this.#chunks[0]
      if (oldest === undefined || oldest.isNeeded || oldest === newest) break
      chunk = this.#evict()
    }
    if (chunk === undefined || chunk.memory.length !== size) chunk = new Chunk(size)
    this.#chunks.push(chunk)
    this.#bytes += size
    return chunk
  }

  /** Gives back all but the newest chunk, as far as segment files have what they hold. */
  shrink(): void {
    while (this.#chunks.length > 1 && this.#chunks[0]?.isNeeded === false) this.#evict()
  }

  #evict(): Chunk | undefined {
    const chunk = this.#chunks.shift()
    if (chunk === undefined) return undefined
    for (const user of chunk.users) user.forget(chunk)
    chunk.users.clear()
    chunk.usedBytes = 0
    this.#bytes -= chunk.memory.length
    return chunk
  }
}

import { assert, KIB, MIB } from '@pafka/base'

import { alignDown, alignUp } from '../memory/aligned-memory.ts'

/** Pieces are multiples of it, so that few holes are too small for anything. */
export const UNIT_BYTES: number = 64 * KIB

/** A piece of the memory, aligned for direct I/O. */
export interface ColdPiece {
  readonly fromBytes: number
  readonly toBytes: number
  readonly bytes: Buffer
}

/**
 * A bounded stretch of memory, cut into pieces, first fit. It is a resizable buffer: V8 lays such
 * ones out at page boundaries, as they grow and shrink by pages, and unlike all other memory of
 * JavaScript they give pages back to the system at once, not when some later collection finds them.
 */
export class ColdMemory {
  readonly limitBytes: number
  readonly #buffer: ArrayBuffer
  /** By position. */
  readonly #pieces: ColdPiece[] = []
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = alignDown(limitBytes, UNIT_BYTES)
    assert(this.limitBytes > 0, 'memory has a size')
    this.#buffer = new ArrayBuffer(0, { maxByteLength: this.limitBytes })
  }

  /** In pieces that were taken. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** What the system may have given for it. */
  get heldBytes(): number {
    return this.#buffer.byteLength
  }

  /** @returns undefined when no hole is large enough. Its bytes are of any contents. */
  take(leastBytes: number): ColdPiece | undefined {
    assert(leastBytes > 0, 'a piece has a size')
    const size = alignUp(leastBytes, UNIT_BYTES)
    let fromBytes = 0
    let at = 0
    for (const piece of this.#pieces) {
      if (piece.fromBytes - fromBytes >= size) break
      fromBytes = piece.toBytes
      at += 1
    }
    const toBytes = fromBytes + size
    if (toBytes > this.limitBytes) return undefined
    if (toBytes > this.heldBytes) {
      this.#buffer.resize(Math.min(this.limitBytes, alignUp(toBytes, MIB)))
    }
    const piece = { fromBytes, toBytes, bytes: Buffer.from(this.#buffer, fromBytes, leastBytes) }
    this.#pieces.splice(at, 0, piece)
    this.#usedBytes += size
    return piece
  }

  give(piece: ColdPiece): void {
    const at = this.#pieces.indexOf(piece)
    assert(at >= 0, 'a piece is given back once')
    this.#pieces.splice(at, 1)
    this.#usedBytes -= piece.toBytes - piece.fromBytes
  }

  /** Gives back to the system what lies above the last piece. */
  shrink(): void {
    this.#buffer.resize(this.#pieces.at(-1)?.toBytes ?? 0)
  }
}

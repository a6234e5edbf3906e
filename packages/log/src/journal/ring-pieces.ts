import { MIB } from '@pafka/base'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { alignedMemory } from '../memory/aligned-memory.ts'
import type { RingFile } from './ring-file.ts'
import { readRoundHead } from './round-format.ts'

const NOTHING: Buffer = Buffer.alloc(0)
/** Bytes of one read, so that rounds are read many at a time. */
const READ_BYTES = 4 * MIB

/** Where a ring is read to, so that what was found outlives the search. */
export interface ScanMemory {
  /** @returns aligned memory of so many bytes at least; that of the call before stays, too */
  take(leastBytes: number): Buffer
}

/** One buffer, used again and again. */
function ownMemory(ringBytes: number): ScanMemory {
  let buffer = NOTHING
  return {
    take(leastBytes) {
      const bytes = Math.max(leastBytes, Math.min(READ_BYTES, ringBytes))
      if (buffer.length < bytes) buffer = alignedMemory(bytes)
      return buffer
    },
  }
}

/** Bytes of the ring in memory. */
interface Piece {
  readonly buffer: Buffer
  readonly positionBytes: number
  readonly lengthBytes: number
}

const NO_PIECE: Piece = { buffer: NOTHING, positionBytes: 0, lengthBytes: 0 }

/** What is asked of the ring's file. */
export type RingBytes = Pick<RingFile, 'read' | 'sizeBytes'>

/** A ring, read a piece at a time; with memory that keeps it, the next while one is looked into. */
export class RingPieces {
  readonly #file: RingBytes
  readonly #ringId: Buffer
  readonly #sizeBytes: number
  readonly #memory: ScanMemory
  #piece = NO_PIECE
  /** The one behind it, on its way. With more a start is no faster. */
  #ahead: Promise<Piece> | undefined
  readonly #readsAhead: boolean

  /** @param memory that keeps what was read; else it is valid until more is asked for */
  constructor(file: RingBytes, ringId: Buffer, memory?: ScanMemory) {
    this.#file = file
    this.#ringId = ringId
    this.#sizeBytes = file.sizeBytes
    this.#memory = memory ?? ownMemory(file.sizeBytes)
    this.#readsAhead = memory !== undefined
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await this.#ahead
  }

  /** Bytes of the ring, from the piece when it has them; undefined beyond the end. */
  async bytes(positionBytes: number, length: number): Promise<Buffer | undefined> {
    if (positionBytes + length > this.#sizeBytes) return undefined
    if (!has(this.#piece, positionBytes, length)) {
      const ahead = await this.#ahead
      this.#ahead = undefined
      const isThere = ahead !== undefined && has(ahead, positionBytes, length)
      this.#piece = isThere ? ahead : await this.#read(positionBytes, length)
      if (!has(this.#piece, positionBytes, length)) return undefined
      // what fails is read again by who needs it
      if (this.#readsAhead) this.#ahead = this.#readBehind(this.#piece).catch(() => NO_PIECE)
    }
    const { buffer, positionBytes: from } = this.#piece
    return buffer.subarray(positionBytes - from, positionBytes - from + length)
  }

  async #read(positionBytes: number, length: number): Promise<Piece> {
    const buffer = this.#memory.take(length)
    const most = Math.min(buffer.length, this.#sizeBytes - positionBytes)
    const lengthBytes = await this.#file.read(buffer.subarray(0, most), positionBytes)
    return { buffer, positionBytes, lengthBytes }
  }

  /** From the first round on that the piece has not wholly. */
  async #readBehind(piece: Piece): Promise<Piece> {
    let at = 0
    let leastBytes = DIRECT_BLOCK_BYTES
    let previous: number | undefined
    while (at + DIRECT_BLOCK_BYTES <= piece.lengthBytes) {
      const head = readRoundHead(piece.buffer.subarray(at), this.#ringId)
      // here the run ends, or what is left of an older one begins
      if (head === undefined || head.previous !== (previous ?? head.previous)) return NO_PIECE
      leastBytes = head.totalBytes
      if (at + leastBytes > piece.lengthBytes) break
      at += leastBytes
      previous = head.sequence
    }
    const positionBytes = piece.positionBytes + at
    if (at === 0 || positionBytes + leastBytes > this.#sizeBytes) return NO_PIECE
    return this.#read(positionBytes, leastBytes)
  }
}

function has(piece: Piece, positionBytes: number, length: number): boolean {
  const at = positionBytes - piece.positionBytes
  return at >= 0 && at + length <= piece.lengthBytes
}

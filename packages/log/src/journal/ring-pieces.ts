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
  /** Pieces that are read while one is looked into. */
  readonly ahead: number
  /** @returns aligned memory of so many bytes at least; that of the `ahead` calls before stays */
  take(leastBytes: number): Buffer
}

/** One buffer, used again and again. */
function ownMemory(ringBytes: number): ScanMemory {
  let buffer = NOTHING
  return {
    ahead: 0,
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

/** A ring, read a piece at a time, and the next ones while one is looked into. */
export class RingPieces {
  readonly #file: RingBytes
  readonly #ringId: Buffer
  readonly #sizeBytes: number
  readonly #memory: ScanMemory
  #piece = NO_PIECE
  /** Those behind it, on their way one after the other; `NO_PIECE` where the run ends. */
  #ahead: Promise<Piece>[] = []
  /** Sequence of the last round in front of them, where it is known. */
  #aheadPrevious: number | undefined

  /** @param memory that keeps what was read; else it is valid until more is asked for */
  constructor(file: RingBytes, ringId: Buffer, memory?: ScanMemory) {
    this.#file = file
    this.#ringId = ringId
    this.#sizeBytes = file.sizeBytes
    this.#memory = memory ?? ownMemory(file.sizeBytes)
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await Promise.all(this.#ahead)
  }

  /** Bytes of the ring, from the piece when it has them; undefined beyond the end. */
  async bytes(positionBytes: number, length: number): Promise<Buffer | undefined> {
    if (positionBytes + length > this.#sizeBytes) return undefined
    if (!has(this.#piece, positionBytes, length)) {
      this.#piece = (await this.#ahead.shift()) ?? NO_PIECE
      if (!has(this.#piece, positionBytes, length)) {
        await this.#stopAhead()
        this.#piece = await this.#read(positionBytes, length)
      }
      if (!has(this.#piece, positionBytes, length)) return undefined
      this.#readAhead()
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

  #readAhead(): void {
    while (this.#ahead.length < this.#memory.ahead) {
      const before = this.#ahead.at(-1) ?? Promise.resolve(this.#piece)
      // what fails is read again by who needs it
      this.#ahead.push(before.then((piece) => this.#readBehind(piece)).catch(() => NO_PIECE))
    }
  }

  async #stopAhead(): Promise<void> {
    await this.settled() // what is on its way writes to memory that is used again
    this.#ahead = []
    this.#aheadPrevious = undefined
  }

  /** From the first round on that the piece has not wholly. */
  async #readBehind(piece: Piece): Promise<Piece> {
    let at = 0
    let leastBytes = DIRECT_BLOCK_BYTES
    while (at + DIRECT_BLOCK_BYTES <= piece.lengthBytes) {
      const head = readRoundHead(piece.buffer.subarray(at), this.#ringId)
      // here the run ends, or what is left of an older one begins
      if (head === undefined || head.previous !== (this.#aheadPrevious ?? head.previous)) {
        return NO_PIECE
      }
      leastBytes = head.totalBytes
      if (at + leastBytes > piece.lengthBytes) break
      at += head.totalBytes
      this.#aheadPrevious = head.sequence
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

import { MIB } from '@pafka/base'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { alignedMemory } from '../memory/aligned-memory.ts'
import type { RoundPlace } from './journal.ts'
import type { RingFile } from './ring-file.ts'
import { decodeRound, type DecodedRound, readRoundHead, type RoundHead } from './round-format.ts'

const NOTHING: Buffer = Buffer.alloc(0)
/** Bytes of one read, so that rounds are read many at a time. */
const READ_BYTES = 4 * MIB

/** More than a missing round and two behind it take, but for large batches. */
const SEARCHED_BYTES = 16 * MIB

/** A round that was found. */
export interface FoundRound {
  readonly round: DecodedRound
  readonly positionBytes: number
  /** All of it. */
  readonly bytes: Buffer
}

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

/**
 * The unbroken run of rounds from a place on: each names the one before it, lies behind it or at
 * the beginning of the ring, and is whole. The first that is not ends the run: it was never
 * acknowledged, nor was one that was in flight beside it, and all else in the ring is older.
 */
export class RingScan {
  #memory: ScanMemory
  readonly #file: RingBytes
  readonly #ringId: Buffer
  readonly #sizeBytes: number
  #position: number
  #previous: number
  #piece = NO_PIECE
  /** The one behind it, on its way. */
  #ahead: Promise<Piece> | undefined
  #readsAhead: boolean
  /** Goes on with the next sound round where some are missing. */
  passesGaps = false

  /** @param memory that keeps what was found; else it is valid until the next is asked for */
  constructor(file: RingBytes, ringId: Buffer, from: RoundPlace, memory?: ScanMemory) {
    this.#file = file
    this.#ringId = ringId
    this.#sizeBytes = file.sizeBytes
    this.#memory = memory ?? ownMemory(file.sizeBytes)
    this.#readsAhead = memory !== undefined
    this.#position = from.positionBytes
    this.#previous = from.previous
  }

  /** Where the next round goes, when the run has ended. */
  get positionBytes(): number {
    return this.#position
  }

  /** Sequence of the last round of the run. */
  get previous(): number {
    return this.#previous
  }

  async next(): Promise<FoundRound | undefined> {
    let found = (await this.#at(this.#position)) ?? (await this.#at(0))
    if (this.passesGaps) found ??= await this.#afterGap()
    if (found === undefined) {
      await this.#ahead?.catch(() => undefined) // nobody writes to what was taken when it has ended
      return undefined
    }
    this.#position = found.positionBytes + found.round.totalBytes
    this.#previous = found.round.sequence
    return found
  }

  /**
   * The sequences, two at most, of sound rounds not far behind the end of the run, or at the
   * beginning of the ring, that are younger than it. Two tell that one was lost that had been
   * whole: of two rounds in flight power loss may take the first alone, but a third waits for both.
   */
  async youngerBeyond(): Promise<number[]> {
    // nothing of it is kept
    this.#memory = ownMemory(this.#sizeBytes)
    this.#readsAhead = false
    const from = this.#position
    const behind = await this.#youngerIn(from, from + SEARCHED_BYTES)
    // the one that is missing may be the first of a lap
    const ahead = await this.#youngerIn(0, Math.min(from, SEARCHED_BYTES))
    return [...behind, ...ahead].toSorted((one, other) => one - other).slice(0, 2)
  }

  /** The next sound round that is younger than what was found, wherever it lies. */
  async #afterGap(): Promise<FoundRound | undefined> {
    const from = this.#position
    for (const [start, end] of [
      [from, this.#sizeBytes],
      [0, from],
    ] as const) {
      for (let at = start; at + DIRECT_BLOCK_BYTES <= end; at += DIRECT_BLOCK_BYTES) {
        const round = await this.#youngerAt(at)
        if (round === undefined) continue
        const bytes = await this.#bytes(at, round.totalBytes)
        if (bytes !== undefined) return { round, positionBytes: at, bytes }
      }
    }
    return undefined
  }

  /** The sequences of the first two sound rounds there that are younger than the run. */
  async #youngerIn(from: number, to: number): Promise<number[]> {
    const found: number[] = []
    const end = Math.min(to, this.#sizeBytes)
    for (let at = from; at + DIRECT_BLOCK_BYTES <= end && found.length < 2;) {
      const younger = await this.#youngerAt(at)
      if (younger !== undefined) found.push(younger.sequence)
      at += younger?.totalBytes ?? DIRECT_BLOCK_BYTES
    }
    return found
  }

  async #youngerAt(positionBytes: number): Promise<DecodedRound | undefined> {
    const header = await this.#bytes(positionBytes, DIRECT_BLOCK_BYTES)
    const head = header && readRoundHead(header, this.#ringId)
    if (head === undefined || head.sequence <= this.#previous) return undefined
    const bytes = await this.#bytes(positionBytes, head.totalBytes)
    return bytes && decodeRound(bytes, head)
  }

  async #at(positionBytes: number): Promise<FoundRound | undefined> {
    const header = await this.#bytes(positionBytes, DIRECT_BLOCK_BYTES)
    if (header === undefined) return undefined
    const head = readRoundHead(header, this.#ringId)
    if (head === undefined || !this.#follows(head)) return undefined
    const bytes = await this.#bytes(positionBytes, head.totalBytes)
    if (bytes === undefined) return undefined
    const round = decodeRound(bytes, head)
    return round === undefined ? undefined : { round, positionBytes, bytes }
  }

  #follows(head: RoundHead): boolean {
    return head.previous === this.#previous && head.sequence > head.previous
  }

  /** Bytes of the ring, from the piece when it has them; undefined beyond the end. */
  async #bytes(positionBytes: number, length: number): Promise<Buffer | undefined> {
    if (positionBytes + length > this.#sizeBytes) return undefined
    if (!has(this.#piece, positionBytes, length)) {
      const ahead = await this.#ahead?.catch(() => undefined)
      this.#ahead = undefined
      const isThere = ahead !== undefined && has(ahead, positionBytes, length)
      this.#piece = isThere ? ahead : await this.#read(positionBytes, length)
      if (!has(this.#piece, positionBytes, length)) return undefined
      if (this.#readsAhead) this.#readAhead(this.#piece)
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

  /** What comes next begins with the first round that the piece has not wholly. */
  #readAhead(piece: Piece): void {
    let at = 0
    while (at + DIRECT_BLOCK_BYTES <= piece.lengthBytes) {
      const head = readRoundHead(piece.buffer.subarray(at), this.#ringId)
      if (head === undefined) return
      if (at + head.totalBytes > piece.lengthBytes) break
      at += head.totalBytes
    }
    const positionBytes = piece.positionBytes + at
    if (at === 0 || positionBytes + DIRECT_BLOCK_BYTES > this.#sizeBytes) return
    const next = this.#read(positionBytes, DIRECT_BLOCK_BYTES)
    next.catch(() => undefined) // who needs it reads it again
    this.#ahead = next
  }
}

function has(piece: Piece, positionBytes: number, length: number): boolean {
  const at = positionBytes - piece.positionBytes
  return at >= 0 && at + length <= piece.lengthBytes
}

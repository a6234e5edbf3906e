import { MIB } from '@pafka/base'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import type { RoundPlace } from './journal.ts'
import { type RingBytes, RingPieces, type ScanMemory } from './ring-pieces.ts'
import { decodeRound, type DecodedRound, readRoundHead, type RoundHead } from './round-format.ts'

/** More than a missing round and two behind it take, but for large batches. */
const SEARCHED_BYTES = 16 * MIB

/** A round that was found. */
export interface FoundRound {
  readonly round: DecodedRound
  readonly positionBytes: number
  /** All of it. */
  readonly bytes: Buffer
  /** There was something else before it. */
  readonly isBehindGap: boolean
}

/**
 * The unbroken run of rounds from a place on: each names the one before it, lies behind it or at
 * the beginning of the ring, and is whole. The first that is not ends the run: it was never
 * acknowledged, nor was one that was in flight beside it, and all else in the ring is older.
 */
export class RingScan {
  readonly #file: RingBytes
  readonly #ringId: Buffer
  readonly #sizeBytes: number
  #position: number
  #previous: number
  #pieces: RingPieces
  /** Goes on with the next sound round where some are missing. */
  passesGaps = false
  /** Behind its end it goes on at its beginning. */
  hasLaps = true
  /** Whether any that was found is behind a gap. */
  hasGaps = false

  /** @param memory that keeps what was found; else it is valid until the next is asked for */
  constructor(file: RingBytes, ringId: Buffer, from: RoundPlace, memory?: ScanMemory) {
    this.#file = file
    this.#ringId = ringId
    this.#sizeBytes = file.sizeBytes
    this.#pieces = new RingPieces(file, ringId, memory)
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
    let found = await this.#at(this.#position)
    if (this.hasLaps) found ??= await this.#at(0)
    if (this.passesGaps) found ??= await this.#afterGap()
    if (found === undefined) {
      await this.#pieces.settled() // nobody writes to what was taken when it has ended
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
    this.#pieces = new RingPieces(this.#file, this.#ringId)
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
      [0, this.hasLaps ? from : 0],
    ] as const) {
      for (let at = start; at + DIRECT_BLOCK_BYTES <= end; at += DIRECT_BLOCK_BYTES) {
        const round = await this.#youngerAt(at)
        if (round === undefined) continue
        const bytes = await this.#pieces.bytes(at, round.totalBytes)
        if (bytes === undefined) continue
        const isBehindGap = at !== from
        this.hasGaps ||= isBehindGap
        return { round, positionBytes: at, bytes, isBehindGap }
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
    const header = await this.#pieces.bytes(positionBytes, DIRECT_BLOCK_BYTES)
    const head = header && readRoundHead(header, this.#ringId)
    if (head === undefined || head.sequence <= this.#previous) return undefined
    const bytes = await this.#pieces.bytes(positionBytes, head.totalBytes)
    return bytes && decodeRound(bytes, head)
  }

  async #at(positionBytes: number): Promise<FoundRound | undefined> {
    const header = await this.#pieces.bytes(positionBytes, DIRECT_BLOCK_BYTES)
    if (header === undefined) return undefined
    const head = readRoundHead(header, this.#ringId)
    if (head === undefined || !this.#follows(head)) return undefined
    const bytes = await this.#pieces.bytes(positionBytes, head.totalBytes)
    if (bytes === undefined) return undefined
    const round = decodeRound(bytes, head)
    return round && { round, positionBytes, bytes, isBehindGap: false }
  }

  #follows(head: RoundHead): boolean {
    return head.previous === this.#previous && head.sequence > head.previous
  }
}

/** Of a file with rounds of a ring that were set aside: others were left out between them. */
export function scanAside(
  file: RingBytes,
  ringId: Buffer,
  from: RoundPlace,
  memory?: ScanMemory,
): RingScan {
  const scan = new RingScan(file, ringId, from, memory)
  scan.passesGaps = true
  scan.hasLaps = false
  return scan
}

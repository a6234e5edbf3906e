import { MIB } from '@pafka/base'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { alignedMemory } from '../memory/aligned-memory.ts'
import type { RoundPlace } from './journal.ts'
import type { RingFile } from './ring-file.ts'
import { decodeRound, type DecodedRound, readRoundHead, type RoundHead } from './round-format.ts'

/** Bytes of one read, so that rounds are read many at a time. */
const READ_BYTES = 4 * MIB

/** More than a missing round and two behind it take, but for large batches. */
const SEARCHED_BYTES = 16 * MIB

/** A round that was found, valid until the next one is asked for. */
export interface FoundRound {
  readonly round: DecodedRound
  readonly positionBytes: number
  /** All of it. */
  readonly bytes: Buffer
}

/** What is asked of the ring's file. */
export type RingBytes = Pick<RingFile, 'read' | 'sizeBytes'>

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
  #buffer: Buffer
  #bufferAt = 0
  #bufferBytes = 0

  constructor(file: RingBytes, ringId: Buffer, from: RoundPlace) {
    this.#file = file
    this.#ringId = ringId
    this.#sizeBytes = file.sizeBytes
    this.#buffer = alignedMemory(Math.max(DIRECT_BLOCK_BYTES, Math.min(READ_BYTES, file.sizeBytes)))
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
    const found = (await this.#at(this.#position)) ?? (await this.#at(0))
    if (found === undefined) return undefined
    this.#position = found.positionBytes + found.round.totalBytes
    this.#previous = found.round.sequence
    return found
  }

  /**
   * Sequence of a sound round not far behind the end of the run, or at the beginning of the ring,
   * that is younger than it and was not in flight beside the one that is missing, or undefined. So
   * one was lost that had been whole: of two rounds in flight power loss may take the first alone,
   * but a third waits for both.
   */
  async youngerBeyond(): Promise<number | undefined> {
    const from = this.#position
    const behind = await this.#youngerIn(from, from + SEARCHED_BYTES)
    // the one that is missing may be the first of a lap
    const ahead = await this.#youngerIn(0, Math.min(from, SEARCHED_BYTES))
    return [...behind, ...ahead].toSorted((one, other) => one - other)[1]
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

  async #youngerAt(positionBytes: number): Promise<RoundHead | undefined> {
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

  /** Bytes of the ring, from the buffer when it has them; undefined beyond the end. */
  async #bytes(positionBytes: number, length: number): Promise<Buffer | undefined> {
    if (positionBytes + length > this.#sizeBytes) return undefined
    const at = positionBytes - this.#bufferAt
    if (at < 0 || at + length > this.#bufferBytes) {
      if (this.#buffer.length < length) this.#buffer = alignedMemory(length)
      const most = Math.min(this.#buffer.length, this.#sizeBytes - positionBytes)
      this.#bufferBytes = await this.#file.read(this.#buffer.subarray(0, most), positionBytes)
      this.#bufferAt = positionBytes
      if (this.#bufferBytes < length) return undefined
      return this.#buffer.subarray(0, length)
    }
    return this.#buffer.subarray(at, at + length)
  }
}

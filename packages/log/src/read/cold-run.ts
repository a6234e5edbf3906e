import { assert } from '@pafka/base'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { alignDown, alignUp } from '../memory/aligned-memory.ts'
import { type ColdFile, ColdHandle, type DirectFiles } from './cold-file.ts'
import type { ColdPiece } from './cold-memory.ts'
import { ColdPlaces } from './cold-places.ts'

/** Somebody who waits for bytes, at least so many unless the file ends before. */
export interface ColdWaiter {
  readonly source: ColdSource
  readonly positionBytes: number
  readonly leastBytes: number
  readonly mostBytes: number
  /** Takes nothing rather than wait for memory that others hold. */
  readonly canWait: boolean
  /** How much to read at a time for it; 0 for one who jumps. */
  readonly windowBytes: number
  /** Attempts to find the bytes so far. */
  tries: number
  resolve(run: ColdRun | undefined): void
  reject(error: Error): void
}

/** What is known of one file that is being read. */
export class ColdSource {
  readonly handle: ColdHandle
  readonly places: ColdPlaces
  /** At hand or on their way. */
  readonly runs: ColdRun[] = []
  /** The largest end that a reader named: bytes before it are written, and stay as they are. */
  endBytes = 0
  /** Its bytes are of no use to anybody who comes later. */
  isForgotten = false

  constructor(files: DirectFiles, file: ColdFile, longestWindowBytes: number) {
    this.handle = new ColdHandle(files, file)
    this.places = new ColdPlaces(longestWindowBytes)
  }

  /** Once its last reader is gone. */
  closeIfForgotten(): void {
    if (this.isForgotten && this.runs.length === 0) this.handle.close()
  }

  /** The run that has, or will have, this byte and most bytes after it. */
  at(positionBytes: number): ColdRun | undefined {
    let best: ColdRun | undefined
    for (const run of this.runs) {
      if (!run.has(positionBytes)) continue
      if (best === undefined || run.endBytes > best.endBytes) best = run
    }
    return best
  }
}

/** Waiting for the device, being read, at hand, and given up or failed. */
export type ColdRunState = 'waiting' | 'reading' | 'filled' | 'dropped'

/**
 * Bytes of a file in one stretch of memory, read by one read of the device. In front of them there
 * may be room for bytes that another run has, so that a reader who crosses from one run to the
 * next gets one stretch: only those few bytes are copied.
 */
export class ColdRun {
  readonly source: ColdSource
  /** Where the read of the device begins; aligned. */
  readonly startBytes: number
  /** Length of that read; aligned. */
  readonly lengthBytes: number
  /** Room in front. */
  readonly headBytes: number
  /** The first byte that it has, moved down into the room in front as need be. */
  firstBytes: number
  /** Exclusive. What was not committed when the read began does not count. */
  endBytes: number
  state: ColdRunState = 'waiting'
  /** The file turned out to end before it should. */
  isShort = false
  /** Readers who have not released its bytes. */
  uses = 0
  /** Nobody has asked for it yet. */
  isAhead = false
  /** When to stop waiting for somebody who does. */
  aheadUntilMs = 0
  waiters: ColdWaiter[] = []
  piece: ColdPiece | undefined

  constructor(source: ColdSource, fromBytes: number, toBytes: number, headBytes: number) {
    this.source = source
    this.startBytes = alignDown(fromBytes, DIRECT_BLOCK_BYTES)
    this.endBytes = Math.min(alignUp(toBytes, DIRECT_BLOCK_BYTES), source.endBytes)
    this.lengthBytes = alignUp(this.endBytes, DIRECT_BLOCK_BYTES) - this.startBytes
    this.headBytes = Math.min(alignUp(headBytes, DIRECT_BLOCK_BYTES), this.startBytes)
    this.firstBytes = this.startBytes
    assert(this.lengthBytes > 0, 'a run has bytes')
  }

  get memoryBytes(): number {
    return this.headBytes + this.lengthBytes
  }

  has(positionBytes: number): boolean {
    return this.firstBytes <= positionBytes && positionBytes < this.endBytes
  }

  /** Whether the bytes at hand are what the reader waits for. */
  serves(waiter: ColdWaiter): boolean {
    if (this.state !== 'filled' || waiter.positionBytes < this.firstBytes) return false
    return this.isShort || this.endBytes - waiter.positionBytes >= waiter.leastBytes
  }

  /** Where the device is to put its bytes. */
  target(): Buffer {
    assert(this.piece !== undefined, 'a read has memory')
    return this.piece.bytes.subarray(this.headBytes, this.memoryBytes)
  }

  filled(countBytes: number): void {
    this.state = 'filled'
    this.isShort = this.startBytes + countBytes < this.endBytes
    if (this.isShort) this.endBytes = this.startBytes + countBytes
  }

  /** Whether bytes from a position on, before its own, could stand in front. */
  hasRoomFor(positionBytes: number): boolean {
    return this.startBytes - positionBytes <= this.headBytes
  }

  /** Copies what is missing from `positionBytes` on out of a run that has it, if there is room. */
  carry(before: ColdRun, positionBytes: number): void {
    if (this.state !== 'filled' || before.state !== 'filled' || this.piece === undefined) return
    if (positionBytes >= this.firstBytes || !this.hasRoomFor(positionBytes)) return
    if (before.firstBytes > positionBytes || before.endBytes < this.firstBytes) return
    const missing = before.bytes(positionBytes, this.firstBytes - positionBytes)
    this.piece.bytes.set(missing, this.headBytes - (this.startBytes - positionBytes))
    this.firstBytes = positionBytes
  }

  /** From a position that it has on, as many as there are of those wanted. */
  bytes(positionBytes: number, mostBytes: number): Uint8Array {
    assert(this.piece !== undefined, 'bytes at hand have memory')
    const at = this.headBytes + positionBytes - this.startBytes
    const count = Math.max(0, Math.min(mostBytes, this.endBytes - positionBytes))
    return this.piece.bytes.subarray(at, at + count)
  }
}

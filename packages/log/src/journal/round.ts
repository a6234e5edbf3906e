import { assert } from '@pafka/base'

import type { TailMemory } from '../memory/tail-memory.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { HeldRound } from './held-round.ts'
import {
  entriesAt,
  ROUND_ENTRY_BYTES,
  ROUND_HEADER_BYTES,
  roundBytes,
  type RoundEntry,
  type RoundHead,
  sealRound,
  writeEntry,
} from './round-format.ts'

const LEAST_TABLE_BYTES = 16 * ROUND_ENTRY_BYTES
const NO_TABLE = Buffer.alloc(0)
/** Of rounds whose owners know: many of them wait for a checkpoint. */
const NOBODY: RoundOwner[] = []
const NOTHING: LogSegment[] = []
const NO_NUMBERS: number[] = []

/** That of a round that was sealed, for one that begins. */
let spareTable: Buffer = NO_TABLE

/** A log, as its rounds know it. */
export interface RoundOwner {
  /** `bytes` of a segment, up to an offset, survive power loss from now on. */
  durable(segment: LogSegment, bytes: number, endOffset: number, round: Round): void
}

/**
 * One round: being filled, then on its way to the ring, then held until segment files have its
 * bytes. They are copied into it once; there they are served from, too.
 */
export class Round extends HeldRound {
  needsBarrier = false
  isInFlight = true
  readonly #start: number
  readonly #capacity: number
  #batchBytes = 0
  /** Entries until the round is sealed. */
  #table: Buffer = NO_TABLE
  #entries = 0
  #owners: RoundOwner[] = []
  #segments: LogSegment[] = []
  #lengths: number[] = []
  #endOffsets: number[] = []

  /** @param leastBytes of batches that fit for certain */
  constructor(memory: TailMemory, capacityBytes: number, leastBytes: number) {
    const capacity = Math.max(capacityBytes, roundBytes(leastBytes, 1))
    super(memory.blockFor(capacity))
    this.block.rounds += 1
    this.#start = this.block.usedBytes
    this.#capacity = capacity
  }

  get isEmpty(): boolean {
    return this.#entries === 0
  }

  get batchBytes(): number {
    return this.#batchBytes
  }

  get entries(): number {
    return this.#entries
  }

  /** Bytes of batches that one more entry may have. */
  get roomBytes(): number {
    return (
      this.#capacity - 8 - entriesAt(this.#batchBytes) - (this.#entries + 1) * ROUND_ENTRY_BYTES
    )
  }

  /** Copies the batches in. @returns where they lie in the memory of its block */
  add(owner: RoundOwner, segment: LogSegment, batches: Uint8Array, entry: RoundEntry): number {
    assert(batches.length <= this.roomBytes || this.isEmpty, 'a round has room for what it takes')
    const at = this.#start + ROUND_HEADER_BYTES + this.#batchBytes
    this.block.memory.set(batches, at)
    this.#batchBytes += batches.length
    this.hold(batches.length)
    this.#note(entry)
    this.#owners.push(owner)
    this.#segments.push(segment)
    this.#lengths.push(batches.length)
    this.#endOffsets.push(entry.endOffset)
    return at
  }

  /** Takes its place in the block; nothing is added after. @returns all of it, to be written. */
  seal(head: Omit<RoundHead, 'totalBytes' | 'batchBytes' | 'entries'>): Buffer {
    const totalBytes = roundBytes(this.#batchBytes, this.#entries)
    const bytes = this.block.memory.subarray(this.#start, this.#start + totalBytes)
    const used = this.#entries * ROUND_ENTRY_BYTES
    this.#table.copy(bytes, entriesAt(this.#batchBytes), 0, used)
    // many rounds live until a checkpoint: with their tables they would take more than their bytes
    if (this.#table.length > spareTable.length) spareTable = this.#table
    this.#table = NO_TABLE
    this.sequence = head.sequence
    this.previous = head.previous
    this.totalBytes = totalBytes
    sealRound(bytes, { ...head, totalBytes, batchBytes: this.#batchBytes, entries: this.#entries })
    return bytes
  }

  /** The next round begins behind this one. Call once, when it is full or its turn has come. */
  close(): void {
    this.totalBytes = roundBytes(this.#batchBytes, this.#entries)
    this.block.usedBytes = this.#start + this.totalBytes
  }

  /** Its write ended, one way or the other. */
  ended(): void {
    this.isInFlight = false
    this.block.rounds -= 1
  }

  /** Tells every owner, in the order of the appends. */
  settle(): void {
    const owners = this.#owners
    const segments = this.#segments
    for (let at = 0; at < owners.length; at++) {
      const segment = segments[at] as LogSegment
      const bytes = this.#lengths[at] as number
      ;(owners[at] as RoundOwner).durable(segment, bytes, this.#endOffsets[at] as number, this)
    }
    this.#owners = NOBODY
    this.#segments = NOTHING
    this.#lengths = this.#endOffsets = NO_NUMBERS
  }

  #note(entry: RoundEntry): void {
    const at = this.#entries * ROUND_ENTRY_BYTES
    if (at === 0) {
      this.#table = spareTable.length > 0 ? spareTable : Buffer.allocUnsafe(LEAST_TABLE_BYTES)
      spareTable = NO_TABLE
    }
    if (at === this.#table.length) {
      const grown = Buffer.allocUnsafeSlow(2 * at)
      this.#table.copy(grown)
      this.#table = grown
    }
    writeEntry(this.#table, at, entry)
    this.#entries += 1
  }
}

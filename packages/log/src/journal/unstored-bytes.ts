import { MIB } from '@pafka/base'

import type { DiskLedger } from '../files/disk-ledger.ts'
import { isCopyDue } from '../memory/front-copies.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { EMPTY_END, type SegmentEnd } from '../segment/segment-end.ts'
import type { HeldRound } from './held-round.ts'

/** Bytes of a log that a round holds for it. */
export interface Held {
  readonly lengthBytes: number
  readonly round: HeldRound
}

/** Bytes of a log that are in the journal and not yet in its segment. */
export interface Unstored extends Held {
  readonly segment: LogSegment
  /** Where they end in the segment. */
  readonly endBytes: number
  readonly endOffset: number
  /** Of the segment; undefined within an append. */
  readonly end: SegmentEnd | undefined
}

/** What one write brings to a segment. */
interface NextPiece {
  /** Where it ends in it, or a block before. */
  readonly toBytes: number
  /** It ends there at least. */
  readonly wholeBytes: number
}

/** Bytes after which a write to a segment takes no more: a round may wait behind it. */
const STORE_BYTES = MIB
const COLUMNS = 13
const NO_END: SegmentEnd = { ...EMPTY_END, firstTimestampMs: Number.NaN }

/**
 * What a log has in the journal, oldest first. Kept as numbers: entries live until segments have
 * their bytes, and as objects the collector would move every one of them.
 */
export class UnstoredBytes {
  #segments: LogSegment[] = []
  #rounds: HeldRound[] = []
  /** `COLUMNS` for each. */
  #numbers: number[] = []
  #first = 0
  #ledger: DiskLedger

  /** @param ledger of the disk that the segments lie on, but for those that were begun elsewhere */
  constructor(ledger: DiskLedger) {
    this.#ledger = ledger
  }

  /** They lie on another disk from now on. */
  moveTo(ledger: DiskLedger): void {
    this.#settle(0, this.count)
    this.#ledger = ledger
    for (let at = 0; at < this.count; at++) {
      this.#ledgerOf(this.segmentAt(at) as LogSegment).appended(this.lengthAt(at))
    }
  }

  get count(): number {
    return this.#rounds.length - this.#first
  }

  push({ segment, round, lengthBytes, endBytes, endOffset, end = NO_END }: Unstored): void {
    this.#ledgerOf(segment).appended(lengthBytes)
    this.#segments.push(segment)
    this.#rounds.push(round)
    this.#numbers.push(
      lengthBytes,
      endBytes,
      endOffset,
      end.firstTimestampMs,
      end.maxTimestampMs,
      end.offsetOfMaxTimestamp,
      end.bytesSinceEntry,
      end.leaderEpoch,
      end.offsetEntries,
      end.timeEntries,
      end.timeMs,
      end.timeRelativeOffset,
      end.transactionEntries,
    )
  }

  /** Undefined beyond the newest. */
  segmentAt(at: number): LogSegment | undefined {
    return this.#segments[this.#first + at]
  }

  roundAt(at: number): HeldRound | undefined {
    return this.#rounds[this.#first + at]
  }

  lengthAt(at: number): number {
    return this.#number(at, 0)
  }

  endBytesAt(at: number): number {
    return this.#number(at, 1)
  }

  endOffsetAt(at: number): number {
    return this.#number(at, 2)
  }

  endAt(at: number): SegmentEnd | undefined {
    const firstTimestampMs = this.#number(at, 3)
    if (Number.isNaN(firstTimestampMs)) return undefined
    return {
      firstTimestampMs,
      maxTimestampMs: this.#number(at, 4),
      offsetOfMaxTimestamp: this.#number(at, 5),
      bytesSinceEntry: this.#number(at, 6),
      leaderEpoch: this.#number(at, 7),
      offsetEntries: this.#number(at, 8),
      timeEntries: this.#number(at, 9),
      timeMs: this.#number(at, 10),
      timeRelativeOffset: this.#number(at, 11),
      transactionEntries: this.#number(at, 12),
    }
  }

  /**
   * What is to be written next, to the oldest segment.
   * @param count of the oldest that may be
   * @param wanted the newest round of which all is to be written
   */
  nextPiece(count: number, wanted: number): NextPiece {
    const segment = this.segmentAt(0) as LogSegment
    const { storedBytes } = segment
    let [toBytes, wholeBytes, at] = [storedBytes, 0, 0]
    while (at < count && toBytes - storedBytes < STORE_BYTES) {
      if (this.segmentAt(at) !== segment) break
      toBytes = this.endBytesAt(at)
      if ((this.roundAt(at) as HeldRound).sequence <= wanted) wholeBytes = toBytes
      at += 1
    }
    const follower = this.segmentAt(at)
    if (follower !== undefined && follower !== segment) wholeBytes = toBytes
    return { toBytes, wholeBytes }
  }

  /** Bytes of the oldest `count`. */
  bytesOf(count: number): number {
    let bytes = 0
    for (let at = 0; at < count; at++) bytes += this.lengthAt(at)
    return bytes
  }

  /** Forgets the oldest `count`. */
  shift(count: number): void {
    this.#settle(0, count)
    this.#first += count
    if (!isCopyDue(this.#first, this.#rounds.length)) return
    this.#segments = this.#segments.slice(this.#first)
    this.#rounds = this.#rounds.slice(this.#first)
    this.#numbers = this.#numbers.slice(this.#first * COLUMNS)
    this.#first = 0
  }

  /** Keeps the oldest `count`. */
  cut(count: number): void {
    this.#settle(count, this.count)
    this.#segments.length = this.#rounds.length = this.#first + count
    this.#numbers.length = (this.#first + count) * COLUMNS
  }

  /** Forgets all of it. @returns what it was */
  takeAll(): Held[] {
    const rounds = this.#rounds.slice(this.#first)
    const held = rounds.map((round, at) => ({ round, lengthBytes: this.lengthAt(at) }))
    this.shift(rounds.length)
    return held
  }

  #ledgerOf({ moved }: LogSegment): DiskLedger {
    return moved?.room?.ledger ?? this.#ledger
  }

  #settle(from: number, to: number): void {
    for (let at = from; at < to; at++) {
      this.#ledgerOf(this.segmentAt(at) as LogSegment).settled(this.lengthAt(at))
    }
  }

  #number(at: number, column: number): number {
    return this.#numbers[(this.#first + at) * COLUMNS + column] as number
  }
}

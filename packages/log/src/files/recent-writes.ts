import { KIB, MIB } from '@pafka/base'

const CACHED_BYTES = 256 * MIB
/** Bytes that are forgotten together. */
const ENTRY_BYTES = MIB
/** Memory comes in pages: so the number of entries has a bound, too. */
const PAGE_BYTES = 4 * KIB

/** Bytes in a row of one file. */
class WrittenRange {
  fromBytes: number
  toBytes: number

  constructor(positionBytes: number) {
    this.fromBytes = this.toBytes = positionBytes
  }
}

interface Entry {
  readonly range: WrittenRange
  /** End of what was written. */
  toBytes: number
  bytes: number
}

/** What was written last to a device, as a page cache has it: the oldest goes first. */
export class RecentWrites {
  readonly #limitBytes: number
  readonly #entries = new Set<Entry>()
  #newest: Entry | undefined
  #bytes = 0

  constructor(limitBytes: number = CACHED_BYTES) {
    this.#limitBytes = limitBytes
  }

  /** For a file that is written by one handle. */
  file(): RecentlyWritten {
    return new RecentlyWritten(this)
  }

  /** Of the end of a range. */
  note(range: WrittenRange, bytes: number): void {
    const newest = this.#newest
    if (newest?.range === range && newest.bytes + bytes <= ENTRY_BYTES) {
      this.#bytes += costOf(newest.bytes + bytes) - costOf(newest.bytes)
      newest.bytes += bytes
      newest.toBytes = range.toBytes
    } else {
      this.#newest = { range, toBytes: range.toBytes, bytes }
      this.#entries.add(this.#newest)
      this.#bytes += costOf(bytes)
    }
    for (const oldest of this.#entries) {
      if (this.#bytes <= this.#limitBytes) return
      this.#forget(oldest)
    }
  }

  #forget(entry: Entry): void {
    const { range, toBytes, bytes } = entry
    this.#entries.delete(entry)
    if (this.#newest === entry) this.#newest = undefined
    this.#bytes -= costOf(bytes)
    range.fromBytes = Math.max(range.fromBytes, toBytes)
  }
}

/** The bytes in a row that a handle wrote last: a log is written from its beginning to its end. */
export class RecentlyWritten {
  readonly #all: RecentWrites
  #range = new WrittenRange(0)

  constructor(all: RecentWrites) {
    this.#all = all
  }

  wrote(positionBytes: number, bytes: number): void {
    if (bytes === 0) return
    const { fromBytes, toBytes } = this.#range
    // entries of another range say nothing of this one
    if (positionBytes < fromBytes || positionBytes > toBytes) {
      this.#range = new WrittenRange(positionBytes)
    }
    this.#range.toBytes = Math.max(this.#range.toBytes, positionBytes + bytes)
    this.#all.note(this.#range, bytes)
  }

  /** What is left counts as never written: cuts are rare. */
  cutTo(sizeBytes: number): void {
    if (sizeBytes < this.#range.toBytes) this.#range = new WrittenRange(sizeBytes)
  }

  has(positionBytes: number, bytes: number): boolean {
    const { fromBytes, toBytes } = this.#range
    return positionBytes >= fromBytes && positionBytes + bytes <= toBytes
  }
}

function costOf(bytes: number): number {
  return Math.max(PAGE_BYTES, bytes)
}

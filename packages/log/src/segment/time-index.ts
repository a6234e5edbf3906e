import type { IndexFile } from './index-file.ts'

const ENTRY_BYTES = 12 // int64 timestamp, int32 offset relative to the segment's base offset
const HIGH = 2 ** 32

export interface TimeEntry {
  readonly timestampMs: number
  /** To the segment's base offset. */
  readonly relativeOffset: number
}

/**
 * From time to offsets: an entry says that no batch up to its offset is younger than its timestamp.
 * Both rise from entry to entry. Source: Kafka `TimeIndex.java`.
 */
export class TimeIndex {
  readonly file: IndexFile
  /** Undefined until it is asked for. */
  #last: TimeEntry | undefined

  constructor(file: IndexFile) {
    this.file = file
  }

  static readonly entryBytes: number = ENTRY_BYTES

  get entries(): number {
    return this.file.entries
  }

  /** Without entries, one before all times. */
  get last(): TimeEntry {
    if (this.#last === undefined) {
      const at = this.entries - 1
      this.#last = { timestampMs: this.timestampAt(at), relativeOffset: this.offsetAt(at) }
    }
    return this.#last
  }

  /** As `IndexFile.adopt`, with the last of the entries. */
  adopt(entries: number, last: TimeEntry): boolean {
    this.#last = last
    return this.file.adopt(entries)
  }

  /** Does nothing for a time that is not later than the last. */
  append(timestampMs: number, relativeOffset: number): void {
    const { last } = this
    if (timestampMs <= last.timestampMs) return
    if (this.entries > 0 && relativeOffset < last.relativeOffset) return
    const at = this.file.push()
    this.file.window.writeInt32BE(Math.floor(timestampMs / HIGH), at)
    this.file.window.writeUInt32BE(timestampMs % HIGH, at + 4)
    this.file.window.writeInt32BE(relativeOffset, at + 8)
    this.#last = { timestampMs, relativeOffset }
  }

  /** Relative offset of the last entry that is earlier than a time: nothing before it is later. */
  offsetBefore(timestampMs: number): number {
    let [low, high] = [0, this.entries]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.timestampAt(middle) < timestampMs) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : this.offsetAt(low - 1)
  }

  timestampAt(index: number): number {
    const entry = this.file.entryAt(index)
    return entry === undefined ? -1 : entry.readInt32BE(0) * HIGH + entry.readUInt32BE(4)
  }

  offsetAt(index: number): number {
    return this.file.entryAt(index)?.readInt32BE(8) ?? 0
  }

  /** Drops entries at or beyond an offset. */
  truncate(relativeOffset: number): void {
    let [low, high] = [0, this.entries]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.offsetAt(middle) >= relativeOffset) high = middle
      else low = middle + 1
    }
    this.file.truncate(low)
    this.#last = undefined
  }

  reset(): void {
    this.file.reset()
    this.#last = undefined
  }
}

import type { IndexFile } from './index-file.ts'

const ENTRY_BYTES = 12 // int64 timestamp, int32 offset relative to the segment's base offset
const HIGH = 2 ** 32

/**
 * From time to offsets: an entry says that no batch up to its offset is younger than its timestamp.
 * Both rise from entry to entry. Source: Kafka `TimeIndex.java`.
 */
export class TimeIndex {
  readonly file: IndexFile
  /** Of the last entry; -1 without one. */
  #lastTimestampMs: number
  #lastRelativeOffset: number

  constructor(file: IndexFile) {
    this.file = file
    this.#lastTimestampMs = -1
    this.#lastRelativeOffset = 0
    this.#readLast()
  }

  static readonly entryBytes: number = ENTRY_BYTES

  get entries(): number {
    return this.file.entries
  }

  get lastTimestampMs(): number {
    return this.#lastTimestampMs
  }

  get lastRelativeOffset(): number {
    return this.#lastRelativeOffset
  }

  /** Does nothing for a time that is not later than the last. */
  append(timestampMs: number, relativeOffset: number): void {
    if (timestampMs <= this.#lastTimestampMs) return
    if (this.entries > 0 && relativeOffset < this.#lastRelativeOffset) return
    const at = this.file.push()
    this.file.window.writeInt32BE(Math.floor(timestampMs / HIGH), at)
    this.file.window.writeUInt32BE(timestampMs % HIGH, at + 4)
    this.file.window.writeInt32BE(relativeOffset, at + 8)
    this.#lastTimestampMs = timestampMs
    this.#lastRelativeOffset = relativeOffset
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
    this.#readLast()
  }

  reset(): void {
    this.file.reset()
    this.#readLast()
  }

  #readLast(): void {
    const last = this.entries - 1
    this.#lastTimestampMs = this.timestampAt(last)
    this.#lastRelativeOffset = this.offsetAt(last)
  }
}

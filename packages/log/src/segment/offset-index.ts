import type { IndexFile } from './index-file.ts'
import type { IndexCache } from './index-cache.ts'

const ENTRY_BYTES = 8 // int32 offset relative to the segment's base offset, int32 position

/** Marks a lookup that needs the older entries first. */
export const NOT_LOADED = -1

/**
 * From offsets to file positions: an entry names the last offset of a batch and where it begins.
 * Source: Kafka `OffsetIndex.java`.
 */
export class OffsetIndex {
  readonly file: IndexFile

  constructor(file: IndexFile) {
    this.file = file
  }

  static readonly entryBytes: number = ENTRY_BYTES

  get entries(): number {
    return this.file.entries
  }

  append(relativeOffset: number, positionBytes: number): void {
    const at = this.file.push()
    this.file.window.writeInt32BE(relativeOffset, at)
    this.file.window.writeInt32BE(positionBytes, at + 4)
  }

  /** Position of the last entry at or below an offset; 0 if none; `NOT_LOADED`. */
  lookup(relativeOffset: number, cache: IndexCache): number {
    const { file } = this
    const inWindow = file.entries - file.windowFrom
    const slot = floorSlot(file.window, inWindow, relativeOffset)
    if (slot >= 0) return file.window.readInt32BE(slot * ENTRY_BYTES + 4)
    if (file.windowFrom === 0) return 0
    const older = cache.at(file)
    if (older === undefined) return NOT_LOADED
    const olderSlot = floorSlot(older, file.windowFrom, relativeOffset)
    return olderSlot < 0 ? 0 : older.readInt32BE(olderSlot * ENTRY_BYTES + 4)
  }

  /** Relative offset of an entry, from memory or disk. -1 when not there. */
  offsetAt(index: number): number {
    return this.file.entryAt(index)?.readInt32BE(0) ?? -1
  }

  positionAt(index: number): number {
    return this.file.entryAt(index)?.readInt32BE(4) ?? 0
  }

  /** How many entries lie below both an offset and a position. */
  entriesBelow(relativeOffset: number, positionBytes: number): number {
    let [low, high] = [0, this.entries]
    while (low < high) {
      const middle = (low + high) >>> 1
      const isBeyond =
        this.offsetAt(middle) >= relativeOffset || this.positionAt(middle) >= positionBytes
      if (isBeyond) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Largest slot whose offset is not larger, or -1. */
function floorSlot(entries: Buffer, count: number, relativeOffset: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (entries.readInt32BE(middle * ENTRY_BYTES) <= relativeOffset) low = middle + 1
    else high = middle
  }
  return low - 1
}

import { int64At, setInt64At } from '@pafka/protocol'

import { readAt } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { IndexFile } from './index-file.ts'

/** int16 version (0), int64 producer id, first offset, last offset and last stable offset. */
const ENTRY_BYTES = 34
/** Read from the file at a time. */
const PAGE_ENTRIES = 120

/** A transaction that was aborted; the offsets are those of one partition. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Of its marker. */
  readonly lastOffset: number
  /** Of the first transaction that was open behind it, or the offset behind its marker. */
  readonly lastStableOffset: number
}

/**
 * Transactions whose abort marker lies in a segment, in the order of their markers. There is no
 * file as long as there is none. Source: Kafka `AbortedTxn.java`, `TransactionIndex.java`.
 */
export class TransactionIndex {
  readonly file: IndexFile
  readonly #files: FileSystem

  constructor(file: IndexFile, files: FileSystem) {
    this.file = file
    this.#files = files
  }

  static readonly entryBytes: number = ENTRY_BYTES

  get entries(): number {
    return this.file.entries
  }

  /** Does nothing for one that it has. */
  append({ producerId, firstOffset, lastOffset, lastStableOffset }: AbortedTransaction): void {
    const last = this.file.entryAt(this.entries - 1)
    if (last !== undefined && entryIn(last, 0).lastOffset >= lastOffset) return
    const at = this.file.push()
    const { window } = this.file
    window.writeInt16BE(0, at)
    setInt64At(window, at + 2, producerId)
    setInt64At(window, at + 10, firstOffset)
    setInt64At(window, at + 18, lastOffset)
    setInt64At(window, at + 26, lastStableOffset)
  }

  /** Those whose marker is at an offset or behind it. Rejects with the system error. */
  async *from(offset: number): AsyncGenerator<AbortedTransaction> {
    for (let index = this.#entriesBelow(offset); index < this.entries;) {
      const page = await this.#page(index)
      if (page.length < ENTRY_BYTES) return // cut meanwhile
      for (let at = 0; at + ENTRY_BYTES <= page.length; at += ENTRY_BYTES, index++) {
        yield entryIn(page, at)
      }
    }
  }

  /** Empties the index, whatever the file holds. */
  reset(): void {
    this.file.reset()
  }

  /**
   * Puts it together anew: the file keeps what it has until `flush`. So it never has less than it
   * had, for what is found again is the same.
   */
  begin(): void {
    this.file.adopt(0)
  }

  /** Drops those whose marker is at an offset or behind it. */
  truncate(offset: number): void {
    this.file.truncate(this.#entriesBelow(offset))
  }

  /** As many as it is worth to read together; a copy where memory has them. */
  async #page(index: number): Promise<Buffer> {
    const { file } = this
    const entries = Math.min(PAGE_ENTRIES, file.entries - index)
    if (index >= file.windowFrom) {
      const from = (index - file.windowFrom) * ENTRY_BYTES
      return Buffer.from(file.window.subarray(from, from + entries * ENTRY_BYTES))
    }
    const length = Math.min(entries, file.windowFrom - index) * ENTRY_BYTES
    const bytes = Buffer.alloc(length)
    const opened = this.#files.open(file.path, 'read')
    try {
      return bytes.subarray(0, await readAt(opened, bytes, index * ENTRY_BYTES))
    } finally {
      opened.close()
    }
  }

  #entriesBelow(offset: number): number {
    let [low, high] = [0, this.entries]
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.file.entryAt(middle)
      if (entry === undefined || entryIn(entry, 0).lastOffset >= offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

function entryIn(bytes: Buffer, at: number): AbortedTransaction {
  return {
    producerId: int64At(bytes, at + 2),
    firstOffset: int64At(bytes, at + 10),
    lastOffset: int64At(bytes, at + 18),
    lastStableOffset: int64At(bytes, at + 26),
  }
}

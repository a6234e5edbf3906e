import { join } from 'node:path'

import {
  encodeCheckpoint,
  readCheckpoint,
  replaceSynced,
  replaceFile,
} from '../checkpoint/checkpoint-file.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { EpochEnd } from '../partition/log-read.ts'

export const EPOCH_FILE_NAME = 'leader-epoch-checkpoint'

interface EpochEntry {
  readonly epoch: number
  /** Offset of the first record that this epoch wrote. */
  readonly startOffset: number
}

/**
 * Which leader epoch begins where. The file is written with the recovery point, not with each
 * epoch: what lies behind the recovery point tells its epochs itself. Source: Kafka
 * `LeaderEpochFileCache.java`.
 */
export class EpochCache {
  readonly #files: FileSystem
  #folder: string
  #loaded: EpochEntry[] | undefined
  /** What the file says from there on is not so. */
  #endOffset = Number.POSITIVE_INFINITY
  /** Of what was written before it nothing is left, whatever the file or a record says. */
  #startOffset = 0
  /** The last epoch before that end; -1 when the file is to tell. */
  #last = -1
  #dirty = false
  /** The file was written, and no sync has covered it. */
  #loose = false

  constructor(files: FileSystem, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  /** -1 without one. */
  get latest(): number {
    if (this.#loaded === undefined && this.#last >= 0) return this.#last
    return this.#entries.at(-1)?.epoch ?? -1
  }

  /** The log ends at an offset, and its last batch was written in an epoch, or -1 for unknown. */
  endsAt(endOffset: number, epoch: number): void {
    if (this.#loaded !== undefined) return this.truncateFromEnd(endOffset)
    this.#endOffset = endOffset
    this.#last = epoch
  }

  /** Notes that `epoch` wrote at `startOffset`; only the first time of each epoch counts. */
  assign(epoch: number, startOffset: number): void {
    if (this.#loaded === undefined && epoch === this.#last) return
    const last = this.#entries.at(-1)
    if (epoch < 0 || last?.epoch === epoch) return
    const kept = this.#entries.filter((e) => e.epoch < epoch && e.startOffset < startOffset)
    this.#entries = [...kept, { epoch, startOffset }]
    this.#dirty = true
    if (startOffset < this.#startOffset) this.#forgetBelowStart()
  }

  endOffsetFor(epoch: number, logEndOffset: number): EpochEnd {
    if (epoch < 0) return UNKNOWN
    if (epoch === this.latest) return { leaderEpoch: epoch, endOffset: logEndOffset }
    const higher = this.#entries.find((entry) => entry.epoch > epoch)
    if (higher === undefined) return UNKNOWN
    const floor = this.#entries.findLast((entry) => entry.epoch <= epoch)
    return { leaderEpoch: floor?.epoch ?? epoch, endOffset: higher.startOffset }
  }

  epochFor(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1
  }

  /** Forgets epochs that wrote nothing below `endOffset`. */
  truncateFromEnd(endOffset: number): void {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.#dirty = true
  }

  /** The log starts at an offset: epochs of which nothing is left are forgotten. */
  startsAt(offset: number): void {
    this.#startOffset = offset
    if (this.#loaded !== undefined) this.#forgetBelowStart()
  }

  #forgetBelowStart(): void {
    const startOffset = this.#startOffset
    const at = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset)
    const first = this.#entries[at]
    if (first === undefined || (at === 0 && first.startOffset === startOffset)) return
    this.#entries = [{ epoch: first.epoch, startOffset }, ...this.#entries.slice(at + 1)]
    this.#dirty = true
  }

  /** The file is to say what is so, and nothing else, even if nobody asked since `endsAt`. */
  settle(): void {
    if (Number.isFinite(this.#endOffset)) void this.#entries
  }

  /** Writes the file if it would differ. */
  flush(): void {
    if (!this.#dirty) return
    replaceFile(this.#files, this.#path(), this.#encode())
    this.#dirty = false
    this.#loose = true
  }

  /** As `flush`, and durable once the folder is synced too. @returns whether it is to be. */
  async flushDurably(): Promise<boolean> {
    if (!this.#dirty && !this.#loose) return false
    this.#dirty = this.#loose = false
    try {
      await replaceSynced(this.#files, this.#path(), this.#encode())
      return true
    } catch (error) {
      this.#dirty = true
      throw error
    }
  }

  /** Writes what is known now to another folder; durable once that is synced. */
  async copyTo(folder: string): Promise<void> {
    await replaceSynced(this.#files, join(folder, EPOCH_FILE_NAME), this.#encode())
  }

  /** The log lies there from now on. What came since `copyTo` is written with the next flush. */
  moveTo(folder: string): void {
    this.settle()
    this.#folder = folder
    this.#dirty ||= this.#loaded !== undefined
  }

  get #entries(): EpochEntry[] {
    if (this.#loaded === undefined) {
      this.#loaded = this.#load()
      this.truncateFromEnd(this.#endOffset)
      this.#forgetBelowStart() // a crash may have left more in the file
    }
    return this.#loaded
  }

  set #entries(entries: EpochEntry[]) {
    this.#loaded = entries
  }

  #encode(): Buffer {
    const lines = this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`)
    return encodeCheckpoint(0, lines)
  }

  #load(): EpochEntry[] {
    const lines = readCheckpoint(this.#files, this.#path(), 0) ?? []
    return lines.map((line) => {
      const [epoch, startOffset] = line.split(' ')
      return { epoch: Number(epoch), startOffset: Number(startOffset) }
    })
  }

  #path(): string {
    return join(this.#folder, EPOCH_FILE_NAME)
  }
}

const UNKNOWN: EpochEnd = { leaderEpoch: -1, endOffset: -1 }

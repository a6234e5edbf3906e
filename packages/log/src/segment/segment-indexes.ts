import type { IndexCache } from './index-cache.ts'
import { IndexFile } from './index-file.ts'
import { NOT_LOADED, OffsetIndex } from './offset-index.ts'
import type { OpenFiles } from './open-files.ts'
import type { SegmentPlace } from './segment-place.ts'
import { type TimeEntry, TimeIndex } from './time-index.ts'
import { TransactionIndex } from './transaction-index.ts'

/** What segments of one store share. */
export interface SegmentResources {
  readonly openFiles: OpenFiles
  readonly indexCache: IndexCache
}

/** The index files of a segment, each loaded on first use. Offsets are relative to its base. */
export class SegmentIndexes {
  readonly #place: SegmentPlace
  readonly #resources: SegmentResources
  #offsets: OffsetIndex | undefined
  #times: TimeIndex | undefined
  #transactions: TransactionIndex | undefined

  constructor(place: SegmentPlace, resources: SegmentResources) {
    this.#place = place
    this.#resources = resources
  }

  get offsets(): OffsetIndex {
    this.#offsets ??= new OffsetIndex(this.#file('index', OffsetIndex.entryBytes))
    return this.#offsets
  }

  get times(): TimeIndex {
    this.#times ??= new TimeIndex(this.#file('timeindex', TimeIndex.entryBytes))
    return this.#times
  }

  get transactions(): TransactionIndex {
    const { entryBytes } = TransactionIndex
    const { files } = this.#resources.openFiles
    this.#transactions ??= new TransactionIndex(this.#file('txnindex', entryBytes), files)
    return this.#transactions
  }

  /** Position of a batch at or before an offset; a promise if the index is on disk. */
  find(relativeOffset: number): number | Promise<number> {
    const found = this.offsets.lookup(relativeOffset, this.#resources.indexCache)
    return found === NOT_LOADED ? this.#loadAndFind(relativeOffset) : found
  }

  isFull(indexBytes: number): boolean {
    const most = Math.floor(indexBytes / OffsetIndex.entryBytes)
    const mostTimes = Math.floor(indexBytes / TimeIndex.entryBytes) - 1
    return this.offsets.entries >= most || this.times.entries >= mostTimes
  }

  /** Writes what files lack of what is known. */
  flush(): void {
    this.#offsets?.file.flush()
    this.#times?.file.flush()
    this.#transactions?.file.flush()
  }

  /** As Kafka leaves them when a segment stops being the active one. */
  seal(): void {
    this.offsets.file.ensure()
    this.times.file.ensure()
    this.#transactions?.file.flush()
  }

  /** Aborted transactions survive power loss after it. @returns whether the file may be new */
  async syncTransactions(): Promise<boolean> {
    const file = this.#transactions?.file
    if (file === undefined) return false
    file.flush() // also what it has beyond
    const isNew = file.durableEntries === 0 && file.storedEntries > 0
    await file.sync(true)
    return isNew
  }

  /** Forgets what can be read from the files. */
  drop(): void {
    if (this.#offsets !== undefined) this.#resources.indexCache.drop(this.#offsets.file)
    this.#offsets = undefined
    this.#times = undefined
    this.#transactions = undefined
  }

  /** Empties those that the segment alone tells: of transactions other segments have a part. */
  reset(): void {
    this.#resources.indexCache.drop(this.offsets.file)
    this.offsets.file.reset()
    this.times.reset()
  }

  /**
   * Forgets what comes from the last entry at or below an offset on. Of sane indexes only.
   * @returns the position of that entry, and the last time before it
   */
  rewind(relativeOffset: number): { readonly positionBytes: number; readonly last: TimeEntry } {
    const { offsets, times } = this
    const kept = offsets.entriesBelow(relativeOffset + 1, Number.POSITIVE_INFINITY)
    const positionBytes = kept === 0 ? 0 : offsets.positionAt(kept - 1)
    const lastOffset = kept === 0 ? -1 : offsets.offsetAt(kept - 1)
    this.#resources.indexCache.drop(offsets.file)
    offsets.file.truncate(kept)
    times.truncate(lastOffset + 1)
    return { positionBytes, last: times.last }
  }

  /** The segment is cut. */
  truncate(baseOffset: number, offset: number, positionBytes: number): void {
    if (this.#offsets !== undefined) this.#resources.indexCache.drop(this.#offsets.file)
    const relativeOffset = offset - baseOffset
    this.offsets.file.truncate(this.offsets.entriesBelow(relativeOffset, positionBytes))
    this.times.truncate(relativeOffset)
    this.transactions.truncate(offset)
  }

  /** The files have other names. */
  renamed(): void {
    this.#offsets?.file.moveTo(this.#place.pathOf('index'))
    this.#times?.file.moveTo(this.#place.pathOf('timeindex'))
    this.#transactions?.file.moveTo(this.#place.pathOf('txnindex'))
  }

  async #loadAndFind(relativeOffset: number): Promise<number> {
    for (;;) {
      await this.#resources.indexCache.load(this.offsets.file)
      const found = this.offsets.lookup(relativeOffset, this.#resources.indexCache)
      if (found !== NOT_LOADED) return found
    }
  }

  #file(kind: 'index' | 'timeindex' | 'txnindex', entryBytes: number): IndexFile {
    return new IndexFile(this.#resources.openFiles.files, this.#place.pathOf(kind), entryBytes)
  }
}

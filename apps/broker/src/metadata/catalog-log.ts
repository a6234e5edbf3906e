import { KIB, type Logger, type StorageError as Failure, StorageError } from '@pafka/base'
import {
  asStorageError,
  type CatalogRecord,
  encodeCatalogFrame,
  type FileSystem,
  isOutOfSpace,
} from '@pafka/log'

import {
  type CatalogCopy,
  type CatalogDir,
  keptBy,
  type ReadCopies,
  readCopies,
  tellLost,
} from './catalog-copies.ts'
import type { CatalogState } from './catalog-state.ts'

const REWRITE_FROM_BYTES = 64 * KIB

export interface CatalogLogOptions {
  readonly files: FileSystem
  /** Log dirs that the caller holds the locks of: each has a copy. */
  readonly dirs: readonly CatalogDir[]
  readonly logger: Logger
  /** Garbage in a smaller file is not worth a rewrite. */
  readonly rewriteFromBytes?: number | undefined
}

interface Waiting {
  readonly records: readonly CatalogRecord[]
  readonly resolve: () => void
  readonly reject: (error: Failure) => void
}

/**
 * The catalog, in a file of each log dir: replayed at start, one frame more per round of changes.
 * A dir whose file cannot be written loses its copy, and the others go on; one that was full gets
 * it back. The only writer of its `state`, which says no more than is durable, but for what was
 * noted.
 */
export class CatalogLog {
  readonly state: CatalogState
  readonly files: FileSystem
  readonly #logger: Logger
  #copies: readonly CatalogCopy[]
  /** There was no room for them. */
  #full: readonly CatalogCopy[] = []
  /** It was found without a lineage. */
  readonly #isOld: boolean
  /** The next frame says who has copies. */
  #isNewSet: boolean
  #nextSequence: number
  /** The state says something that is not durable. */
  #isOwing = false
  #waiting: Waiting[] = []
  #round: Promise<void> | undefined
  #closed = false

  private constructor({ files, logger }: CatalogLogOptions, read: ReadCopies) {
    this.files = files
    this.#logger = logger
    this.state = read.state
    this.#copies = read.copies
    this.#isNewSet = read.isNewSet
    this.#isOld = read.sequence > 0 && read.state.lineages.length === 0
    this.#nextSequence = read.sequence + 1
  }

  /** Of the last frame, also of one that failed: grows with every change, never goes back. */
  get sequence(): number {
    return this.#nextSequence - 1
  }

  /** @throws {StorageError} for a file that is damaged elsewhere than at its end. */
  static async open(options: CatalogLogOptions): Promise<CatalogLog> {
    const { files, dirs, logger, rewriteFromBytes = REWRITE_FROM_BYTES } = options
    const read = await readCopies(dirs, { files, logger, rewriteFromBytes })
    const log = new CatalogLog(options, read)
    // it must not be the only one left; a failure is told, and tried again with the next change.
    // A dir that is away is noted with the first change: without one it has lost nothing
    if (read.sequence > 0 && read.isOneBehind) await log.append([]).catch(() => undefined)
    return log
  }

  /**
   * Writes one change, whole or not at all. Changes that arrive while another is written share the
   * next round and its one sync.
   * @throws {StorageError} if it may not be durable; a restart may bring it back all the same.
   */
  append(records: readonly CatalogRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new StorageError('the catalog is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject })
      this.#round ??= this.#writeRounds()
    })
  }

  /**
   * As `append`, of what a start finds out again should it be lost: on a full disk it is written
   * with the next change. @throws {StorageError} for any other failure
   */
  async note(records: readonly CatalogRecord[]): Promise<void> {
    try {
      await this.append(records)
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      for (const record of records) this.state.apply(record)
      this.#isOwing = true
    }
  }

  /**
   * Ends when everything appended so far was written, and what was noted if it can be. Idempotent.
   * @returns whether all that the state says is durable
   */
  async close(): Promise<boolean> {
    if (this.#isOwing && !this.#closed) await this.append([]).catch(() => undefined)
    this.#closed = true
    await this.#round
    for (const { file } of this.#copies) file.close()
    return !this.#isOwing
  }

  async #writeRounds(): Promise<void> {
    while (this.#waiting.length > 0) {
      const round = this.#waiting
      this.#waiting = []
      try {
        await this.#write(round.flatMap(({ records }) => records))
        for (const { resolve } of round) resolve()
      } catch (error) {
        const failure = asStorageError('cannot write the catalog', error)
        this.#logger.error('catalog-write-failed', { cause: failure.message })
        for (const { reject } of round) reject(failure)
      }
    }
    this.#round = undefined
  }

  /** A round is one frame, so that no sound frame can follow one that was torn. */
  async #write(changes: readonly CatalogRecord[]): Promise<void> {
    const isNewSet = this.#isNewSet
    const kept = isNewSet ? [keptBy(this.state, this.#copies, this.#isOld)] : []
    const records = [...changes, ...kept]
    const sequence = this.#nextSequence
    const frame = encodeCatalogFrame(sequence, records)
    let all: Uint8Array | undefined
    const whole = (): Uint8Array =>
      (all ??= encodeCatalogFrame(sequence, [...this.state.records(), ...records]))
    const copies = this.#copies
    const written = await Promise.allSettled(copies.map(({ file }) => file.write(frame, whole)))
    const failures = written.flatMap((one): unknown[] =>
      one.status === 'rejected' ? [one.reason] : [],
    )
    // not twice: a file may have a frame that failed, and must not pass for those with the next
    this.#nextSequence += 1
    if (failures.length === copies.length) throw failures[0]
    for (const record of records) this.state.apply(record)
    this.#isOwing = false
    this.#isNewSet = failures.length > 0
    if (failures.length > 0) {
      this.#copies = copies.filter((_, at) => written[at]?.status === 'fulfilled')
      const lost = copies.filter((_, at) => isFull(written[at]))
      await this.#goOnWithout(failures)
      this.#full = [...this.#full, ...lost]
    } else if (this.#full.length > 0) {
      await this.#bringBack()
    }
  }

  /** Of what all others have; with the next frame they count again. */
  async #bringBack(): Promise<void> {
    const frame = encodeCatalogFrame(this.#nextSequence - 1, this.state.records())
    const tried = this.#full
    const written = await Promise.allSettled(
      tried.map(({ file }) => file.write(frame, () => frame)),
    )
    const back = tried.filter((_, at) => written[at]?.status === 'fulfilled')
    this.#full = tried.filter((_, at) => isFull(written[at]))
    if (back.length === 0) return
    this.#copies = [...this.#copies, ...back]
    this.#isNewSet = true
    for (const { dir } of back) this.#logger.info('catalog-copy-back', { dir: dir.path })
    await this.#tellSet()
  }

  /** Copies that lack a change must not pass for the newest: the others say who they are. */
  async #goOnWithout(failures: readonly unknown[]): Promise<void> {
    for (const error of failures) tellLost(this.#logger, error)
    await this.#tellSet()
  }

  async #tellSet(): Promise<void> {
    try {
      await this.#write([])
    } catch (error) {
      // what was asked for is durable all the same; the next change says it
      tellLost(this.#logger, error)
    }
  }
}

function isFull(written: PromiseSettledResult<void> | undefined): boolean {
  return written?.status === 'rejected' && isOutOfSpace(written.reason)
}

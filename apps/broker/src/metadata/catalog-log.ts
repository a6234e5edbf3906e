import { KIB, type Logger, StorageError } from '@pafka/base'
import {
  type CatalogFrame,
  type CatalogRecord,
  encodeCatalogFrame,
  type FileSystem,
  findCatalogFrame,
  type OpenFile,
  readCatalogFrame,
  syncFile,
  writeWhole,
} from '@pafka/log'

import { CatalogState } from './catalog-state.ts'

const FILE_NAME = 'catalog.log'
const NEW_FILE_NAME = 'catalog.log.new'
const REWRITE_FROM_BYTES = 64 * KIB

export interface CatalogLogOptions {
  readonly files: FileSystem
  /** The folder of `catalog.log`: the first log dir, which the caller holds the lock of. */
  readonly folder: string
  readonly logger: Logger
  /** Garbage in a smaller file is not worth a rewrite. */
  readonly rewriteFromBytes?: number | undefined
}

interface Waiting {
  readonly records: readonly CatalogRecord[]
  readonly resolve: () => void
  readonly reject: (error: StorageError) => void
}

/**
 * The file that holds the catalog: appended to, synced once per round of changes, replayed at
 * start, rewritten when most of it is garbage. The only writer of its `state`, which never says
 * more than is durable.
 */
export class CatalogLog {
  readonly state: CatalogState
  readonly files: FileSystem
  readonly #folder: string
  readonly #logger: Logger
  readonly #rewriteFromBytes: number
  #file: OpenFile | undefined
  #sizeBytes = 0
  /** Size after the last rewrite: about what is not garbage. */
  #rewrittenBytes = 0
  #nextSequence = 1
  #waiting: Waiting[] = []
  #round: Promise<void> | undefined
  #closed = false

  private constructor(options: CatalogLogOptions, state: CatalogState) {
    this.files = options.files
    this.#folder = options.folder
    this.#logger = options.logger
    this.#rewriteFromBytes = options.rewriteFromBytes ?? REWRITE_FROM_BYTES
    this.state = state
  }

  /** @throws {StorageError} for a file that is damaged elsewhere than at its end. */
  static async open(options: CatalogLogOptions): Promise<CatalogLog> {
    const { files, folder, logger } = options
    const path = `${folder}/${FILE_NAME}`
    try {
      await files.remove(`${folder}/${NEW_FILE_NAME}`) // a rewrite that did not end
      const bytes = files.readFile(path)
      const state = new CatalogState()
      const log = new CatalogLog(options, state)
      if (bytes === undefined || bytes.length === 0) return log
      const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const end = replay(file, path, (frame) => {
        for (const record of frame.records) state.apply(record)
        log.#nextSequence = frame.sequence + 1
        if (log.#rewrittenBytes === 0) log.#rewrittenBytes = frame.endBytes
      })
      log.#file = files.open(path, 'write')
      log.#sizeBytes = end
      if (end < file.length) {
        logger.warn('catalog-tail-cut', { path, atBytes: end, cutBytes: file.length - end })
        log.#file.truncate(end)
      }
      return log
    } catch (error) {
      throw storageError(`cannot read ${path}`, error)
    }
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

  /** Ends when everything appended so far was written. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#round
    this.#file?.close()
    this.#file = undefined
  }

  async #writeRounds(): Promise<void> {
    while (this.#waiting.length > 0) {
      const round = this.#waiting
      this.#waiting = []
      try {
        await this.#writeRound(round)
        for (const { resolve } of round) resolve()
      } catch (error) {
        // What reached the file is unknown: the next round writes a new one from what is known.
        this.#file?.close()
        this.#file = undefined
        const failure = storageError('cannot write the catalog', error)
        this.#logger.error('catalog-write-failed', { cause: failure.message })
        for (const { reject } of round) reject(failure)
      }
    }
    this.#round = undefined
  }

  /** A round is one frame, so that no sound frame can follow one that was torn. */
  async #writeRound(round: readonly Waiting[]): Promise<void> {
    const records = round.flatMap((waiting) => waiting.records)
    if (this.#file === undefined || this.#isMostlyGarbage()) {
      await this.#rewrite(records)
    } else {
      const frame = encodeCatalogFrame(this.#nextSequence, records)
      await writeWhole(this.#file, frame, this.#sizeBytes)
      await syncFile(this.#file)
      this.#sizeBytes += frame.length
    }
    this.#nextSequence += 1
    for (const record of records) this.state.apply(record)
  }

  #isMostlyGarbage(): boolean {
    return this.#sizeBytes >= this.#rewriteFromBytes && this.#sizeBytes > 4 * this.#rewrittenBytes
  }

  /** A cut after any step leaves the old file, or the new one with `added` in it. */
  async #rewrite(added: readonly CatalogRecord[]): Promise<void> {
    const newPath = `${this.#folder}/${NEW_FILE_NAME}`
    // 1. The new file, durable before it has the name.
    await this.files.remove(newPath)
    const file = this.files.open(newPath, 'write')
    try {
      const frame = encodeCatalogFrame(this.#nextSequence, [...this.state.records(), ...added])
      await writeWhole(file, frame, 0)
      await syncFile(file)
      // 2. The name, atomically.
      this.files.rename(newPath, `${this.#folder}/${FILE_NAME}`)
      // 3. The folder, before anything relies on the name.
      await this.files.syncFolder(this.#folder)
      this.#file?.close()
      this.#file = file
      this.#sizeBytes = frame.length
      this.#rewrittenBytes = frame.length
    } catch (error) {
      file.close()
      throw error
    }
  }
}

/** @returns position after the last sound frame. @throws {StorageError} if more follow it. */
function replay(file: Buffer, path: string, take: (frame: CatalogFrame) => void): number {
  let at = 0
  let last: CatalogFrame | undefined
  for (;;) {
    const frame = readCatalogFrame(file, at)
    if (frame === undefined || frame.sequence !== (last?.sequence ?? frame.sequence - 1) + 1) break
    take(frame)
    at = frame.endBytes
    last = frame
  }
  // Each frame is synced before the next is written, and the first before the file has its name.
  const isTail = last !== undefined && findCatalogFrame(file, at) === -1
  if (!isTail && file.length > 0) {
    const repair =
      'restore it from a copy; if removed, topics are found again without their configs'
    throw new StorageError(`${path} is damaged at byte ${at}: ${repair}`)
  }
  return at
}

function storageError(what: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new StorageError(`${what}: ${detail}`, { cause })
}

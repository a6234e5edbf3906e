import { type Logger, StorageError } from '@pafka/base'
import {
  asStorageError,
  type CatalogFrame,
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

export interface CatalogFileOptions {
  readonly files: FileSystem
  /** A log dir that the caller holds the lock of. */
  readonly folder: string
  readonly logger: Logger
  /** Garbage in a smaller file is not worth a rewrite. */
  readonly rewriteFromBytes: number
}

/** What a catalog file says. */
export interface FoundCatalog {
  readonly state: CatalogState
  /** Of its last frame. */
  readonly sequence: number
}

/** The catalog as one log dir has it: appended to, and rewritten when most of it is garbage. */
export class CatalogFile {
  readonly path: string
  /** Undefined where there was none. */
  readonly found: FoundCatalog | undefined
  readonly #options: CatalogFileOptions
  #file: OpenFile | undefined
  #sizeBytes = 0
  /** Size after the last rewrite: about what is not garbage. */
  #rewrittenBytes = 0

  /** @throws {StorageError} for a file that is damaged elsewhere than at its end. */
  static async open(options: CatalogFileOptions): Promise<CatalogFile> {
    const { files, folder } = options
    try {
      await files.remove(`${folder}/${NEW_FILE_NAME}`) // a rewrite that did not end
      return new CatalogFile(options)
    } catch (error) {
      throw asStorageError(`cannot read ${folder}/${FILE_NAME}`, error)
    }
  }

  private constructor(options: CatalogFileOptions) {
    const { files, folder, logger } = options
    this.#options = options
    this.path = `${folder}/${FILE_NAME}`
    const bytes = files.readFile(this.path)
    if (bytes === undefined || bytes.length === 0) return
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const state = new CatalogState()
    let sequence = 0
    const end = replay(file, this.path, (frame) => {
      for (const record of frame.records) state.apply(record)
      sequence = frame.sequence
      if (this.#rewrittenBytes === 0) this.#rewrittenBytes = frame.endBytes
    })
    this.found = { state, sequence }
    this.#file = files.open(this.path, 'write')
    this.#sizeBytes = end
    if (end === file.length) return
    logger.warn('catalog-tail-cut', { path: this.path, atBytes: end, cutBytes: file.length - end })
    this.#file.truncate(end)
  }

  /**
   * Makes one more frame durable. Rejects with the system error; what the file has then is not
   * known, and the next write makes a new one.
   * @param whole a frame of the same sequence number that says all that there is to say
   */
  async write(frame: Uint8Array, whole: () => Uint8Array): Promise<void> {
    try {
      if (this.#file === undefined || this.#isMostlyGarbage()) return await this.#rewrite(whole())
      await writeWhole(this.#file, frame, this.#sizeBytes)
      await syncFile(this.#file)
      this.#sizeBytes += frame.length
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** What it has is not what the next write goes on from: that makes a new file. Idempotent. */
  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  #isMostlyGarbage(): boolean {
    const { rewriteFromBytes } = this.#options
    return this.#sizeBytes >= rewriteFromBytes && this.#sizeBytes > 4 * this.#rewrittenBytes
  }

  /** A cut after any step leaves the old file, or the new one. */
  async #rewrite(frame: Uint8Array): Promise<void> {
    const { files, folder } = this.#options
    const newPath = `${folder}/${NEW_FILE_NAME}`
    // 1. The new file, durable before it has the name.
    await files.remove(newPath)
    const file = files.open(newPath, 'write')
    try {
      await writeWhole(file, frame, 0)
      await syncFile(file)
      // 2. The name, atomically.
      files.rename(newPath, this.path)
      // 3. The folder, before anything relies on the name.
      await files.syncFolder(folder)
    } catch (error) {
      file.close()
      throw error
    }
    this.#file?.close()
    this.#file = file
    this.#sizeBytes = frame.length
    this.#rewrittenBytes = frame.length
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

import { join } from 'node:path'

import { type Clock, errnoOf, SECOND_MS, StorageError } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import { syncFile, writeWhole } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'
import { patientCalls } from '../files/patient-calls.ts'
import type { LogDir } from './log-dir.ts'
import {
  META_NAME,
  type MetaProperties,
  parseMetaProperties,
  readMetaProperties,
} from './property-files.ts'

/** Is written where reads fail, to learn whether the disk is alive; its name is all it has. */
export const PROBE_NAME = '.pafka-probe'

/** A dir where reads go on failing is not tried more often. */
const BETWEEN_PROBES_MS = 10 * SECOND_MS
/** What the process lacks, or another may have in a moment: it says nothing of the disk. */
const PASSING: ReadonlySet<string> = new Set([
  ...['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EBUSY'],
])

export interface LostDirsOptions {
  readonly files: FileSystem
  readonly clock: Clock
  readonly lost: (dir: LogDir, error: StorageError) => void
}

/**
 * Finds out whether a log dir that was there is so still: its disk may be gone, or another be
 * mounted over it, and nobody who only reads what is cached, or nothing, would notice.
 */
export class LostDirs {
  readonly #options: LostDirsOptions
  readonly #probed = new Map<LogDir, number>()
  readonly #looking = new Map<LogDir, Promise<boolean>>()

  constructor(options: LostDirsOptions) {
    this.#options = options
  }

  /**
   * Whether its path leads to it, and may be written to. One that is lost is told of, and one that
   * became read-only: what lies there is read as before. Blocks the thread, for one read.
   */
  lookNow(dir: LogDir): boolean {
    if (!dir.isOnline) return false
    const { path } = dir
    const { files } = this.#options
    try {
      this.#checkOwner(dir, readMetaProperties(files, path))
    } catch (thrown) {
      return this.#isThereAfter(dir, thrown)
    }
    try {
      files.open(join(path, META_NAME), 'update').close()
    } catch (thrown) {
      this.#readOnlyAfter(dir, thrown)
    }
    return dir.isOnline
  }

  /** As `lookNow`; a disk that does not answer holds nobody but who waits for this. */
  check(dir: LogDir): Promise<boolean> {
    if (this.#options.files.patient === undefined) return Promise.resolve(this.lookNow(dir))
    let looking = this.#looking.get(dir)
    if (looking === undefined) {
      looking = this.#lookLater(dir).finally(() => this.#looking.delete(dir))
      this.#looking.set(dir, looking)
    }
    return looking
  }

  /** As it is known, and looks again: at once where there is no disk to wait for. */
  look(dir: LogDir): boolean {
    void this.check(dir)
    return dir.isOnline
  }

  async #lookLater(dir: LogDir): Promise<boolean> {
    const { path } = dir
    const names = patientCalls(this.#options.files)
    if (!dir.isOnline) return false
    try {
      const bytes = await names.readFile(join(path, META_NAME))
      this.#checkOwner(dir, bytes && parseMetaProperties(bytes, path))
    } catch (thrown) {
      return dir.isOnline && this.#isThereAfter(dir, thrown)
    }
    try {
      const file = await names.open(join(path, META_NAME), 'update')
      file.close()
    } catch (thrown) {
      if (dir.isOnline) this.#readOnlyAfter(dir, thrown)
    }
    return dir.isOnline
  }

  #checkOwner({ directoryId }: LogDir, found: MetaProperties | undefined): void {
    if (found?.directoryId === directoryId) return
    throw missing(`there is no ${META_NAME} of the log dir`)
  }

  #isThereAfter(dir: LogDir, thrown: unknown): boolean {
    dir.isLost = this.#tellOf(dir, thrown)
    return !dir.isLost
  }

  /** As a file system becomes by itself that met an error. */
  #readOnlyAfter(dir: LogDir, thrown: unknown): void {
    const cause = asError(thrown)
    if (errnoOf(cause) !== 'EROFS') return
    const message = `the log dir ${dir.path} is read-only: ${cause.message}`
    this.#options.lost(dir, new StorageError(message, { cause }))
  }

  /** Something of it could not be read: looks at it, and whether its disk takes a write. */
  async suspect(dir: LogDir): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    const probedMs = this.#probed.get(dir) ?? Number.NEGATIVE_INFINITY
    if (nowMs - probedMs < BETWEEN_PROBES_MS) return
    this.#probed.set(dir, nowMs)
    if (!(await this.check(dir))) return
    try {
      await probe(this.#options.files, join(dir.path, PROBE_NAME))
    } catch (thrown) {
      this.#tellOf(dir, thrown)
    }
  }

  /** @returns false for what passes */
  #tellOf(dir: LogDir, thrown: unknown): boolean {
    const cause = asError(thrown)
    if (PASSING.has(errnoOf(cause) ?? '') || isOutOfSpace(cause)) return false
    const message = `the log dir ${dir.path} is lost: ${cause.message}`
    this.#options.lost(dir, new StorageError(message, { cause }))
    return true
  }
}

function missing(what: string): Error {
  return Object.assign(new Error(`ENODEV: ${what}`), { code: 'ENODEV' })
}

/** What the page cache has says nothing of the disk; a byte that is to outlive power loss does. */
async function probe(files: FileSystem, path: string): Promise<void> {
  const file = await patientCalls(files).create(path)
  try {
    await writeWhole(file, Buffer.from('.'), 0)
    await syncFile(file)
  } finally {
    file.close()
    await files.remove(path)
  }
}

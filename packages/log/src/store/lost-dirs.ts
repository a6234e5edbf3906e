import { join } from 'node:path'

import { type Clock, errnoOf, SECOND_MS, StorageError } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import { syncFile } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { LogDir } from './log-dir.ts'
import { META_NAME, readMetaProperties } from './property-files.ts'

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

  constructor(options: LostDirsOptions) {
    this.#options = options
  }

  /**
   * Whether its path leads to it, and may be written to. One that is lost is told of, and one that
   * became read-only: what lies there is read as before. Blocks the thread, for one read.
   */
  look(dir: LogDir): boolean {
    if (!dir.isOnline) return false
    const { path, directoryId } = dir
    const { files } = this.#options
    try {
      const found = readMetaProperties(files, path)
      if (found?.directoryId !== directoryId) {
        throw missing(`there is no ${META_NAME} of the log dir`)
      }
    } catch (thrown) {
      dir.isLost = this.#tellOf(dir, thrown)
      return !dir.isLost
    }
    return !this.#isReadOnly(dir)
  }

  /** As a file system becomes by itself that met an error. */
  #isReadOnly(dir: LogDir): boolean {
    const { files, lost } = this.#options
    try {
      files.open(join(dir.path, META_NAME), 'update').close()
    } catch (thrown) {
      const cause = asError(thrown)
      if (errnoOf(cause) !== 'EROFS') return false
      const message = `the log dir ${dir.path} is read-only: ${cause.message}`
      lost(dir, new StorageError(message, { cause }))
      return true
    }
    return false
  }

  /** Something of it could not be read: looks at it, and whether its disk takes a write. */
  async suspect(dir: LogDir): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    const probedMs = this.#probed.get(dir) ?? Number.NEGATIVE_INFINITY
    if (nowMs - probedMs < BETWEEN_PROBES_MS || !this.look(dir)) return
    this.#probed.set(dir, nowMs)
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
  const file = files.open(path, 'write')
  try {
    file.writeNow([Buffer.from('.')], 0)
    await syncFile(file)
  } finally {
    file.close()
    await files.remove(path)
  }
}

import { join } from 'node:path'

import { type Clock, KIB, type Logger, MINUTE_MS, seededRandom, type Timer } from '@pafka/base'

import { asError } from './as-error.ts'
import { syncFile } from './file-calls.ts'
import type { FileSystem, OpenFile } from './file-system.ts'
import type { SpaceOf } from './space.ts'

const FILE_NAME = 'ballast'
/** Becomes the ballast when all of it is on disk; a crash leaves one of these at most. */
const UNFINISHED_NAME = 'ballast.tmp'
/** Of all its files. */
export const BALLAST_NAMES: readonly string[] = [FILE_NAME, UNFINISHED_NAME]
const PIECE_BYTES = 256 * KIB
/** A disk with less room than so many times the ballast needs its room for logs. */
const ROOM_FOR_EACH = 4
/** And one where deletions made room is given to appends again with so many times. */
const ROOM_AGAIN = 2
const RETRY_MS = MINUTE_MS
const SEED = 0xba11a57

export interface BallastOptions {
  /** A log dir that exists; the file lies at its top. */
  readonly folder: string
  readonly sizeBytes: number
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly spaceOf: SpaceOf
}

/**
 * Room on a disk that is set aside while there is plenty, and thrown off when the disk is full:
 * what frees space (a checkpoint, an index, a deletion) needs some itself. The file has real
 * blocks, with data that no file system can shrink. It comes back when there is plenty again.
 */
export class Ballast {
  readonly #options: BallastOptions
  readonly #sizeBytes: number
  readonly #path: string
  readonly #unfinishedPath: string
  #held = false
  #closed = false
  /** While true, work that goes on gives up where it can. */
  #giveUp = false
  #told = false
  #work: Promise<void> = Promise.resolve()
  #releasing: Promise<boolean> | undefined
  #retry: Timer | undefined

  constructor(options: BallastOptions) {
    this.#options = options
    this.#sizeBytes = options.sizeBytes
    this.#path = join(options.folder, FILE_NAME)
    this.#unfinishedPath = join(options.folder, UNFINISHED_NAME)
  }

  /** Bytes that `release` would give back. */
  get heldBytes(): number {
    return this.#held ? this.#sizeBytes : 0
  }

  /** Whether the file is there, of this run or of an earlier one. */
  isThere(): boolean {
    return this.#options.files.stat(this.#path) !== undefined
  }

  /** Makes it now if there is room for it and as much again. @returns whether it is there */
  async take(): Promise<boolean> {
    await this.#releasing
    await this.#work
    if (this.#closed) return this.#held
    this.#retry?.cancel()
    this.#work = this.#takeRoom(ROOM_AGAIN)
    await this.#work
    return this.#held
  }

  /** Takes over what an earlier run left, or makes the file; in the background, never throws. */
  start(): void {
    this.#work = this.#takeRoom()
  }

  /**
   * The disk is full: removes the file, and makes it again when there is plenty of room. May be
   * called at every such failure, and before `start`, as recovery needs room too. Never throws.
   * @returns true when this gave room, so that what failed is worth another try.
   */
  release(): Promise<boolean> {
    this.#releasing ??= this.#release().finally(() => (this.#releasing = undefined))
    return this.#releasing
  }

  /** Ends what goes on. The file stays: the next start finds it. */
  async close(): Promise<void> {
    this.#closed = true
    this.#giveUp = true
    this.#retry?.cancel()
    await this.#releasing
    await this.#work
  }

  async #release(): Promise<boolean> {
    this.#retry?.cancel()
    this.#giveUp = true
    await this.#work // an unfinished one goes by itself
    this.#giveUp = this.#closed
    const gaveRoom = await this.#throwOff()
    this.#retryLater()
    return gaveRoom
  }

  async #throwOff(): Promise<boolean> {
    const { files, folder, logger } = this.#options
    try {
      if (files.stat(this.#path) === undefined) return false
      await files.remove(this.#path)
      this.#held = false
      logger.warn('ballast-released', { folder, bytes: this.#sizeBytes })
      await files.syncFolder(folder) // some file systems give the blocks back only then
    } catch (error) {
      logger.error('ballast-failed', { folder, cause: asError(error).message })
    }
    return !this.#held
  }

  #retryLater(): void {
    this.#retry?.cancel()
    if (this.#closed) return
    this.#retry = this.#options.clock.setTimer(RETRY_MS, () => {
      this.#work = this.#takeRoom()
    })
  }

  async #takeRoom(roomForEach = ROOM_FOR_EACH): Promise<void> {
    const { folder, files, logger, spaceOf } = this.#options
    try {
      await files.remove(this.#unfinishedPath)
      this.#held = files.stat(this.#path)?.sizeBytes === this.#sizeBytes
      if (this.#held) return
      await files.remove(this.#path)
      const { usableBytes } = await spaceOf(folder)
      const isPlenty = usableBytes >= roomForEach * this.#sizeBytes
      if (isPlenty && !this.#giveUp) await this.#make()
    } catch (error) {
      // Said once: a disk that fails is told by those who need it.
      if (!this.#told) logger.warn('ballast-failed', { folder, cause: asError(error).message })
      this.#told = true
    }
    if (!this.#held) this.#retryLater()
  }

  /** All of it, or nothing. */
  async #make(): Promise<void> {
    const { files, folder, logger } = this.#options
    try {
      // 1. the blocks, 2. the name that says that they are all there, 3. the name for good
      if (!(await this.#writeBlocks())) return
      files.rename(this.#unfinishedPath, this.#path)
      this.#held = true
      await files.syncFolder(folder)
      logger.debug('ballast-taken', { folder, bytes: this.#sizeBytes })
      this.#told = false
    } finally {
      if (!this.#held) await files.remove(this.#unfinishedPath)
    }
  }

  /** @returns false when it gave up. */
  async #writeBlocks(): Promise<boolean> {
    const file = this.#options.files.open(this.#unfinishedPath, 'write')
    try {
      const noise = incompressible(Math.min(PIECE_BYTES, this.#sizeBytes))
      for (let at = 0; at < this.#sizeBytes;) {
        if (this.#giveUp) return false
        at += await written(file, noise.subarray(0, this.#sizeBytes - at), at)
      }
      await syncFile(file)
      return !this.#giveUp
    } finally {
      file.close()
    }
  }
}

/** @param bytes at least 4 */
function incompressible(bytes: number): Uint8Array {
  const random = seededRandom(SEED)
  const words = new Uint32Array(Math.ceil(bytes / 4))
  for (let at = 0; at < words.length; at += 1) words[at] = random.below(2 ** 32)
  return new Uint8Array(words.buffer, 0, bytes)
}

function written(file: OpenFile, piece: Uint8Array, positionBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    file.write([piece], positionBytes, (error, bytes) => {
      if (error === null && bytes > 0) resolve(bytes)
      else reject(error ?? new Error('nothing was written'))
    })
  })
}

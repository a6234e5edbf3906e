import type { Clock, Logger } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import { Ballast } from '../files/ballast.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { DiskRoom } from '../journal/engine-host.ts'
import type { AppendCheck } from '../partition/append-check.ts'
import { type DirRoom, reserveBytesOf } from './dir-room.ts'
import type { Space } from './room-watch.ts'

export interface JournalRoomOptions {
  /** The journal's; it exists. */
  readonly folder: string
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  /** Refuses all appends while there is no room. */
  readonly check: AppendCheck
  /** Undefined where nothing can be measured: then nothing is set aside. */
  readonly spaceOf: ((folder: string) => Promise<Space>) | undefined
}

/** The ring leaves so many times of what is set aside: that is made again with so much. */
const LEFT_BY_RING = 4
const UNKNOWN: Space = { totalBytes: -1, usableBytes: -1 }

/**
 * Room for the journal's small files, without which no record can be let go that the ring has. It
 * is what a log dir on the same disk sets aside, or else a ballast of the journal's own.
 */
export class JournalRoom implements DiskRoom {
  readonly #options: JournalRoomOptions
  #ballast: Ballast | undefined
  /** Of a log dir on the same disk. */
  #shared: DirRoom | undefined
  #reserveBytes = 0
  #isShort = false

  constructor(options: JournalRoomOptions) {
    this.#options = options
  }

  /** Whether a write found no room even in what was set aside, and none worked since. */
  get isShort(): boolean {
    return this.#isShort
  }

  /** Before the first write. @param rooms of the log dirs that are online, which are open */
  async open(rooms: readonly DirRoom[]): Promise<void> {
    const { folder, files, clock, logger } = this.#options
    const { totalBytes, usableBytes, device } = await this.#space()
    if (totalBytes < 0 || usableBytes < 0) return
    this.#reserveBytes = reserveBytesOf(totalBytes)
    this.#shared = rooms.find((room) => device !== undefined && room.device === device)
    if (device === undefined || this.#shared !== undefined) return
    const freeBytes = async (): Promise<number> => (await this.#space()).usableBytes
    const sizeBytes = this.#reserveBytes
    this.#ballast = new Ballast({ folder, sizeBytes, files, clock, logger, freeBytes })
  }

  /** The start is over. */
  start(): void {
    this.#ballast?.start()
  }

  async close(): Promise<void> {
    await this.#ballast?.close()
  }

  async hasRoomFor(bytes: number): Promise<boolean> {
    const { totalBytes, usableBytes } = await this.#space()
    if (totalBytes < 0 || usableBytes < 0) return true
    return usableBytes - bytes >= LEFT_BY_RING * this.#reserveBytes
  }

  async write(action: () => Promise<void>): Promise<void> {
    try {
      await action().catch(async (error: unknown) => {
        if (!isOutOfSpace(error)) throw error
        await (this.#shared?.full() ?? this.#ballast?.release())
        await action()
      })
    } catch (error) {
      if (isOutOfSpace(error)) this.#refuse(asError(error))
      throw error
    }
    this.#accept()
  }

  #refuse(error: Error): void {
    if (this.#isShort) return
    this.#isShort = true
    const { check, folder, logger } = this.#options
    check.whyRefused = 'the disk of the journal is full'
    logger.error('journal-disk-full', { folder, cause: error.message })
  }

  #accept(): void {
    if (!this.#isShort) return
    this.#isShort = false
    const { check, folder, logger } = this.#options
    check.whyRefused = undefined
    logger.info('journal-disk-has-room', { folder })
  }

  async #space(): Promise<Space> {
    const { folder, spaceOf } = this.#options
    return (await spaceOf?.(folder)) ?? UNKNOWN
  }
}

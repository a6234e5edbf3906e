import type { Clock, Logger } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import { Ballast } from '../files/ballast.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { SpaceOf } from '../files/space.ts'
import type { DiskRoom, WriteKind } from '../journal/engine-host.ts'
import { RingUnreadable } from '../journal/stranded-journals.ts'
import type { AppendCheck } from '../partition/append-check.ts'
import { type DirRoom, reserveBytesOf } from './dir-room.ts'

export interface JournalRoomOptions {
  /** The journal's; it exists. */
  readonly folder: string
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  /** Refuses all appends while there is no room. */
  readonly check: AppendCheck
  /** Where nothing can be measured nothing is set aside. */
  readonly spaceOf: SpaceOf
}

/** The ring leaves so many times of what is set aside: that is made again with so much. */
const LEFT_BY_RING = 4

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
  readonly #failing = new Set<WriteKind>()

  constructor(options: JournalRoomOptions) {
    this.#options = options
  }

  /** Whether a write found no room even in what was set aside, and none worked since. */
  get isShort(): boolean {
    return this.#options.check.whyRefused !== undefined
  }

  /** Before the first write. @param rooms of the log dirs that are online, which are open */
  async open(rooms: readonly DirRoom[]): Promise<void> {
    const { folder, files, clock, logger, spaceOf } = this.#options
    const { totalBytes, usableBytes, device } = await spaceOf(folder)
    if (totalBytes < 0 || usableBytes < 0) return
    this.#reserveBytes = reserveBytesOf(totalBytes)
    this.#shared = rooms.find((room) => device !== undefined && room.device === device)
    if (device === undefined || this.#shared !== undefined) return
    const sizeBytes = this.#reserveBytes
    this.#ballast = new Ballast({ folder, sizeBytes, files, clock, logger, spaceOf })
  }

  /** The start is over. */
  start(): void {
    this.#ballast?.start()
  }

  async close(): Promise<void> {
    await this.#ballast?.close()
  }

  async hasRoomFor(bytes: number): Promise<boolean> {
    const { folder, spaceOf } = this.#options
    const { totalBytes, usableBytes } = await spaceOf(folder)
    if (totalBytes < 0 || usableBytes < 0) return true
    const waitingBytes = this.#shared?.waitingBytes ?? 0
    return usableBytes - waitingBytes - bytes >= LEFT_BY_RING * this.#reserveBytes
  }

  async write<Result>(action: () => Promise<Result>, kind: WriteKind): Promise<Result> {
    try {
      const result = await action().catch(async (error: unknown) => {
        if (!isOutOfSpace(error)) throw error
        await (this.#shared?.full() ?? this.#ballast?.release())
        return action()
      })
      this.#failing.delete(kind)
      this.#accept()
      return result
    } catch (error) {
      // until it works the ring has to keep what is to be set aside, and has no room for more
      const isKept = kind === 'set-aside' && !(error instanceof RingUnreadable)
      if (isOutOfSpace(error) || isKept) this.#refuse(kind, asError(error))
      throw error
    }
  }

  #refuse(kind: WriteKind, error: Error): void {
    this.#failing.add(kind)
    if (this.isShort) return
    const { check, folder, logger } = this.#options
    const isFull = isOutOfSpace(error)
    check.whyRefused = `the disk of the journal ${isFull ? 'is full' : 'fails'}`
    logger.error(isFull ? 'journal-disk-full' : 'journal-disk-fails', {
      folder,
      cause: error.message,
    })
  }

  #accept(): void {
    if (!this.isShort || this.#failing.size > 0) return
    const { check, folder, logger } = this.#options
    check.whyRefused = undefined
    logger.info('journal-disk-has-room', { folder })
  }
}

import { type Clock, KIB, type Logger, MIB, SECOND_MS, type Timer } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import { Ballast } from '../files/ballast.ts'
import type { DiskLedger } from '../files/disk-ledger.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { Space, SpaceOf } from '../files/space.ts'
import { LatelyAppended } from './lately-appended.ts'
import type { LogDir } from './log-dir.ts'
import type { Removals } from './removals.ts'
import { RoomWatch, slowBytesOf } from './room-watch.ts'

export interface DirRoomOptions {
  readonly dir: LogDir
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly removals: Removals
  /** Where nothing can be measured nothing is set aside. */
  readonly spaceOf: SpaceOf
  /** Of the disks of other dirs, by device. */
  readonly ledgers: Map<number, DiskLedger>
  /** New partitions go where most is free: what is found is told to the dir. */
  readonly isPlacedByRoom: boolean
}

/** So much of a disk is set aside, within these bounds. */
const SHARE = 64
const LEAST_BYTES = 64 * KIB
const MOST_BYTES = 16 * MIB
/** While there is little room: until it is looked at again. */
const CHECK_MS = SECOND_MS
/** Nobody is let in. */
const HELD = 1

/** What is set aside of a file system. */
export function reserveBytesOf(totalBytes: number): number {
  return Math.floor(Math.min(MOST_BYTES, Math.max(LEAST_BYTES, totalBytes / SHARE)))
}

/**
 * Keeps some room in a log dir for what frees more: starting, reading, deleting. When the disk is
 * full it throws off its ballast, and nothing is appended until there is room for that again, and
 * as much besides.
 */
export class DirRoom {
  readonly #options: DirRoomOptions
  #ballast: Ballast | undefined
  #watch: RoomWatch | undefined
  #reserveBytes = 0
  #device: number | undefined
  /** What could not be written down, and must be before there are appends. */
  readonly #due: (() => Promise<void>)[] = []
  #timer: Timer | undefined
  #checking: Promise<void> = Promise.resolve()
  #closed = false
  /** A write found no room since it was last looked at. */
  #isFull = false
  readonly #lately: LatelyAppended

  constructor(options: DirRoomOptions) {
    this.#options = options
    this.#lately = new LatelyAppended(options.dir, Number.NEGATIVE_INFINITY)
  }

  /** Before the first write: on a full disk a start takes the room that was set aside. */
  async open(): Promise<void> {
    const { dir, files, clock, logger, spaceOf } = this.#options
    const { totalBytes, usableBytes, device } = await spaceOf(dir.path)
    if (totalBytes < 0 || usableBytes < 0) return
    this.#found(usableBytes)
    this.#device = device
    const sizeBytes = reserveBytesOf(totalBytes)
    this.#reserveBytes = sizeBytes
    this.#shareLedger()
    dir.ledger.look()(usableBytes, this.#kept)
    const options = { folder: dir.path, sizeBytes, files, clock, logger, spaceOf }
    this.#ballast = new Ballast(options)
    const space = (): Promise<Space> => this.#spaceLeft()
    const watched = { path: dir.path, clock, logger, space, reserveBytes: sizeBytes }
    this.#watch = new RoomWatch(watched)
    const leastBytes = this.#ballast.isThere() ? sizeBytes / 4 : sizeBytes
    if (usableBytes < leastBytes) await this.full()
  }

  /** Of its file system, if that is known. */
  get device(): number | undefined {
    return this.#device
  }

  /** Of its file system: what the journal has, and files are to get. */
  get waitingBytes(): number {
    return this.#options.dir.ledger.waitingBytes
  }

  /** The start is over. */
  start(): void {
    if (!this.#options.dir.isShort) this.#ballast?.start()
    this.#watch?.start()
  }

  /**
   * How full it is, for those who append: below 1, but until it is looked at again after a burst.
   * Where they are refused nobody else waits, nor for a disk that none of them appends to: who
   * takes its first bytes for long is let through.
   */
  get pressure(): number {
    const { dir, clock } = this.#options
    const isAppended = this.#lately.isSo(clock.monotonicMs())
    if (!isAppended || dir.isShort || this.#watch === undefined) return 0
    return dir.ledger.isStale(2 * this.#reserveBytes) ? HELD : this.#watch.pressure
  }

  /** A write found no room. Resolves when there is what was set aside. */
  async full(): Promise<void> {
    if (this.#ballast === undefined) return
    this.#isFull = true
    this.#options.dir.ledger.full()
    this.#refuse()
    await this.#ballast.release()
  }

  /** As `full`, if it is. */
  async measure(): Promise<void> {
    const { usableBytes } = await this.#space()
    if (usableBytes >= 0 && usableBytes < this.#reserveBytes / 4) await this.full()
  }

  /**
   * What may be taken by anything but appends, so that nobody is slowed or refused for it; infinite
   * where that is not known.
   * @param keptShare of the whole that is left free in any case
   */
  async spareBytes(keptShare: number): Promise<number> {
    const { totalBytes, usableBytes } = await this.#space()
    const { dir } = this.#options
    if (dir.isShort) return 0
    if (totalBytes < 0 || usableBytes < 0) return Number.POSITIVE_INFINITY
    const kept = Math.max(keptShare * totalBytes, slowBytesOf(totalBytes, this.#reserveBytes))
    return Math.min(usableBytes - dir.ledger.waitingBytes - kept, dir.spillAfterBytes)
  }

  /** Does it now or, if there is no room, before the next append is taken. Rejects otherwise. */
  async beforeAppends(due: () => Promise<void>): Promise<void> {
    try {
      await due()
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      this.#due.push(due)
      this.#refuse()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#checking
    await this.#watch?.close()
    await this.#ballast?.close()
  }

  #refuse(): void {
    const { dir, logger, removals } = this.#options
    if (dir.isShort) return
    dir.isShort = true
    logger.error('disk-full', { dir: dir.path, reserveBytes: this.#reserveBytes })
    void removals.hasten(dir.path)
    this.#checkLater()
  }

  #checkLater(): void {
    if (this.#closed) return
    this.#timer = this.#options.clock.setTimer(CHECK_MS, () => {
      this.#checking = this.#check()
    })
  }

  async #check(): Promise<void> {
    const { dir, logger } = this.#options
    try {
      this.#isFull = false
      // a write may have taken what was there, and the ballast with it, meanwhile
      if ((await this.#hasRoom()) && !this.#isFull) {
        dir.isShort = false
        logger.info('disk-has-room', { dir: dir.path })
        return
      }
    } catch (error) {
      logger.debug('disk-still-full', { dir: dir.path, cause: asError(error).message })
    }
    this.#checkLater()
  }

  async #hasRoom(): Promise<boolean> {
    const { usableBytes } = await this.#space()
    const { dir } = this.#options
    dir.isBare = usableBytes >= 0 && usableBytes < this.#kept.forFiles
    if (dir.isBare) await this.#ballast?.release()
    const leftBytes = usableBytes - dir.ledger.waitingBytes
    if (usableBytes >= 0 && leftBytes < 2 * this.#reserveBytes) return false
    for (let due = this.#due[0]; due !== undefined; due = this.#due[0]) {
      await due()
      this.#due.shift()
    }
    return this.#ballast === undefined || this.#ballast.take()
  }

  /** Now, though the journal has bytes that are to get there. */
  async #space(): Promise<Space> {
    const { dir, spaceOf } = this.#options
    const tell = dir.ledger.look()
    const space = await spaceOf(dir.path)
    if (space.usableBytes >= 0) {
      tell(space.usableBytes, this.#kept)
      this.#found(space.usableBytes)
    }
    return space
  }

  #found(usableBytes: number): void {
    const { dir, isPlacedByRoom } = this.#options
    if (isPlacedByRoom) dir.freeBytes = usableBytes
  }

  get #kept(): { forAppends: number; forFiles: number } {
    return { forAppends: this.#reserveBytes, forFiles: this.#reserveBytes / 2 }
  }

  /** When they are there. */
  async #spaceLeft(): Promise<Space> {
    const { usableBytes, ...space } = await this.#space()
    if (usableBytes < 0) return { ...space, usableBytes }
    // somebody else has filled it: what waits for files is not even tried any more
    if (usableBytes < this.#kept.forFiles) await this.full()
    return { ...space, usableBytes: Math.max(0, usableBytes - this.waitingBytes) }
  }

  #shareLedger(): void {
    const { dir, ledgers } = this.#options
    if (this.#device !== undefined) {
      dir.ledger = ledgers.get(this.#device) ?? dir.ledger
      ledgers.set(this.#device, dir.ledger)
    }
    dir.ledger.whenOverdrawn(() => this.#refuse())
  }
}

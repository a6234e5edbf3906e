import { join } from 'node:path'

import { MIB, SECOND_MS, StorageError, type Timer } from '@pafka/base'

import { replaceDurably } from '../checkpoint/checkpoint-file.ts'
import { asError, isOutOfSpace, outOfSpace } from '../files/as-error.ts'
import { syncFile } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import type { MovableSegment } from '../tiers/movable-segment.ts'
import { FutureCopy } from './future-copy.ts'
import {
  encodeMoveNote,
  futureFolder,
  leftName,
  type MoveNote,
  newMoveId,
  NOTE_NAME,
} from './future-folder.ts'
import { forgetLeft, leave } from './left-folders.ts'
import type { LogDir } from './log-dir.ts'
import type { MovingLog } from './moving-log.ts'
import {
  PARTITION_METADATA,
  readMetaProperties,
  readTopicId,
  writePartitionMetadata,
} from './property-files.ts'
import { putAside } from './put-aside.ts'
import type { StoreState } from './store-state.ts'

/** What is appended while so much is copied has room in memory. */
const NEAR_BYTES = 4 * MIB

/** After that appends are let go: a disk that hangs must not hold up the journal of all. */
const LATE_MS = 30 * SECOND_MS

/** Copies a segment and commits the copy. @returns false when it is gone, or nobody wants it */
export type CopySegment = (segment: MovableSegment) => Promise<boolean>

export interface MoveEnd {
  /** Without a pace: appends wait in memory. */
  readonly copy: CopySegment
  /** The partition lies there, durably: who remembers where it was is to write that down. */
  readonly placed: () => Promise<void>
}

/**
 * A partition on its way to another log dir, while it is appended to and read.
 * 1. Segments that do not grow are copied to a folder beside the place that it will have.
 * 2. A segment is begun that no file gets anything of. What comes before it is copied.
 * 3. All of the copy, and where the log begins, is durable there.
 * 4. A file in the log dir that it leaves says so. From here on the copy is the partition.
 * 5. The copy gets the partition's name, and its log goes on there. The old folder goes.
 * A crash after any step leaves one of both, and the next start knows which.
 */
export class PartitionMove {
  readonly log: PartitionLog
  readonly #state: StoreState
  readonly #from: LogDir
  readonly #to: LogDir
  readonly #id: string = newMoveId()
  readonly #copy: FutureCopy
  #isEnded = false
  #isLate = false

  private constructor({ state, log, from, to }: MovingLog) {
    this.log = log
    this.#state = state
    this.#from = from
    this.#to = to
    const folder = join(to.path, futureFolder(log.topic, log.partition, this.#id))
    this.#copy = new FutureCopy(log.parts, folder, () => this.isWanted)
  }

  /** Rejects when the dir has no room for it, or cannot be written. */
  static async begin(moving: MovingLog): Promise<PartitionMove> {
    const { state, log, to } = moving
    const move = new PartitionMove(moving)
    move.#check()
    await checkRoom(moving)
    clearAway(moving)
    await forgetLeft(state, to, log)
    await move.#makeFolder()
    return move
  }

  /** Path of the log dir that it comes to. */
  get path(): string {
    return this.#to.path
  }

  /** Bytes that are there. */
  get copiedBytes(): number {
    return this.#copy.sizeBytes
  }

  /** All before it is there. */
  get copiedTo(): number {
    return this.#copy.endOffset
  }

  /** Whether there is such a partition still, and both dirs work. */
  get isWanted(): boolean {
    const { topic, partition } = this.log
    const isThere = this.#state.directory.get(topic, partition) === this.log
    const isGivenUp = this.#isEnded || this.#isLate
    return isThere && !isGivenUp && this.log.isOnline && this.#to.isOnline
  }

  /**
   * The oldest segment that can be copied now. @returns undefined when there is none
   * @throws StorageError when it cannot go on
   */
  next(): MovableSegment | undefined {
    this.#check()
    const { segments } = this.log.parts
    const segment = segments.all().find((one) => this.#isDue(one))
    return segment && this.#copy.take(segment)
  }

  /**
   * Whether there is so little left that the move can end. When the newest segment has too much it
   * begins another one, so that this can be copied while others are appended to.
   */
  async isNear(): Promise<boolean> {
    this.#check()
    const { segments } = this.log.parts
    const left = segments.all().filter((one) => !this.#copy.has(one))
    if (left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= NEAR_BYTES) return true
    if (!left.some((one) => this.#isDue(one))) await this.#held(async () => undefined)
    return false
  }

  /** Steps 2 to 5. @returns false when the partition is gone, or the move was given up */
  async end({ copy, placed }: MoveEnd): Promise<boolean> {
    let old: readonly LogSegment[] | undefined
    await this.#held(async (first) => {
      if (await this.#inTime(() => this.#copyRest(first, copy))) old = await this.#commit(first)
    })
    if (old === undefined) return false
    this.#isEnded = true
    await leave({ ...this.#moving, id: this.#id, old, placed })
    return true
  }

  /** The copy goes, unless it is the partition. */
  async abandon(): Promise<void> {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#to.arriving.delete(this.log)
    const { files } = this.#state.options
    if (this.#to.isOnline) await files.removeFolder(this.#copy.folder)
  }

  get #moving(): MovingLog {
    return { state: this.#state, log: this.log, from: this.#from, to: this.#to }
  }

  get #note(): MoveNote {
    const { topic, partition, topicId } = this.log
    const [fromId, toId] = [this.#from.directoryId, this.#to.directoryId]
    return { topic, partition, topicId, fromId, toId }
  }

  /** @throws StorageError */
  #check(): void {
    const { options } = this.#state
    if (!this.isWanted) throw new StorageError('the partition, or the log dir, is not there')
    if (this.#to.isShort) throw outOfSpace(`${this.#to.path} is nearly full`)
    // another disk may lie there, or none
    const found = readMetaProperties(options.files, this.#to.path)
    if (found?.directoryId === this.#to.directoryId) return
    throw new StorageError(`the log dir ${this.#to.path} is lost`)
  }

  async #makeFolder(): Promise<void> {
    const { files } = this.#state.options
    const { folder } = this.#copy
    files.makeFolder(folder)
    try {
      await this.#name(folder)
      await replaceDurably(files, join(folder, NOTE_NAME), encodeMoveNote(this.#note))
      await files.syncFolder(this.#to.path)
    } catch (error) {
      await files.removeFolder(folder).catch(() => undefined)
      throw error
    }
  }

  /** The folder tells whose it is. */
  async #name(folder: string): Promise<void> {
    const { files } = this.#state.options
    if (readTopicId(files, folder) === this.log.topicId) return
    writePartitionMetadata(files, folder, this.log.topicId)
    const file = files.open(join(folder, PARTITION_METADATA), 'update')
    await syncFile(file).finally(() => file.close())
    await files.syncFolder(folder)
  }

  #isDue(segment: LogSegment): boolean {
    if (this.#copy.has(segment) || segment === this.log.parts.segments.active) return false
    const { storedBytes, committedBytes, sizeBytes } = segment
    return !segment.deleted && storedBytes === sizeBytes && committedBytes === sizeBytes
  }

  /**
   * Begins a segment, and does something while no file gets anything of it, and all others have
   * theirs. Nobody else changes the list of segments meanwhile.
   */
  async #held(action: (first: LogSegment) => Promise<void>): Promise<void> {
    const { log } = this
    await this.#state.exclusively(log, async () => {
      if (!this.isWanted) return
      const writer = log.writer()
      const { active } = log.parts
      const first = active.sizeBytes === 0 ? active : log.parts.roll(true)
      try {
        await writer.holdFrom(first)
        this.#check()
        await action(first)
      } finally {
        writer.letGo()
      }
    })
  }

  /** @returns false when one could not be copied */
  async #copyRest(first: LogSegment, copy: CopySegment): Promise<boolean> {
    const to = this.#to
    for (const segment of this.log.parts.segments.all()) {
      if (segment.baseOffset >= first.baseOffset || this.#copy.has(segment)) continue
      if (!(await copy(this.#copy.take(segment)))) return false
    }
    await this.#copy.complete(first)
    to.arriving.add(this.log)
    to.found(this.log)
    await to.writeCheckpoints()
    await this.#state.options.files.syncFolder(to.path)
    await this.#name(this.log.parts.folder) // a start must know the folder that it left
    return true
  }

  /** Rejects when it takes too long: then nothing of it counts. */
  async #inTime<Result>(action: () => Promise<Result>): Promise<Result> {
    let timer: Timer | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = this.#state.clock.setTimer(LATE_MS, () => {
        this.#isLate = true
        reject(new StorageError(`the log dir ${this.#to.path} does not answer`))
      })
    })
    try {
      return await Promise.race([action(), late])
    } finally {
      timer?.cancel()
    }
  }

  /** @returns the segments that lie where it was; undefined when it was deleted meanwhile */
  async #commit(first: LogSegment): Promise<readonly LogSegment[] | undefined> {
    const { files } = this.#state.options
    const to = this.#to
    this.#check()
    await this.#writeLeft()
    // a topic that was deleted meanwhile has no folder where it was: a start knows it by that
    if (this.#isDeleted) return undefined
    const folder = to.folderOf(this.log.topic, this.log.partition)
    this.#isEnded = true
    let failure: unknown
    try {
      files.rename(this.#copy.folder, folder)
      await files.syncFolder(to.path)
      if (this.#isDeleted) {
        putAside(this.#state, folder)
        return undefined
      }
    } catch (error) {
      failure = error
    }
    const old = this.#switch(first, folder)
    if (failure !== undefined) this.#failTo(failure)
    return old
  }

  get #isDeleted(): boolean {
    const { topic, partition } = this.log
    return this.#state.directory.get(topic, partition) !== this.log
  }

  /** What is there is the partition, whatever becomes of the log dir: it goes on at a start. */
  #failTo(cause: unknown): void {
    const error = new StorageError(`cannot move: ${asError(cause).message}`, { cause })
    this.#state.failDir(this.#to, error)
  }

  /** The one step that moves the partition. */
  async #writeLeft(): Promise<void> {
    const { files } = this.#state.options
    const path = join(this.#from.path, leftName(this.#id))
    const write = (): Promise<void> => replaceDurably(files, path, encodeMoveNote(this.#note))
    try {
      await write().catch(async (error: unknown) => {
        if (!isOutOfSpace(error)) throw error
        await this.#state.roomOf(this.#from).full() // what was set aside is enough for it
        await write()
      })
    } catch (cause) {
      const error = new StorageError(`cannot move: ${asError(cause).message}`, { cause })
      if (mayExist(files, path)) {
        // which of both is the partition after power loss nobody knows: both are whole
        this.#isEnded = true
        this.#state.failDir(this.#from, error)
      }
      throw error
    }
  }

  /** In one turn: who reads goes on in the old segments, who comes next finds the new ones. */
  #switch(first: LogSegment, folder: string): readonly LogSegment[] {
    const { log } = this
    const { parts } = log
    const { cold } = parts.context
    try {
      this.#copy.catchUp(first, folder)
    } catch (error) {
      this.#failTo(error)
    }
    const all = parts.segments.all()
    const old = all.filter(({ baseOffset }) => baseOffset < first.baseOffset)
    const kept = all.filter(({ baseOffset }) => baseOffset >= first.baseOffset)
    const here = old.map((segment) => segment.successorIn(folder))
    parts.segments.replace(new Set(old), here)
    for (const segment of old) {
      segment.deleted = true
      cold?.forget(segment)
      if (segment.uses === 0) segment.closeFile()
    }
    for (const segment of kept) {
      cold?.forget(segment)
      segment.startAnewIn(folder)
    }
    parts.relocated(this.#state.contextOf(this.#to), folder)
    parts.recoveryPoint = Math.max(parts.recoveryPoint, first.baseOffset)
    log.writer().relocated(first)
    this.#from.logs.delete(log)
    this.#to.logs.add(log)
    this.#to.arriving.delete(log)
    return old
  }
}

/** @throws StorageError where the place of the partition is taken */
function clearAway({ state, log, to }: MovingLog): void {
  const { files } = state.options
  const folder = to.folderOf(log.topic, log.partition)
  if (files.stat(folder) === undefined) return
  if (readTopicId(files, folder) === log.topicId) throw new StorageError(`${folder} is there`)
  putAside(state, folder) // of a topic that was deleted
}

function mayExist(files: FileSystem, path: string): boolean {
  try {
    return files.stat(path) !== undefined
  } catch {
    return true
  }
}

/** Beside what is kept free for producers. @throws the error of a full disk */
async function checkRoom({ state, log, to }: MovingLog): Promise<void> {
  const own = log.parts.segments.all().filter(({ moved }) => moved === undefined)
  const bytes = own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const spareBytes = await state.roomOf(to).spareBytes(0)
  if (bytes <= spareBytes) return
  throw outOfSpace(`${to.path} has no room for the ${bytes} bytes of the partition`)
}

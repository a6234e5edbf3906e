import { join } from 'node:path'

import { SerialQueue, StorageError } from '@pafka/base'
import { randomUuid } from '@pafka/protocol'

import {
  encodeCheckpoint,
  readCheckpoint,
  removeUnfinished,
  replaceDurably,
} from '../checkpoint/checkpoint-file.ts'
import { asStorageError } from '../files/as-error.ts'
import { DiskLedger } from '../files/disk-ledger.ts'
import type { FileSystem, FolderLock } from '../files/file-system.ts'
import { RING_OF_DIR_NAME } from '../journal/journal-files.ts'
import type { LogPlace } from '../partition/log-context.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { KnownOffsets } from '../recovery/log-loader.ts'
import type { LogDirStatus } from './log-dir-status.ts'
import type { MappedDir } from './mapped-dir.ts'
import { isDeletedFolder, parsePartitionFolder, partitionFolder } from './partition-folder.ts'
import { META_NAME, readMetaProperties, writeMetaProperties } from './property-files.ts'

const RECOVERY_POINTS = 'recovery-point-offset-checkpoint'
const HIGH_WATERMARKS = 'replication-offset-checkpoint'
const LOG_STARTS = 'log-start-offset-checkpoint'
const CLEANER_OFFSETS = 'cleaner-offset-checkpoint'
const CLEAN_SHUTDOWN = '.kafka_cleanshutdown'
/** Which ids the paths of log dirs have, and had: see `known-dirs.ts`. */
export const KNOWN_DIRS_NAME = 'known-dirs'
/** An operator says with it that a dir is a new one, whatever lay there before. */
const NEW_DIR_NAME = '.pafka-new-dir'
/** Small files that are written beside themselves first. */
const REPLACED: ReadonlySet<string> = new Set([
  RECOVERY_POINTS,
  HIGH_WATERMARKS,
  LOG_STARTS,
  CLEANER_OFFSETS,
  CLEAN_SHUTDOWN,
  META_NAME,
  RING_OF_DIR_NAME,
  KNOWN_DIRS_NAME,
])

const NONE: ReadonlyMap<string, number> = new Map()

export interface DirOwner {
  readonly nodeId: number
  readonly clusterId: string
}

/** Segments of partitions that have their home in another dir. */
export interface SegmentsThere {
  /** Of the log dir that they lie in. */
  readonly directoryId: string
  /** A log dir with such a partition. */
  readonly home: string
}

/** One log dir: its lock, its identity, its checkpoints, and the logs that lie in it. */
export class LogDir implements LogPlace {
  readonly path: string
  readonly logs: Set<PartitionLog> = new Set()
  /** Those that come from other dirs: when they are here, what is known of them must be, too. */
  readonly arriving: Set<PartitionLog> = new Set()
  directoryId = ''
  /** Of log dirs that were at its path, as others know. */
  knownIds: ReadonlySet<string> = new Set()
  clusterId = ''
  /** Below 0 where nothing says so. */
  nodeId = -1
  error: Error | undefined
  /** Its path leads to something else, or to nothing. */
  isLost = false
  isShort = false
  isBare = false
  refusal: string | undefined
  segmentLimitBytes: number = Number.POSITIVE_INFINITY
  spillAfterBytes: number = Number.POSITIVE_INFINITY
  appendedBytes = 0
  /** Of copies that are made of segments, which lie elsewhere until these are whole. */
  copyingBytes = 0
  spillPlaceOf: LogPlace['spillPlaceOf'] = () => undefined
  /** Bytes that are free, when they were last looked at; below 0 not known. */
  freeBytes = -1
  /** One for all dirs of a disk. */
  ledger: DiskLedger = new DiskLedger()
  /** Known from `claim` on. */
  isInMemory = false
  /** What was found of it where its segments are mapped. */
  mapped: MappedDir | undefined
  readonly #files: FileSystem
  #lock: FolderLock | undefined
  #wasClean = false
  #recoveryPoints: ReadonlyMap<string, number> = new Map()
  #logStarts: ReadonlyMap<string, number> = new Map()
  #firstDirty: ReadonlyMap<string, number> = new Map()
  /** Of logs whose folder is gone: brought back, what was deleted of them must not come along. */
  readonly #missingStarts = new Map<string, number>()
  /** Of logs that were not opened, since a segment of theirs is missing: it stays as true. */
  readonly #unopenedPoints = new Map<string, number>()
  readonly #unopenedDirty = new Map<string, number>()
  readonly #lastWritten = new Map<string, Buffer>()
  readonly #writes = new SerialQueue()

  constructor(files: FileSystem, path: string) {
    this.#files = files
    this.path = path
  }

  /** Whether the last owner closed it in order. */
  get wasClean(): boolean {
    return this.#wasClean
  }

  get isOnline(): boolean {
    return this.error === undefined
  }

  get status(): LogDirStatus {
    const { path, directoryId, isOnline, isShort, error } = this
    return { path, directoryId, isOnline, isShort, error: error?.message }
  }

  /**
   * Locks it and reads whose it is: nothing of it changes before all dirs are known to belong
   * together.
   * @param boundIn the file that says that a journal has records for it, if any does
   * @param segments what is to lie in it, though it is not what it was
   * @throws StorageError for a dir in use, not to be read or made out, or not there
   */
  claim(boundIn: string | undefined, segments: SegmentsThere | undefined): Promise<void> {
    return this.#using(async () => {
      if (boundIn !== undefined && !this.#hasAnything()) throw notMounted(this.path, boundIn)
      if (segments !== undefined && !this.#isGivenUp()) throw lacksSegments(this.path, segments)
      readMetaProperties(this.#files, this.path) // a lock is written into what is known only
      this.#files.makeFolder(this.path)
      this.#lock = await this.#files.lock(this.path)
      this.isInMemory = this.#files.isInMemory(this.path)
      const found = readMetaProperties(this.#files, this.path)
      if (found === undefined) return
      this.clusterId = found.clusterId
      this.directoryId = found.directoryId
      this.nodeId = found.nodeId
    })
  }

  /** After `claim`; one without an id gets it, for good. @throws StorageError */
  open(owner: DirOwner): Promise<void> {
    return this.#using(async () => {
      const names = this.#files.list(this.path)
      await removeUnfinished(this.#files, this.path, names, (name) => REPLACED.has(name))
      if (this.directoryId === '') await this.#name(owner)
      this.readCheckpoints()
      await this.#takeCleanMark()
    })
  }

  /** What they say of its logs is known until those are open. */
  readCheckpoints(): void {
    this.#recoveryPoints = this.#readOffsets(RECOVERY_POINTS)
    this.#logStarts = this.#readOffsets(LOG_STARTS)
    this.#firstDirty = this.#readOffsets(CLEANER_OFFSETS)
  }

  known(topic: string, partition: number): KnownOffsets {
    const key = keyOf({ topic, partition })
    return {
      recoveryPoint: this.#recoveryPoints.get(key),
      logStartOffset: this.#logStarts.get(key),
      firstDirtyOffset: this.#firstDirty.get(key),
      cleanShutdown: this.#wasClean,
    }
  }

  /**
   * The logs are open. What recovery cut is written down before anything is appended: a checkpoint
   * from before the crash must not vouch for what comes to lie there now.
   * @param isKnown whether a topic has such a partition, though its folder may be gone
   */
  async opened(isKnown: (topic: string, partition: number) => boolean): Promise<void> {
    this.#recoveryPoints = new Map()
    const missing = new Map(this.#logStarts)
    for (const log of this.logs) missing.delete(keyOf(log))
    for (const [key, offset] of missing) {
      const at = key.lastIndexOf(' ')
      const isTopic = isKnown(key.slice(0, at), Number(key.slice(at + 1)))
      if (isTopic) this.#missingStarts.set(key, offset)
    }
    this.#logStarts = new Map()
    this.#firstDirty = new Map()
    if (!this.#wasClean) await this.writeCheckpoints()
  }

  /** A log of it cannot be opened at this start: what is known of it is for the next one. */
  leaveUnopened(log: Pick<PartitionLog, 'topic' | 'partition'>): void {
    const key = keyOf(log)
    const point = this.#recoveryPoints.get(key)
    const firstDirty = this.#firstDirty.get(key)
    // after an end in disorder only a look into its files tells where it ends
    if (point !== undefined && this.#wasClean) this.#unopenedPoints.set(key, point)
    if (firstDirty !== undefined) this.#unopenedDirty.set(key, firstDirty)
  }

  folderOf(topic: string, partition: number): string {
    return join(this.path, partitionFolder(topic, partition))
  }

  async writeCheckpoints(): Promise<void> {
    const [points, dirty] = [this.#unopenedPoints, this.#unopenedDirty]
    await this.#writeOffsets(RECOVERY_POINTS, (log) => log.parts.recoveryPoint, points)
    await this.#writeOffsets(HIGH_WATERMARKS, (log) => log.highWatermark)
    await this.#writeOffsets(CLEANER_OFFSETS, firstDirtyOf, dirty)
    await this.writeLogStarts()
  }

  writeLogStarts(): Promise<void> {
    return this.#writeOffsets(LOG_STARTS, raisedStartOf, this.#missingStarts)
  }

  /** Where a log begins of which no folder was found. */
  missingStartOf(log: Pick<PartitionLog, 'topic' | 'partition'>): number | undefined {
    return this.#missingStarts.get(keyOf(log))
  }

  /** A log was made where none was found: what is known of another one goes. */
  found(log: Pick<PartitionLog, 'topic' | 'partition'>): void {
    const key = keyOf(log)
    this.#missingStarts.delete(key)
    this.#unopenedPoints.delete(key)
    this.#unopenedDirty.delete(key)
  }

  /** Source: Kafka `CleanShutdownFileHandler.java`. Only after everything else was written. */
  async markClean(): Promise<void> {
    const text = JSON.stringify({ version: 0, brokerEpoch: -1 })
    await replaceDurably(this.#files, join(this.path, CLEAN_SHUTDOWN), Buffer.from(text))
  }

  /** A start was refused before it changed anything: the next one finds the dir as this one did. */
  async leave(): Promise<void> {
    if (this.isOnline && this.#wasClean) await this.markClean().catch(() => undefined)
  }

  async release(): Promise<void> {
    await this.#lock?.release()
    this.#lock = undefined
  }

  /** Of a log dir; a mount point may have something of its own. */
  #hasAnything(): boolean {
    if (this.#files.stat(this.path) === undefined) return false
    return this.#files.list(this.path).some(isOurs)
  }

  #isGivenUp(): boolean {
    return this.#files.stat(join(this.path, NEW_DIR_NAME)) !== undefined
  }

  async #using(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      await this.release()
      throw asStorageError(`data folder ${this.path} cannot be used`, error)
    }
  }

  async #name({ clusterId, nodeId }: DirOwner): Promise<void> {
    const directoryId = randomUuid()
    await writeMetaProperties(this.#files, this.path, { clusterId, nodeId, directoryId })
    this.clusterId = clusterId
    this.directoryId = directoryId
    await this.#files.remove(join(this.path, NEW_DIR_NAME))
  }

  /** Gone for good before the first change, or the next start would believe it after a crash. */
  async #takeCleanMark(): Promise<void> {
    const path = join(this.path, CLEAN_SHUTDOWN)
    this.#wasClean = this.#files.stat(path) !== undefined
    if (!this.#wasClean) return
    await this.#files.remove(path)
    await this.#files.syncFolder(this.path)
  }

  #readOffsets(name: string): ReadonlyMap<string, number> {
    const offsets = new Map<string, number>()
    for (const line of readCheckpoint(this.#files, join(this.path, name), 0) ?? []) {
      const at = line.lastIndexOf(' ')
      const offset = Number(line.slice(at + 1))
      if (Number.isSafeInteger(offset) && offset >= 0) offsets.set(line.slice(0, at), offset)
    }
    return offsets
  }

  /** One after the other: what was asked first must not come to lie over what was asked last. */
  #writeOffsets(
    name: string,
    offsetOf: (log: PartitionLog) => number | undefined,
    missing: ReadonlyMap<string, number> = NONE,
  ): Promise<void> {
    return this.#writes.run(() => this.#writeOffsetsNow(name, offsetOf, missing))
  }

  async #writeOffsetsNow(
    name: string,
    offsetOf: (log: PartitionLog) => number | undefined,
    missing: ReadonlyMap<string, number>,
  ): Promise<void> {
    const lines = [...missing].map(([key, offset]) => `${key} ${offset}`)
    for (const log of [...this.logs, ...this.arriving]) {
      const offset = offsetOf(log)
      if (offset !== undefined) lines.push(`${keyOf(log)} ${offset}`)
    }
    const text = encodeCheckpoint(0, lines)
    if (this.#lastWritten.get(name)?.equals(text) === true) return
    await replaceDurably(this.#files, join(this.path, name), text)
    this.#lastWritten.set(name, text)
  }
}

/** The one with an id, unless it is offline. */
export function onlineDir(dirs: readonly LogDir[], directoryId: string): LogDir | undefined {
  return dirs.find((dir) => dir.isOnline && dir.directoryId === directoryId)
}

/** The one that has an id, or whose path had it. */
export function knownDir(dirs: readonly LogDir[], directoryId: string): LogDir | undefined {
  const own = dirs.find((dir) => dir.directoryId === directoryId)
  return own ?? dirs.find(({ knownIds }) => knownIds.has(directoryId))
}

function isOurs(name: string): boolean {
  return REPLACED.has(name) || parsePartitionFolder(name) !== undefined || isDeletedFolder(name)
}

/** As a disk that fails: the others go on without it. */
function notMounted(path: string, boundIn: string): StorageError {
  const cause = Object.assign(new Error('there is nothing of a log dir'), { code: 'ENODEV' })
  return new StorageError(
    `the log dir ${path} is empty, though the journal has records for it: is its disk not ` +
      `mounted? Bring it back, or remove ${boundIn} to give them up`,
    { cause },
  )
}

/** As a disk that fails: what would be made here must not lie in its place. */
function lacksSegments(path: string, { directoryId, home }: SegmentsThere): StorageError {
  const cause = Object.assign(new Error(`there is no ${META_NAME}`), { code: 'ENODEV' })
  return new StorageError(
    `the log dir ${path}, which had the id ${directoryId}, is not there, though partitions of ` +
      `${home} have segments in it: is its disk not mounted? Bring it back, or make an empty ` +
      `file ${join(path, NEW_DIR_NAME)} to give them up`,
    { cause },
  )
}

function firstDirtyOf({ parts }: PartitionLog): number | undefined {
  return parts.firstDirtyOffset || undefined
}

/** Where a log begins: no name of a file tells that what was before it is gone for good reason. */
function raisedStartOf({ parts, logStartOffset }: PartitionLog): number | undefined {
  const isUncertain = parts.hasLost || parts.isUnsettled
  return (isUncertain ? parts.deletedUpTo : logStartOffset) || undefined
}

/** As checkpoint files name a log. */
function keyOf({ topic, partition }: Pick<PartitionLog, 'topic' | 'partition'>): string {
  return `${topic} ${partition}`
}

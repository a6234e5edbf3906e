import {
  BufferPool,
  type Clock,
  errnoOf,
  KIB,
  type LogFields,
  type Logger,
  MIB,
  SECOND_MS,
  StorageError,
  type Timer,
} from '@pafka/base'

import { asError, isDiskError, isOutOfSpace } from '../files/as-error.ts'
import type { DiskLedger } from '../files/disk-ledger.ts'
import type { EngineHost } from '../journal/engine-host.ts'
import { JournalEngine } from '../journal/journal-engine.ts'
import type { JournalOptions } from '../journal/journal-options.ts'
import { AppendCheck } from '../partition/append-check.ts'
import type { LogContext } from '../partition/log-context.ts'
import type { LogHost } from '../partition/log-host.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { Cut } from '../partition/log-truncation.ts'
import type { LogWriter } from '../partition/log-writer.ts'
import { WritePolicy } from '../partition/write-behind.ts'
import { ColdReads } from '../read/cold-reads.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { channelWriter } from './channel-writer.ts'
import { DirRoom } from './dir-room.ts'
import { FolderNames } from './folder-names.ts'
import type { SpaceOf } from '../files/space.ts'
import { JournalRoom } from './journal-room.ts'
import { type KnownTopics, NO_TOPICS } from './known-topics.ts'
import { LogContexts } from './log-contexts.ts'
import { LogDir, onlineDir } from './log-dir.ts'
import { LogDirectory } from './log-directory.ts'
import { MovesFound } from './moves-found.ts'
import { Removals } from './removals.ts'
import { SealedSync } from './sealed-sync.ts'
import { deleteBelowStart } from './segment-deletion.ts'
import { type LogStoreOptions, type ResolvedOptions, resolveOptions } from './store-options.ts'
import { WriteScheduler } from './write-scheduler.ts'

/** How long appends to a full disk are refused before the next try. */
const FULL_RETRY_MS = SECOND_MS
/** Of old bytes, at the device; the thread pool has four threads. */
const READS_AT_ONCE = 2
/** For so long after one append the next is expected. */
const COMMITTED_MS = 100

export interface Passes {
  readonly retention: () => Promise<void>
  readonly checkpoint: () => Promise<void>
  readonly clean: () => Promise<void>
}

/** What the parts of a store share. */
export class StoreState implements LogHost<PartitionLog> {
  readonly options: LogStoreOptions
  readonly resolved: ResolvedOptions
  readonly clock: Clock
  readonly logger: Logger
  readonly dirs: readonly LogDir[]
  readonly directory: LogDirectory = new LogDirectory()
  readonly scheduler: WriteScheduler = new WriteScheduler()
  readonly removals: Removals
  readonly pool: BufferPool
  /** Undefined while logs are written to the page cache, which then serves readers as well. */
  readonly cold: ColdReads | undefined
  readonly check: AppendCheck = new AppendCheck()
  readonly writePolicy: WritePolicy
  /** Undefined while logs are written to the page cache. */
  engine: JournalEngine | undefined
  /** Rounds of it are lost: the files of logs count for what they have. */
  isJournalBroken = false
  /** What the catalog says, from before logs are loaded. */
  topics: KnownTopics = NO_TOPICS
  /** Of which the journal has records, and no dir a folder: by `keyOf`. */
  missed: ReadonlySet<string> = new Set()
  /** Those that lack a segment, by `keyOf`: with the id of the log dir, not there, that has it. */
  readonly unopened: Map<string, string> = new Map()
  readonly movesFound: MovesFound = new MovesFound()
  /** Measures a file system, and what a path of a tier may take of it. */
  spaceOf: SpaceOf
  /** Told when other segments of a log may be moved than before. */
  changed: (log: PartitionLog) => void = () => {}
  /** Told when what lies in a dir could not be read. */
  unreadable: (dir: LogDir) => void = () => {}
  /** Of the disk that the journal lies on. */
  journalRoom: JournalRoom | undefined
  readonly #names: FolderNames
  readonly #contexts: LogContexts
  readonly sealedSync: SealedSync
  readonly #rooms = new Map<LogDir, DirRoom>()
  readonly #ledgers = new Map<number, DiskLedger>()
  readonly #timers = new Set<Timer>()
  readonly #busy = new Map<PartitionLog, Promise<void>>()
  readonly #passes = new Set<Promise<void>>()
  #committedMs = Number.NEGATIVE_INFINITY
  #stopped = false

  constructor(options: LogStoreOptions) {
    this.options = options
    this.resolved = resolveOptions(options)
    this.spaceOf = this.resolved.spaceOf
    this.clock = options.clock
    this.logger = options.logger
    this.dirs = options.dirs.map((path) => new LogDir(options.files, path))
    this.removals = new Removals(options.clock, options.logger)
    this.pool = new BufferPool({
      clock: options.clock,
      smallestBytes: 4 * KIB,
      largestBytes: 16 * MIB,
      limitBytes: this.resolved.readPoolBytes,
      idleMs: 10 * SECOND_MS,
    })
    this.cold = this.#coldReads()
    this.#contexts = new LogContexts({
      ...{ files: options.files, clock: this.clock, logger: this.logger },
      ...{ pool: this.pool, cold: this.cold, resolved: this.resolved, dirs: this.dirs },
      isMapped: options.channel === 'pmem',
      unreadable: (dir) => this.unreadable(dir),
      mediumFailed: (dir, cause) => this.failDir(dir, new StorageError(cause.message, { cause })),
    })
    const { blockingWriteBytes } = this.resolved
    this.writePolicy = new WritePolicy(blockingWriteBytes, () => options.clock.monotonicMs())
    this.#names = new FolderNames(options.files, this.resolved.hastenSyncsFrom)
    this.sealedSync = new SealedSync(
      (log, error, segment) => this.failed(log, error, segment),
      (log) => this.changed(log),
    )
  }

  /**
   * A dir cannot be opened, or not be read while its logs are: from the start it is offline with
   * all of them. @throws what was thrown, unless it was its disk that failed
   */
  failedAtStart(dir: LogDir, thrown: unknown): void {
    if (!isDiskError(thrown)) throw thrown
    const error = asError(thrown)
    dir.error = error
    const code = errnoOf(error.cause) ?? errnoOf(error)
    this.logger.error('log-dir-failed', { dir: dir.path, cause: error.message, code })
    this.unlist(dir, error.message)
  }

  /** From the start nobody finds the logs of a dir any more. */
  unlist(dir: LogDir, reason: string): void {
    for (const log of dir.logs) {
      this.directory.remove(log)
      log.close(reason)
      this.engine?.forget(log)
    }
    dir.logs.clear()
  }

  /** Opens the journal, before logs are loaded. @throws StorageError */
  async openJournal(
    options: JournalOptions,
    found: Pick<EngineHost, 'bringBack' | 'known' | 'heldUp'>,
  ): Promise<JournalRoom> {
    const { clock, logger, check, spaceOf } = this
    const { files } = this.options
    const room = new JournalRoom({ folder: options.folder, files, clock, logger, check, spaceOf })
    this.journalRoom = room
    this.engine = await JournalEngine.open(options, {
      files: this.options.files,
      clock: this.clock,
      logger: this.logger,
      room,
      logs: () => this.directory.all(),
      find: (topicId, partition) => this.directory.byJournalId(topicId, partition),
      hastenSyncsFrom: this.resolved.hastenSyncsFrom,
      nameFolder: (log) => this.#names.sync(log.parts.folder, log.topicId),
      ...found,
      isComplete: () => this.isComplete,
      unreadable: (log, error) => {
        const dir = this.dirOf(log)
        if (dir === undefined) throw error
        this.failedAtStart(dir, error)
      },
      settled: (log) => this.changed(log),
      journalFailed: (error) => this.#journalFailed(error),
      syncFailed: (log, cause) => {
        const error = new StorageError(`cannot sync: ${asError(cause).message}`, { cause })
        this.failed(
          log,
          error,
          log.parts.segments.all().find((one) => one.hasSyncFailed),
        )
      },
    })
    this.check.largestBatchBytes = this.engine.largestBatchBytes
    return room
  }

  /** Whether a dir is online; of one that is not known, whether all are: any may be meant. */
  isHere(directoryId: string): boolean {
    if (directoryId === '') return this.isComplete
    return onlineDir(this.dirs, directoryId) !== undefined
  }

  /** Whether no log dir is offline. */
  get isComplete(): boolean {
    return this.dirs.every(({ isOnline }) => isOnline)
  }

  writerFor(log: PartitionLog): LogWriter {
    const parts = { channel: this.options.channel, policy: this.writePolicy, names: this.#names }
    return this.engine?.writerFor(log) ?? channelWriter(log, parts)
  }

  async cutting(log: PartitionLog, cut: Cut): Promise<void> {
    await this.engine?.cut(log, cut)
  }

  /**
   * From 1 on appends are to be held back until segments have caught up. Disks that fill up are a
   * reason to slow them, too; where appends are refused nobody is to wait.
   */
  get pressure(): number {
    let pressure = this.journalRoom?.isShort === true ? 0 : (this.engine?.pressure ?? 0)
    for (const [{ isOnline }, room] of this.#rooms) {
      if (isOnline) pressure = Math.max(pressure, room.pressure)
    }
    return pressure
  }

  /** What keeps room for when its disk is full. */
  roomOf(dir: LogDir): DirRoom {
    let room = this.#rooms.get(dir)
    if (room === undefined) {
      const { clock, logger, removals, spaceOf } = this
      const { files } = this.options
      const ledgers = this.#ledgers
      const isPlacedByRoom = this.options.channel === 'pmem'
      const parts = { dir, files, clock, logger, removals, spaceOf, ledgers, isPlacedByRoom }
      room = new DirRoom(parts)
      this.#rooms.set(dir, room)
    }
    return room
  }

  /** The start is over. */
  startRooms(): void {
    for (const [{ isOnline }, room] of this.#rooms) if (isOnline) room.start()
    this.journalRoom?.start()
  }

  async closeRooms(): Promise<void> {
    for (const room of this.#rooms.values()) await room.close()
    await this.journalRoom?.close()
  }

  contextOf(dir: LogDir): LogContext {
    return this.#contexts.of(dir)
  }

  dirOf(log: PartitionLog): LogDir | undefined {
    return this.dirs.find((dir) => dir.path === log.dir)
  }

  /** One after the other for one log: one at a time changes its list of segments. */
  async exclusively(log: PartitionLog, action: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(log) ?? Promise.resolve()
    const mine = before.then(action)
    const settled = mine.catch(() => undefined)
    this.#busy.set(log, settled)
    try {
      await mine
    } finally {
      if (this.#busy.get(log) === settled) this.#busy.delete(log)
      this.changed(log)
    }
  }

  startTimers(passes: Passes): void {
    const { retentionCheckIntervalMs, checkpointIntervalMs, cleanerBackoffMs } = this.resolved
    this.#every(retentionCheckIntervalMs, passes.retention)
    this.#every(checkpointIntervalMs, passes.checkpoint)
    this.#every(cleanerBackoffMs, passes.clean)
  }

  /** Resolves when nothing of the store runs in the background. */
  async stopTimers(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    await Promise.all([...this.#passes, ...this.#busy.values()])
    await this.sealedSync.whenIdle()
  }

  #every(intervalMs: number, pass: () => Promise<void>): void {
    if (intervalMs <= 0 || this.#stopped) return
    const timer = this.clock.setTimer(intervalMs, () => {
      this.#timers.delete(timer)
      const running = pass().catch((error: unknown) => {
        this.logger.error('log-pass-failed', { cause: asError(error).message })
      })
      this.#passes.add(running)
      void running.then(() => {
        this.#passes.delete(running)
        this.#every(intervalMs, pass)
      })
    })
    this.#timers.add(timer)
  }

  #coldReads(): ColdReads | undefined {
    if (this.options.channel !== 'journal') return undefined
    const memoryBytes = this.resolved.readMemoryBytes
    const isDeviceWanted = (): boolean => clock.monotonicMs() - this.#committedMs < COMMITTED_MS
    const { files, clock } = this.options
    return new ColdReads({ files, clock, memoryBytes, concurrency: READS_AT_ONCE, isDeviceWanted })
  }

  schedule(log: PartitionLog): void {
    this.scheduler.schedule(log)
  }

  committed(log: PartitionLog): void {
    this.#committedMs = this.clock.monotonicMs()
    this.options.observer?.committed(log)
  }

  sealed(log: PartitionLog, segment: LogSegment): void {
    this.sealedSync.add(log, segment)
  }

  async logStartRaised(log: PartitionLog): Promise<void> {
    const dir = this.dirOf(log)
    if (dir === undefined) return
    const letGo = (): Promise<void> =>
      this.exclusively(log, () => deleteBelowStart(log.parts, this.removals))
    try {
      await dir.writeLogStarts()
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      // what goes makes room to say so: until then a crash brings back a part of it at most
      await this.roomOf(dir).full()
      await letGo()
      await this.removals.hasten(log.parts.folder)
      await dir.writeLogStarts()
    }
    await letGo()
  }

  /** A full disk passes; any other error takes the dir offline. */
  failed(log: PartitionLog, error: StorageError, segment?: LogSegment): void {
    const { topic, partition } = log
    const cause = error.message
    const code = errnoOf(error.cause)
    const id = segment?.moved?.directoryId
    const place = this.dirs.find(({ directoryId }) => directoryId === id) ?? this.dirOf(log)
    if (isOutOfSpace(error.cause)) {
      if (place?.isShort !== true) this.logger.error('disk-full', { topic, partition, cause, code })
      if (place !== undefined) void this.roomOf(place).full()
      this.#repairLater(log)
      return
    }
    if (place !== undefined) this.failDir(place, error, { topic, partition })
  }

  /** Its logs take no appends any more; told once. @param first that it was found by */
  failDir(dir: LogDir, error: StorageError, first: LogFields = {}): void {
    if (dir.error !== undefined) return
    dir.error = error
    const partitions = this.directory.countIn(dir)
    const told = { dir: dir.path, partitions, cause: error.message, code: errnoOf(error.cause) }
    this.logger.error('log-dir-failed', { ...first, ...told })
    this.options.observer?.failed?.(dir.path, error)
    const guests = this.directory.writingTo(dir)
    for (const log of guests) log.dirFailed(error)
    // without another dir nobody needs the ring, and memory goes on serving readers
    const all = [...dir.logs, ...guests]
    if (this.dirs.some(({ isOnline }) => isOnline)) this.engine?.strand(all, error)
  }

  /** No append is acknowledged any more; what is committed stays readable. */
  #journalFailed(error: StorageError): void {
    this.logger.error('journal-failed', { cause: error.message, code: errnoOf(error.cause) })
    for (const log of this.directory.all()) log.journalFailed(error)
  }

  #repairLater(log: PartitionLog): void {
    if (this.#stopped) return
    const timer = this.clock.setTimer(FULL_RETRY_MS, () => {
      this.#timers.delete(timer)
      const running = this.exclusively(log, () => log.repair()).catch((error: unknown) => {
        this.logger.warn('log-repair-failed', { cause: asError(error).message })
        this.#repairLater(log)
      })
      this.#passes.add(running)
      void running.then(() => this.#passes.delete(running))
    })
    this.#timers.add(timer)
  }
}

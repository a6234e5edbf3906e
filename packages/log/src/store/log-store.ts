import { concurrently, InvariantViolation } from '@pafka/base'

import type { LogConfig } from '../config/log-config.ts'
import type { CleanerFigures } from '../cleaner/cleaner-figures.ts'
import type { JournalFigures } from '../journal/journal-figures.ts'
import type { JournalStatus } from '../journal/journal-status.ts'
import { keyOf } from '../journal/journal-checkpoint.ts'
import { journalIdOf } from '../partition/log-description.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { Compaction } from './compaction.ts'
import { largestProducerId } from '../producer/largest-producer-id.ts'
import { unbind } from './journal-binding.ts'
import type { MappedDir } from './mapped-dir.ts'
import { isWithin } from '../files/is-within.ts'
import { knownDir, type LogDir } from './log-dir.ts'
import { deletePartitions } from './partition-deletion.ts'
import { checkpoint, checkpointIfDue } from './checkpointing.ts'
import { type HomeWish, placesFor } from './home-choice.ts'
import { newLog, type NewLog } from './log-creation.ts'
import { loadLogs, openDirs } from './store-opening.ts'
import { retain } from './retain.ts'
import type { LogDirStatus } from './log-dir-status.ts'
import type { LogStoreOptions } from './store-options.ts'
import { StoreState } from './store-state.ts'
import { StoreMoves } from './store-moves.ts'
import { StoreTiers } from './store-tiers.ts'
import { tierSpace } from './tier-space.ts'
import { placesOf } from './used-bytes.ts'

/** Logs that are synced at the same time: the file system's journal then serves many at once. */
const CLOSED_TOGETHER = 32

/** A log dir that is not there. */
export interface MissingPlace {
  readonly directoryId: string
  readonly path: string | undefined
}

/** All logs of a broker, over one or more log dirs. */
export class LogStore implements AsyncDisposable {
  readonly #state: StoreState
  readonly #compaction: Compaction
  readonly #tiers: StoreTiers
  readonly #moves: StoreMoves
  #closing: Promise<void> | undefined

  private constructor(state: StoreState, compaction: Compaction) {
    this.#state = state
    this.#compaction = compaction
    this.#tiers = new StoreTiers(state)
    this.#moves = new StoreMoves(state)
  }

  /** @throws StorageError for a folder in use, of another broker, or unusable. */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const state = new StoreState(options)
    state.spaceOf = tierSpace(state)
    await openDirs(state, options)
    await loadLogs(state)
    state.startRooms()
    state.engine?.wantRoom()
    const compaction = new Compaction(state)
    state.startTimers({
      retention: () => retain(state, options.clock.nowMs()),
      checkpoint: () => checkpointIfDue(state),
      clean: () => compaction.sweep(options.clock.nowMs()),
    })
    return new LogStore(state, compaction)
  }

  get clusterId(): string {
    return this.#state.dirs.find(({ isOnline }) => isOnline)?.clusterId ?? ''
  }

  get nodeId(): number {
    return this.#state.options.nodeId
  }

  /** Whether all log dirs here were closed in order before this start; fresh ones never were. */
  get wasClean(): boolean {
    return this.#state.dirs.every((dir) => dir.wasClean || !dir.isOnline)
  }

  dirs(): readonly LogDirStatus[] {
    return this.#state.dirs.map((dir) => dir.status)
  }

  /** Used and free bytes of each dir of the channel `pmem`, by path, as looked at last. */
  mappedSpace(): readonly { readonly path: string; usedBytes: number; freeBytes: number }[] {
    const { dirs, options } = this.#state
    if (options.channel !== 'pmem') return []
    return dirs.map(({ path, logs, freeBytes }) => {
      const usedBytes = [...logs].reduce((sum, log) => sum + log.sizeBytes, 0)
      return { path, usedBytes, freeBytes }
    })
  }

  logs(): Iterable<PartitionLog> {
    return this.#state.directory.all()
  }

  logsOf(topic: string): Iterable<PartitionLog> {
    return this.#state.directory.ofTopic(topic)
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#state.directory.get(topic, partition)
  }

  /** The largest id of an idempotent producer that any log knows; -1 without one. */
  largestProducerId(): Promise<number> {
    return largestProducerId(this.#state.directory.all())
  }

  /** Whether a log dir is online; of one that is not known, whether all are. */
  isHere(directoryId: string): boolean {
    return this.#state.isHere(directoryId)
  }

  /**
   * Whether records of a log are kept in the journal although no dir has its folder, or one of its
   * segments is missing: anew it would lose them.
   */
  isMissed(topic: string, topicId: string, partition: number): boolean {
    const journalId = journalIdOf({ topic, topicId, partition })
    const key = keyOf(journalId, partition)
    return this.#state.missed.has(key) || this.#state.unopened.has(key)
  }

  /** Of a log that lacks a segment: where that lies, as far as is known. */
  missingPlaceOf(topic: string, topicId: string, partition: number): MissingPlace | undefined {
    const journalId = journalIdOf({ topic, topicId, partition })
    const directoryId = this.#state.unopened.get(keyOf(journalId, partition))
    if (directoryId === undefined) return undefined
    return { directoryId, path: knownDir(this.#state.dirs, directoryId)?.path }
  }

  /** A file beside those of the logs found no room: what was set aside on full disks is given. */
  async makeRoom(): Promise<void> {
    const state = this.#state
    for (const dir of state.dirs) if (dir.isOnline) await state.roomOf(dir).measure()
  }

  /** Ids of log dirs for new partitions, one for each wish; empty when none is online. */
  placesFor(wishes: readonly HomeWish[]): string[] {
    this.#tiers.look() // or they might be made where a disk is not mounted any more
    return placesFor(this.#state, wishes)
  }

  /** @throws StorageError when its folder cannot be made; InvariantViolation when it exists. */
  create(log: NewLog, config: LogConfig): PartitionLog {
    if (this.get(log.topic, log.partition) !== undefined) {
      throw new InvariantViolation('a log is created once')
    }
    return newLog(this.#state, log, config)
  }

  /**
   * Gone for readers at once; the files follow after `file.delete.delay.ms`.
   * @throws {StorageError} the first failure; the others are gone all the same
   */
  delete(logs: Iterable<PartitionLog>): Promise<void> {
    return deletePartitions(this.#state, logs)
  }

  setConfig(topic: string, config: LogConfig): void {
    for (const log of this.logsOf(topic)) log.setConfig(config)
  }

  /** How appends become durable; undefined while the page cache has to. */
  get journal(): JournalStatus | undefined {
    return this.#state.engine?.status
  }

  /** What was found of persistent memory: log dirs of the channel `pmem`, the journal's folder. */
  get mappedDirs(): readonly MappedDir[] {
    const { engine, dirs } = this.#state
    const mapped = dirs.flatMap((dir) => dir.mapped ?? [])
    const memory = engine?.medium.capability
    if (engine === undefined || memory === undefined) return mapped
    const { isPowerSafe, why } = memory
    return [...mapped, { dir: engine.folder, isPowerSafe, why }]
  }

  /**
   * Log dirs, and the folder of the journal, that are gone with the power: of what lies there an
   * ack survives the end of the process only.
   */
  get foldersInMemory(): string[] {
    const { dirs, engine } = this.#state
    const used = dirs.filter(({ isOnline, isInMemory }) => isOnline && isInMemory)
    const folders = used.map(({ path }) => path)
    if (engine?.medium.isInMemory !== true || folders.some((dir) => isWithin(engine.folder, dir)))
      return folders
    return [engine.folder, ...folders]
  }

  /** What the journal did so far, kept up to date; undefined as `journal`. */
  get journalFigures(): JournalFigures | undefined {
    return this.#state.engine?.journal.figures
  }

  /** Bytes of appends that no barrier covers yet. */
  get queuedBytes(): number {
    return this.#state.engine?.journal.queuedBytes ?? 0
  }

  /** Bytes of a log in each log dir that has some, by path. */
  placesOf(log: PartitionLog): ReadonlyMap<string, number> {
    return placesOf(log, this.#state)
  }

  /** What lies in which tier, and how it is moved. */
  get tiers(): StoreTiers {
    return this.#tiers
  }

  /** How partitions get to other log dirs. */
  get moves(): StoreMoves {
    return this.#moves
  }

  /** What the cleaner did so far, and how much it has before it. */
  get cleanerFigures(): Readonly<CleanerFigures> {
    return this.#compaction.figures
  }

  /** Whether an append leaves no view of the memory that it came in; else until it is committed. */
  get copiesAppends(): boolean {
    return this.#state.engine !== undefined
  }

  /**
   * 0 without pressure; from 1 on appends are to be held back until segments have caught up. Disks
   * that fill up are a reason to slow them, too.
   */
  get pressure(): number {
    return this.#state.pressure
  }

  /** As `pressure`, of the disk of one log dir that is online. */
  pressureOn(path: string): number {
    const dir = this.#state.dirs.find((one) => one.path === path)
    return dir?.isOnline === true ? this.#state.roomOf(dir).pressure : 0
  }

  /** Starts the writes of all appends so far; else they start at the end of the turn. */
  flushPending(): void {
    this.#state.scheduler.flush()
  }

  /** Deletes what retention does not keep, and forgets producers that were silent for long. */
  enforceRetention(nowMs: number): Promise<void> {
    return retain(this.#state, nowMs)
  }

  /** Compacts one log now. */
  clean(log: PartitionLog): Promise<void> {
    return this.#compaction.clean(log)
  }

  /** Compacts what is dirty enough. */
  cleanIfDirty(nowMs: number): Promise<void> {
    return this.#compaction.sweep(nowMs)
  }

  /** Share of a log's bytes that were written since it was last compacted. */
  dirtyRatio(log: PartitionLog): number {
    return this.#compaction.dirtyRatio(log)
  }

  /** Everything appended so far is durable after it. */
  async flush(): Promise<void> {
    this.flushPending()
    for (const log of this.logs()) await log.flush()
  }

  /** Writes recovery points, after syncing so much that a start after a crash stays short. */
  checkpoint(): Promise<void> {
    return checkpoint(this.#state)
  }

  /**
   * Flushes, writes checkpoints and the mark of a clean shutdown. Idempotent.
   * @param isSettled false: nobody could make good what an unclean end before this start left, so
   * that dirs that were not clean then are not now
   */
  close(isSettled = true): Promise<void> {
    this.#closing ??= this.#close(isSettled)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(isSettled: boolean): Promise<void> {
    try {
      await this.#closeLogs(isSettled)
    } finally {
      await this.#state.engine?.close()
    }
  }

  async #closeLogs(isSettled: boolean): Promise<void> {
    const state = this.#state
    await this.#compaction.stop()
    await state.stopTimers()
    this.flushPending()
    await this.#closeJournal()
    await state.cold?.close()
    const closed: LogDir[] = []
    for (const dir of state.dirs) if (await closeDir(state, dir, isSettled)) closed.push(dir)
    await this.#unbind(closed)
    await state.removals.close()
    await state.closeRooms()
    state.pool.close()
  }

  async #unbind(closed: readonly LogDir[]): Promise<void> {
    try {
      await unbind(this.#state, closed)
    } catch (error) {
      this.#state.logger.error('journal-not-closed', { cause: String(error) })
    }
  }

  /** Logs get all that it has; a failed one keeps it for the next start. */
  async #closeJournal(): Promise<void> {
    try {
      await this.#state.engine?.finish()
    } catch (error) {
      this.#state.logger.error('journal-not-emptied', { cause: String(error) })
    }
  }
}

/** @returns whether it is clean: every log of it is on disk as it is in memory */
async function closeDir(state: StoreState, dir: LogDir, isSettled: boolean): Promise<boolean> {
  let isClean = dir.isOnline
  await concurrently(dir.logs, CLOSED_TOGETHER, async (log) => {
    try {
      await log.shutDown()
    } catch (error) {
      isClean = false
      state.logger.error('log-not-closed', {
        topic: log.topic,
        partition: log.partition,
        cause: String(error),
      })
    }
  })
  try {
    if (isClean) {
      await dir.writeCheckpoints()
      if (isSettled || dir.wasClean) await dir.markClean()
    }
  } catch (error) {
    isClean = false
    state.logger.error('log-dir-not-closed', { path: dir.path, cause: String(error) })
  }
  try {
    await dir.release()
  } catch (error) {
    state.logger.error('log-dir-not-released', { path: dir.path, cause: String(error) })
  }
  return isClean
}

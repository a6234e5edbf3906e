import { StorageError } from '@pafka/base'

import { dirtinessOf, dirtyRatioOf } from '../cleaner/cleanable.ts'
import type { CleanerFigures } from '../cleaner/cleaner-figures.ts'
import { defaultCleanerOptions } from '../cleaner/cleaner-options.ts'
import { CleaningStopped } from '../cleaner/cleaner-pace.ts'
import { LogCleaner } from '../cleaner/log-cleaner.ts'
import { asError, isDiskError, isOutOfSpace } from '../files/as-error.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { CleanRetries } from './clean-retries.ts'
import type { StoreState } from './store-state.ts'

/** Of a tier's path that is left free: in what is less the migrator begins to slow producers. */
const KEPT_OF_TIER = 0.1

/** Compacts the logs of a store, the dirtiest first. Source: Kafka `LogCleanerManager.java`. */
export class Compaction {
  readonly #state: StoreState
  readonly #cleaner: LogCleaner
  /** Left alone until the next start: a pass failed on what they hold. */
  readonly #uncleanable = new Set<PartitionLog>()
  readonly #retries: CleanRetries
  /** Of each log, since the journal's checkpoint was last made. */
  #limits = new WeakMap<PartitionLog, number>()
  readonly #stop = new AbortController()

  constructor(state: StoreState) {
    this.#state = state
    this.#retries = new CleanRetries(state.clock)
    this.#cleaner = new LogCleaner({ ...defaultCleanerOptions, ...state.options.cleaner })
  }

  /** One pass over a log, whatever its ratio. Rejects with what went wrong. */
  async clean(log: PartitionLog): Promise<void> {
    await this.#checkpoint()
    await this.#clean(log)
    this.#cleaner.rest()
  }

  /** Passes over all logs that are dirty enough, until none is. Rejects when the journal failed. */
  async sweep(nowMs: number): Promise<void> {
    const skipped = new Set<PartitionLog>()
    this.#forgetDeleted()
    if (this.#dirtiest(nowMs, skipped) === undefined) return
    try {
      await this.#checkpoint()
    } catch (error) {
      if (isOutOfSpace(error)) return // whose disk is full has said so
      throw error
    }
    for (;;) {
      const log = this.#dirtiest(nowMs, skipped)
      if (log === undefined) break
      const hasGrown = await this.#clean(log).catch((error: unknown) => this.#failed(log, error))
      if (hasGrown !== true) skipped.add(log)
    }
    this.#cleaner.rest()
  }

  dirtyRatio(log: PartitionLog): number {
    return dirtyRatioOf(log.parts, this.#state.clock.nowMs())
  }

  get figures(): Readonly<CleanerFigures> {
    return this.#cleaner.figures
  }

  /** Gives up the pass that runs; what it has put in place stays. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#cleaner.whenIdle()
  }

  /**
   * The journal's checkpoint names the segment where the replay of a log begins, and a position in
   * it: that segment and later ones must stay as they are. It never names an older one again.
   */
  async #checkpoint(): Promise<void> {
    const { engine, directory } = this.#state
    if (engine === undefined) return
    const limits = new WeakMap<PartitionLog, number>()
    for (const log of directory.all()) {
      const last = log.parts.segments.floor(log.highWatermark - 1)
      limits.set(log, last?.baseOffset ?? 0)
    }
    await engine.checkpoint()
    this.#limits = limits
  }

  #limitOf(log: PartitionLog): number {
    const without = this.#state.engine === undefined ? Number.POSITIVE_INFINITY : 0
    return this.#limits.get(log) ?? without
  }

  #forgetDeleted(): void {
    const { directory } = this.#state
    for (const log of this.#uncleanable) {
      if (directory.get(log.topic, log.partition) !== log) this.#uncleanable.delete(log)
    }
    this.#cleaner.figures.uncleanableLogs = this.#uncleanable.size
  }

  async #clean(log: PartitionLog): Promise<boolean> {
    const hasGrown = await this.#pass(log)
    this.#retries.cleaned(log)
    return hasGrown
  }

  async #pass(log: PartitionLog): Promise<boolean> {
    const state = this.#state
    // what makes an older record go must not be lost later than that; a checkpoint syncs it as well
    if (state.engine === undefined) await log.flush()
    const { signal } = this.#stop
    const { folder } = log.parts
    return this.#cleaner.clean({
      parts: log.parts,
      removals: state.removals,
      limitOffset: this.#limitOf(log),
      exclusively: (action) => state.exclusively(log, action),
      hasRoomFor: (bytes) => this.#hasRoomFor(log, bytes),
      signal,
      isWanted: () => {
        const { topic, partition } = log
        const isThere = state.directory.get(topic, partition) === log && log.isOnline
        return !signal.aborted && isThere && log.parts.folder === folder
      },
    })
  }

  /** Beside the log: that is where what a pass writes has to lie. */
  async #hasRoomFor(log: PartitionLog, bytes: number): Promise<boolean> {
    const { resolved, removals } = this.#state
    const dir = this.#state.dirOf(log)
    if (dir === undefined) return true
    const isTier = resolved.tiers.some(({ paths }) => paths.some(({ path }) => path === dir.path))
    const kept = isTier ? KEPT_OF_TIER : 0
    const room = this.#state.roomOf(dir)
    if (bytes <= (await room.spareBytes(kept))) return true
    await removals.hasten(log.parts.folder) // what it took the place of before
    return bytes <= (await room.spareBytes(kept))
  }

  #dirtiest(nowMs: number, skipped: ReadonlySet<PartitionLog>): PartitionLog | undefined {
    let [found, most]: [PartitionLog | undefined, number] = [undefined, 0]
    if (this.#stop.signal.aborted) return found
    let maxDirtyRatio = 0
    for (const log of this.#state.directory.all()) {
      if (!log.isOnline || this.#uncleanable.has(log)) continue
      const { ratio, isDue } = dirtinessOf(log.parts, nowMs)
      maxDirtyRatio = Math.max(maxDirtyRatio, ratio)
      if (this.#retries.isWaiting(log)) continue
      if (isDue && ratio > most && !skipped.has(log)) [found, most] = [log, ratio]
    }
    this.#cleaner.figures.maxDirtyRatio = maxDirtyRatio
    return found
  }

  #failed(log: PartitionLog, error: unknown): void {
    if (error instanceof CleaningStopped) return
    const { topic, partition } = log
    const cause = asError(error).message
    const isNew = this.#retries.failed(log, asError(error))
    if (isNew) this.#state.logger.error('log-not-cleaned', { topic, partition, cause })
    if (isOutOfSpace(error)) return // there may be room next time
    this.#uncleanable.add(log)
    this.#forgetDeleted()
    if (!isDiskError(error)) return // it is the log that failed
    // or the disk of a segment that was moved: its own dir works
    if (log.parts.segments.all().some(({ moved }) => moved !== undefined)) return
    this.#state.failed(log, new StorageError(`cannot compact: ${cause}`, { cause: error }))
  }
}

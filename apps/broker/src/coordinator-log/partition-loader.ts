import { type Clock, type Logger, messageOf, ToldOnce } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import type { CoordinatorLog, CoordinatorReplay } from './coordinator-log.ts'

/** A request waits so long for its partition to be read; then its client is told to come again. */
const LOAD_WAIT_MS = 5000

/** One pass over a partition. */
export interface PartitionReplay extends CoordinatorReplay {
  readonly records: number
  readonly corrupt: number
  /** Keys of kinds that this broker does not serve. */
  readonly foreign: number
  finish(): void
}

interface PartitionLoaderOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly log: CoordinatorLog
  /** What is in the log, in the names of events: `offsets`. */
  readonly what: string
  readonly replayOf: (partition: number) => PartitionReplay
}

/** Reads the partitions that were found with records, whoever is asked for first. */
export class PartitionLoader {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #log: CoordinatorLog
  readonly #what: string
  readonly #replayOf: (partition: number) => PartitionReplay
  readonly #unloaded: Set<number>
  readonly #failures = new ToldOnce()
  readonly #loading = new Map<number, Promise<ErrorCode>>()
  readonly #afterwards = new Map<number, (() => void)[]>()

  constructor({ clock, logger, log, what, replayOf }: PartitionLoaderOptions) {
    this.#clock = clock
    this.#logger = logger
    this.#log = log
    this.#what = what
    this.#replayOf = replayOf
    this.#unloaded = new Set(log.partitionsToLoad())
  }

  isLoaded(partition: number): boolean {
    return !this.#unloaded.has(partition)
  }

  get isAllLoaded(): boolean {
    return this.#unloaded.size === 0
  }

  /** Reads one partition after the other, so that requests find most of them ready. */
  async loadAll(): Promise<void> {
    for (const partition of [...this.#unloaded]) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time leaves the disk to clients
      await this.#load(partition)
    }
  }

  /** NONE once the partition is read; COORDINATOR_LOAD_IN_PROGRESS when that takes too long. */
  async ready(partition: number): Promise<ErrorCode> {
    const late = Promise.withResolvers<ErrorCode>()
    const timer = this.#clock.setTimer(LOAD_WAIT_MS, () => {
      late.resolve(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
    })
    const errorCode = await Promise.race([this.#load(partition), late.promise])
    timer.cancel()
    return errorCode
  }

  /** Runs `work` at once, or right after the partition is read, however long that takes. */
  whenLoaded(partition: number, work: () => void): void {
    if (this.isLoaded(partition)) return work()
    const waiting = this.#afterwards.get(partition) ?? []
    this.#afterwards.set(partition, waiting)
    waiting.push(work)
  }

  /** Whether everything is read, after a while of waiting for it. */
  async allReady(): Promise<boolean> {
    const errorCodes = await Promise.all([...this.#unloaded].map((one) => this.ready(one)))
    return errorCodes.every((errorCode) => errorCode === ErrorCode.NONE)
  }

  #load(partition: number): Promise<ErrorCode> {
    if (!this.#unloaded.has(partition)) return Promise.resolve(ErrorCode.NONE)
    let loading = this.#loading.get(partition)
    if (loading === undefined) {
      loading = this.#replay(partition).finally(() => this.#loading.delete(partition))
      this.#loading.set(partition, loading)
    }
    return loading
  }

  /** A partition that cannot be read stays unloaded: the next request tries again. */
  async #replay(partition: number): Promise<ErrorCode> {
    const replay = this.#replayOf(partition)
    const startMs = this.#clock.monotonicMs()
    try {
      await this.#log.replay(partition, replay)
    } catch (error) {
      const cause = messageOf(error)
      if (this.#failures.isNew(`${partition} ${cause}`)) {
        this.#logger.error(`${this.#what}-load-failed`, { partition, cause })
      }
      return ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
    replay.finish()
    this.#unloaded.delete(partition)
    for (const work of this.#afterwards.get(partition) ?? []) work()
    this.#afterwards.delete(partition)
    const { records, corrupt, foreign } = replay
    const elapsedMs = Math.round(this.#clock.monotonicMs() - startMs)
    this.#logger.info(`${this.#what}-loaded`, { partition, records, elapsedMs })
    if (corrupt + foreign > 0) {
      this.#logger.warn(`${this.#what}-skipped`, { partition, corrupt, foreign })
    }
    return ErrorCode.NONE
  }
}

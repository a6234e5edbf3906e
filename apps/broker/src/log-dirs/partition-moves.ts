import {
  type Clock,
  errnoOf,
  type Logger,
  MIB,
  SECOND_MS,
  SerialQueue,
  type Timer,
} from '@pafka/base'
import { alignedMemory, type LogStore, type PartitionLog, type PartitionMove } from '@pafka/log'
import { type MoveOutcome, movePartition, RateBudget } from '@pafka/migrator'

import type { BrokerConfig } from '../config/broker-config.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import { CommitTicks } from './commit-ticks.ts'

const PIECE_BYTES = 4 * MIB
/** How often what producers meet is looked at while something is moved. */
const TICK_MS = SECOND_MS
/** A disk that does not answer is given up when the broker stops. */
const STOPPED_AFTER_MS = 10 * SECOND_MS
/** A segment that went meanwhile, or a topic's change, ends a move: it is begun again so often. */
const TRIES = 3

export interface PartitionMovesParts {
  readonly logs: LogStore
  readonly topics: TopicCatalog
  readonly clock: Clock
  readonly logger: Logger
}

/** A partition that is to lie in another log dir. */
interface Wanted {
  path: string
  /** Undefined before it began. */
  move: PartitionMove | undefined
  stop: AbortController
}

/** What a partition has in the log dir that it comes to. */
export interface FutureReplica {
  readonly path: string
  readonly sizeBytes: number
  /** Offsets that it lacks. */
  readonly offsetLag: number
}

export interface PartitionMoveFigures {
  moved: number
  failed: number
  /** Of partitions that were moved. */
  bytes: number
}

/** Moves partitions to the log dirs that they were asked for in, one after the other. */
export class PartitionMoves {
  readonly figures: PartitionMoveFigures = { moved: 0, failed: 0, bytes: 0 }
  readonly #parts: PartitionMovesParts
  readonly #wanted = new Map<PartitionLog, Wanted>()
  readonly #running = new Set<Promise<void>>()
  /** They are copied one after the other. */
  readonly #queue = new SerialQueue()
  readonly #ticks: CommitTicks
  #budget: RateBudget
  #limit: number
  /** Aborted when another budget counts. */
  #changed = new AbortController()
  #timer: Timer | undefined
  #isClosed = false

  constructor(parts: PartitionMovesParts) {
    this.#parts = parts
    this.#ticks = new CommitTicks(parts.logs, parts.clock)
    this.#limit = limitOf(parts.topics.config)
    this.#budget = this.#newBudget()
    parts.topics.observe({
      brokerConfigsChanged: (config) => this.#configured(config),
      deleted: ({ partitions }) => {
        for (const { log } of partitions) if (log !== undefined) this.#cancel(log)
      },
    })
  }

  /** Goes on with what the end of the broker cut short. */
  start(): void {
    const { logs } = this.#parts
    for (const { topic, partition, topicId, path } of logs.moves.interrupted) {
      const log = logs.get(topic, partition)
      if (log?.topicId === topicId) this.move(log, path)
    }
  }

  /** Partitions that wait, or are moved. */
  get underWay(): number {
    return this.#wanted.size
  }

  /** Undefined for one that nobody moves. */
  futureOf(log: PartitionLog): FutureReplica | undefined {
    const wanted = this.#wanted.get(log)
    if (wanted === undefined || wanted.path === log.dir) return undefined
    const { path, move } = wanted
    const isThis = move?.path === path
    const copiedTo = isThis ? move.copiedTo : log.logStartOffset
    const sizeBytes = isThis ? move.copiedBytes : 0
    return { path, sizeBytes, offsetLag: Math.max(0, log.logEndOffset - copiedTo) }
  }

  /** What was asked before of the same partition does not count any more. */
  move(log: PartitionLog, path: string): void {
    if (this.#isClosed) return
    const before = this.#wanted.get(log)
    if (before === undefined) {
      if (log.dir !== path) this.#start(log, path)
    } else if (before.path !== path) {
      before.path = path
      before.stop.abort()
    }
  }

  /** Ends what is under way at its next step. A start goes on with it. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { stop } of this.#wanted.values()) stop.abort()
    const late = Promise.withResolvers<void>()
    const timer = this.#parts.clock.setTimer(STOPPED_AFTER_MS, () => late.resolve())
    await Promise.race([Promise.all(this.#running), late.promise])
    timer.cancel()
    this.#timer?.cancel()
  }

  #start(log: PartitionLog, path: string): void {
    const wanted = { path, move: undefined, stop: new AbortController() }
    this.#wanted.set(log, wanted)
    this.#watch()
    const running = this.#run(log, wanted).finally(() => {
      this.#wanted.delete(log)
      this.#running.delete(running)
    })
    this.#running.add(running)
  }

  #cancel(log: PartitionLog): void {
    this.move(log, log.dir)
  }

  /** Until it is where it was asked for last. */
  async #run(log: PartitionLog, wanted: Wanted): Promise<void> {
    for (let tries = 0; tries < TRIES && this.#isDue(log, wanted); tries += 1) {
      const { path } = wanted
      wanted.stop = new AbortController()
      const outcome = await this.#moveOnce(log, wanted)
      if (wanted.path !== path) tries = -1
      else if (outcome.kind !== 'gone') break
    }
  }

  #isDue(log: PartitionLog, { path }: Wanted): boolean {
    return !this.#isClosed && path !== log.dir && this.#isThere(log)
  }

  #isThere(log: PartitionLog): boolean {
    return this.#parts.logs.get(log.topic, log.partition) === log
  }

  async #moveOnce(log: PartitionLog, wanted: Wanted): Promise<MoveOutcome> {
    const { logger } = this.#parts
    const { topic, partition, sizeBytes, dir: from } = log
    const told = { topic, partition, from, to: wanted.path }
    logger.info('partition-move-begins', { ...told, sizeBytes })
    const outcome = await this.#tryMove(log, wanted)
    if (outcome.kind === 'moved') {
      this.figures.moved += 1
      this.figures.bytes += log.sizeBytes
      logger.info('partition-moved', told)
    } else if (outcome.kind === 'failed' && this.#isThere(log)) {
      this.figures.failed += 1
      const { step, error } = outcome
      const failure = { step, cause: String(error), code: errnoOf(error) }
      logger.error('partition-move-failed', { ...told, ...failure })
    } else logger.info('partition-move-ended', { ...told, why: outcome.kind })
    return outcome
  }

  async #tryMove(log: PartitionLog, wanted: Wanted): Promise<MoveOutcome> {
    try {
      // at once, though it may have to wait: after a crash the next start knows of it
      const move = await this.#parts.logs.moves.begin(log, wanted.path)
      if (move === undefined) return { kind: 'gone' }
      wanted.move = move
      return await this.#queue.run(() => this.#copy(move, wanted.stop.signal))
    } catch (error) {
      return { kind: 'failed', step: 'begin', error }
    } finally {
      wanted.move = undefined
    }
  }

  #copy(move: PartitionMove, signal: AbortSignal): Promise<MoveOutcome> {
    const pace = { take: (bytes: number, by: AbortSignal) => this.#take(bytes, by) }
    return movePartition({
      ...{ move, pace, signal },
      memory: alignedMemory(PIECE_BYTES),
      keeps: () => this.#isClosed,
      placed: () => this.#parts.topics.notePlaces(move.log.topicId),
    })
  }

  /** Who waits at one rate waits at the next one when that is changed. */
  async #take(bytes: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const either = AbortSignal.any([signal, this.#changed.signal])
      if (await this.#budget.take(bytes, either)) return true
    }
    return false
  }

  #newBudget(): RateBudget {
    return new RateBudget({ clock: this.#parts.clock, limitBytesPerSecond: this.#limit })
  }

  #configured(config: BrokerConfig): void {
    const limit = limitOf(config)
    if (limit === this.#limit) return
    this.#limit = limit
    this.#budget = this.#newBudget()
    this.#changed.abort()
    this.#changed = new AbortController()
  }

  #watch(): void {
    this.#timer ??= this.#parts.clock.setTimer(TICK_MS, () => {
      this.#timer = undefined
      this.#budget.observe(this.#ticks.next())
      if (this.#wanted.size > 0 && !this.#isClosed) this.#watch()
    })
  }
}

/** -1 for none. */
function limitOf({ replicaAlterLogDirsIoMaxBytesPerSecond: limit }: BrokerConfig): number {
  return limit > Number.MAX_SAFE_INTEGER ? -1 : limit
}

import { type Clock, type Logger, MIB, SECOND_MS, type Timer } from '@pafka/base'
import type { LogStore, TierPath } from '@pafka/log'
import {
  DISK_FULL_SHARE,
  fullestPath,
  Migrator,
  type MigratorFigures,
  policyOptions,
  RateBudget,
  SpillLevel,
  TierPressure,
} from '@pafka/migrator'

import type { BrokerConfig } from '../config/broker-config.ts'
import { tierWishOf } from '../config/tier-wishes.ts'
import { CommitTicks } from '../log-dirs/commit-ticks.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import { tailMemoryBytes } from '../tail-memory.ts'

/** How often the use of tiers is looked at, and what producers meet. */
const TICK_MS = SECOND_MS
const PIECE_BYTES = 4 * MIB
/** Ticks between two tries to have more that may be moved, while no producer waits for it. */
const SEAL_TICKS = 3
/** Logs whose newest segment is closed at a time. */
const SEALED_AT_ONCE = 32
/** What memory may have for a path that is full, twice: counted where it is, and on its way. */
const TAILS_FREE = 2

export interface TierMigrationParts {
  readonly logs: LogStore
  readonly topics: TopicCatalog
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
}

/** Keeps the tiers of a broker as its configuration wants them. */
export class TierMigration {
  readonly #parts: TierMigrationParts
  readonly #migrator: Migrator
  readonly #budget: RateBudget
  /** As it is in effect. */
  readonly #threshold: number
  readonly #fill: TierPressure
  /** By path; used where the policy is to spill. */
  readonly #levels = new Map<string, SpillLevel>()
  /** What does not fit the fullest path of the fastest tier has room elsewhere. */
  #canSpill = false
  readonly #usedBytesOn: (pathId: string) => number
  /** Ids of paths that take no more. */
  readonly #refusing = new Set<string>()
  #timer: Timer | undefined
  #ticking: Promise<void> = Promise.resolve()
  /** The checkpoint that is wanted for moves, until it is made. */
  #releasing: Promise<void> | undefined
  #sealing: Promise<void> | undefined
  #isClosed = false
  #tick = 0
  /** Why segments could not be closed when it was tried last; said once. */
  #notSealed: string | undefined
  readonly #commits: CommitTicks

  private constructor(parts: TierMigrationParts) {
    const { logs, topics, config, clock, logger } = parts
    this.#parts = parts
    this.#commits = new CommitTicks(logs, clock)
    const { storageMigrateThreshold: threshold, storageMigrateLowWatermark: low } = config
    const given = { threshold, fullShare: DISK_FULL_SHARE }
    const policy = policyOptions(low < 0 ? given : { ...given, lowWatermark: low })
    const limitBytesPerSecond = config.storageMigrateMaxBytesPerSecond
    this.#threshold = policy.threshold
    this.#fill = new TierPressure(policy)
    this.#budget = new RateBudget({ clock, limitBytesPerSecond })
    const { tiers } = logs
    this.#usedBytesOn = (pathId) => tiers.usedBytesOn(pathId)
    this.#migrator = new Migrator({
      world: {
        tiers: tiers.names,
        paths: () => tiers.paths(),
        retiringBytes: (pathId) => tiers.retiringBytes(pathId),
        segments: () => tiers.segments(),
        wishOf: (topic) => tierWishOf(topics.byName(topic)?.configs, config),
        move: (segment, toPathId) => tiers.move(segment, toPathId),
      },
      policy,
      pace: this.#budget,
      clock,
      logger,
      threads: config.storageMigrateThreads,
      pieceBytes: PIECE_BYTES,
    })
  }

  /** Undefined where there are no tiers. */
  static async start(parts: TierMigrationParts): Promise<TierMigration | undefined> {
    const { tiers } = parts.logs
    if (tiers.names.length === 0) return undefined
    const migration = new TierMigration(parts)
    await tiers.measure()
    migration.#observe(tiers.paths())
    tiers.listen(migration.#migrator)
    parts.topics.observe({
      configsChanged: ({ name, configs }) => {
        migration.#migrator.wishChanged(name)
        if (Object.keys(tierWishOf(configs, parts.config)).length > 0) migration.#release()
      },
    })
    await migration.#migrator.start()
    migration.#later()
    return migration
  }

  /** For producers: above 0.5 they are slowed, from 1 on held. */
  get pressure(): number {
    return this.#canSpill ? 0 : this.#fill.pressureNow(this.#usedBytesOn)
  }

  /** As `pressure`, of one path. */
  pressureOn(pathId: string): number {
    return this.#canSpill ? 0 : this.#fill.pressureOn(pathId, this.#usedBytesOn(pathId))
  }

  /** Whether a path takes no more, as nothing of it can go elsewhere. */
  isRefusing(pathId: string): boolean {
    return this.#refusing.has(pathId)
  }

  get figures(): MigratorFigures {
    return this.#migrator.figures
  }

  /** Ends what is under way at its next step. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#ticking
    await this.#releasing
    await this.#sealing
    await this.#migrator.stop()
  }

  #later(): void {
    if (this.#isClosed) return
    this.#timer = this.#parts.clock.setTimer(TICK_MS, () => {
      this.#ticking = this.#look()
        .catch((error: unknown) => {
          this.#parts.logger.warn('tiers-not-measured', { cause: String(error) })
        })
        .then(() => this.#later())
    })
  }

  async #look(): Promise<void> {
    const { logs } = this.#parts
    await logs.tiers.measure()
    const commits = this.#commits.next()
    const paths = logs.tiers.paths()
    this.#observe(paths)
    if (logs.journalFigures !== undefined) this.#budget.observe(commits)
    this.#migrator.pathsChanged()
    this.#tick += 1
    const isDue = this.#tick % SEAL_TICKS === 0 || this.#fill.pressure > 0
    if (isDue && this.#lacksSegments(paths)) this.#sealLater()
  }

  #observe(paths: readonly TierPath[]): void {
    const nowMs = this.#parts.clock.monotonicMs()
    this.#fill.observe({
      ...{ nowMs, paths },
      takenFrom: (id) => this.#migrator.takenFrom(id),
      isGiving: (id) => this.#migrator.isGiving(id),
    })
    this.#spill(paths)
    for (const path of paths) this.#refuse(path, this.#isFull(path))
  }

  /** Where segments may begin elsewhere nobody waits for this one. */
  #isFull({ id }: TierPath): boolean {
    return !this.#canSpill && this.#fill.isFull(id)
  }

  #refuse({ id, path, tier, usedBytes, capacityBytes }: TierPath, isFull: boolean): void {
    if (isFull === this.#refusing.has(id)) return
    const { logs, logger } = this.#parts
    const name = logs.tiers.names[tier]
    if (isFull) {
      this.#refusing.add(id)
      logs.tiers.refuse(id, `tier ${name} is full, and no other one has room for what ${path} has`)
      logger.error('tier-takes-no-more', { tier: name, path, usedBytes, capacityBytes })
    } else {
      this.#refusing.delete(id)
      logs.tiers.refuse(id, undefined)
      logger.info('tier-takes-more', { tier: name, path, usedBytes, capacityBytes })
    }
  }

  /** Says from where on segments begin on another path. */
  #spill(paths: readonly TierPath[]): void {
    const { logs, config, logger } = this.#parts
    if (config.storageTiersFullPolicy !== 'spill') return
    this.#canSpill = false
    const fullestId = fullestPath(paths)?.id
    for (const path of paths) {
      let level = this.#levels.get(path.id)
      if (level === undefined) {
        const tailBytes = config.logTailMemoryBytes ?? tailMemoryBytes()
        this.#levels.set(path.id, (level = new SpillLevel(TAILS_FREE * tailBytes)))
      }
      const wasFull = level.isFull
      const leftBytes = level.observe(path)
      if (level.isFull !== wasFull) {
        logger.info(level.isFull ? 'tier-path-full' : 'tier-path-has-room', { path: path.path })
      }
      logs.tiers.spillAfter(path.id, leftBytes)
      if (path.id !== fullestId && path.isOnline && leftBytes > 0) this.#canSpill = true
    }
  }

  /** Whether a tier is to be drained, and nothing of it may be moved. */
  #lacksSegments(paths: readonly TierPath[]): boolean {
    const threshold = this.#threshold
    if (threshold < 0) return false
    const { underWay, waiting } = this.#migrator.figures
    if (underWay + waiting > 0) return false
    const fastest = paths.filter(({ tier, isOnline }) => tier === 0 && isOnline)
    const { tiers } = this.#parts.logs
    return fastest.some(({ id, usedBytes, capacityBytes }) => {
      return usedBytes - tiers.retiringBytes(id) > threshold * capacityBytes
    })
  }

  /** What was sealed since the last checkpoint may be moved, too: a topic wants it elsewhere. */
  #release(): void {
    if (this.#isClosed) return
    const { logs, logger } = this.#parts
    this.#releasing ??= logs
      .checkpoint()
      .catch((error: unknown) => logger.warn('segments-not-released', { cause: String(error) }))
      .finally(() => {
        this.#releasing = undefined
      })
  }

  /** A log whose segment is on its way to a disk that hangs is not waited for by the others. */
  #sealLater(): void {
    if (this.#isClosed) return
    this.#sealing ??= this.#seal().finally(() => {
      this.#sealing = undefined
    })
  }

  /** A checkpoint lets sealed segments be moved; then the newest ones, of quiet logs first. */
  async #seal(): Promise<void> {
    const { logs, logger } = this.#parts
    const failures: string[] = []
    const failed = (error: unknown): void => void failures.push(String(error))
    // a log whose disk is full must not keep what was closed before from being moved
    await logs.tiers.sealOldest(SEALED_AT_ONCE).catch(failed)
    await logs.checkpoint().catch(failed)
    const [cause] = failures
    if (cause !== this.#notSealed && cause !== undefined) {
      logger.warn('segments-not-closed', { cause })
    }
    this.#notSealed = cause
  }
}

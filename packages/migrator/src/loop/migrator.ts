import { type Clock, inTurns, type Logger, messageOf, SECOND_MS } from '@pafka/base'
import { alignedMemory, type TierSegment, type TierSegmentId } from '@pafka/log'

import { type MoveOutcome, type MovePace, moveSegment } from '../mover/move-segment.ts'
import type { Move } from '../policy/move.ts'
import { planMoves } from '../policy/plan-moves.ts'
import type { PolicyOptions } from '../policy/policy-options.ts'
import { SegmentIndex, segmentName } from '../policy/segment-index.ts'
import type { PhasesBefore } from '../policy/tier-phases.ts'
import { MoveRetries } from './move-retries.ts'
import { MoveCounts, type MigratorFigures, StateTimes } from './migrator-figures.ts'
import type { MigratorWorld } from './migrator-world.ts'
import { PathTroubles } from './path-troubles.ts'
import { urgencyOf } from './urgency.ts'

/** `RateBudget` is one. */
export interface MigratorPace extends MovePace {
  readonly heldBackBy: 'limit' | 'latency' | undefined
  /** @param urgency 0 to 1: how much draining matters more than what producers feel */
  urge(urgency: number): void
}

export interface MigratorOptions {
  readonly world: MigratorWorld
  readonly policy: PolicyOptions
  readonly pace: MigratorPace
  readonly clock: Clock
  readonly logger: Logger
  /** `storage.migrate.threads`: moves at once. */
  readonly threads: number
  /** What is copied at once: 1 to 4 MiB, of whole blocks. Each move under way takes as much. */
  readonly pieceBytes: number
  /** How long `stop` waits for a disk that does not answer. */
  readonly stopMs?: number
}

interface UnderWay {
  readonly move: Move
  /** What is known of the segment by now; undefined once it was removed. */
  told: TierSegment | undefined
}

const SEGMENTS_A_TURN = 500
const STOP_MS = 10 * SECOND_MS

/**
 * Keeps tiers as the policy wants them. It never looks by itself: it plans when it is told of a
 * change, when a move ends, and when something that failed may be tried again.
 */
export class Migrator {
  readonly #options: MigratorOptions
  readonly #index: SegmentIndex
  readonly #underWay = new Map<string, UnderWay>()
  readonly #retries: MoveRetries
  readonly #troubles: PathTroubles
  readonly #counts = new MoveCounts()
  readonly #times: StateTimes
  readonly #stop = new AbortController()
  readonly #memory: Buffer[] = []
  #before: PhasesBefore = { phases: [], draining: new Set() }
  #excessBytes: readonly number[] = []
  /** Moves that wait for the budget. */
  #waiting = 0
  #isStarted = false
  #isAwake = false
  #onIdle: (() => void) | undefined
  #stopping: Promise<boolean> | undefined

  constructor(options: MigratorOptions) {
    const { world, clock, logger } = options
    this.#options = options
    this.#index = new SegmentIndex(world.tiers)
    this.#times = new StateTimes(clock)
    this.#retries = new MoveRetries(clock, (segment) => this.put(segment))
    this.#troubles = new PathTroubles({ clock, logger, onBack: () => this.#wake() })
  }

  /** Learns of all segments, others going on meanwhile, and begins. */
  async start(): Promise<void> {
    await inTurns(this.#options.world.segments(), SEGMENTS_A_TURN, (segment) => {
      if (this.#isStopped || this.#index.get(segment) !== undefined) return
      this.#add(segment) // what was told meanwhile is newer
    })
    this.#isStarted = true
    this.#wake()
  }

  /**
   * A segment was sealed, or something of it changed: its place, its size, its heat. When a move is
   * committed, to be called in the same breath in which `usedBytes` of the two paths change.
   */
  put(segment: TierSegment): void {
    if (this.#isStopped) return
    const underWay = this.#underWay.get(segmentName(segment))
    if (underWay !== undefined) underWay.told = segment
    else if (!this.#retries.update(segment)) this.#add(segment)
    this.#wake()
  }

  /** It was deleted, or may not be moved any more. */
  remove(id: TierSegmentId): void {
    if (this.#isStopped) return
    const underWay = this.#underWay.get(segmentName(id))
    if (underWay !== undefined) underWay.told = undefined
    this.#retries.forget(id)
    this.#index.remove(id)
  }

  /** Use of a path changed by more than a little, or a path went offline or came back. */
  pathsChanged(): void {
    this.#wake()
  }

  wishChanged(topic: string): void {
    if (this.#isStopped) return
    const { world, clock } = this.#options
    this.#index.rewish(topic, world.wishOf(topic), clock.nowMs())
    this.#wake()
  }

  get figures(): MigratorFigures {
    const { world } = this.#options
    const moves = this.#undone().map(({ segment }) => segment.sizeBytes)
    return {
      moved: [...this.#counts.moved.values()].map((pair) => ({ ...pair })),
      failed: { ...this.#counts.failed },
      gone: this.#counts.gone,
      underWay: moves.length,
      underWayBytes: moves.reduce((sum, bytes) => sum + bytes, 0),
      waiting: this.#retries.size,
      excessBytes: this.#excessBytes.reduce((sum, bytes) => sum + bytes, 0),
      tiers: world.tiers.map((name, tier) => ({
        name,
        phase: this.#before.phases[tier] ?? 'rest',
        excessBytes: this.#excessBytes[tier] ?? 0,
        ...this.#trafficOf(tier),
      })),
      segments: this.#index.size + this.#underWay.size + this.#retries.size,
      stateMs: this.#times.passedMs,
    }
  }

  /** Bytes that moves took from a path so far, less those that they brought there. */
  takenFrom(pathId: string): number {
    return this.#counts.takenFrom.get(pathId) ?? 0
  }

  /** Whether moves from a path are under way. */
  isGiving(pathId: string): boolean {
    return [...this.#underWay.values()].some(({ move }) => move.segment.pathId === pathId)
  }

  /**
   * Begins nothing more, and ends what is under way at its next step; a commit that began is
   * waited for.
   * @returns false when a disk did not answer in time; its move is given up, which does no harm
   */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  async #end(): Promise<boolean> {
    this.#stop.abort()
    this.#retries.stop()
    this.#troubles.stop()
    if (this.#underWay.size === 0) return true
    const { clock, logger, stopMs = STOP_MS } = this.#options
    const isInTime = await new Promise<boolean>((resolve) => {
      const timer = clock.setTimer(stopMs, () => resolve(false))
      this.#onIdle = () => {
        timer.cancel()
        resolve(true)
      }
    })
    if (!isInTime) logger.warn('moves-given-up', { moves: this.#underWay.size })
    return isInTime
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  #add(segment: TierSegment): void {
    const { world, clock } = this.#options
    this.#index.put(segment, world.wishOf(segment.topic), clock.nowMs())
  }

  /** All that is told in one go is planned for once. */
  #wake(): void {
    if (this.#isAwake || !this.#isStarted || this.#isStopped) return
    this.#isAwake = true
    queueMicrotask(() => {
      this.#isAwake = false
      if (!this.#isStopped) this.#plan()
    })
  }

  #plan(): void {
    const { world, policy, pace, threads } = this.#options
    const paths = world.paths()
    pace.urge(urgencyOf(paths, policy.threshold))
    const plan = planMoves({
      ...{ tiers: world.tiers, paths, segments: this.#index, ...this.#before },
      ...{ options: policy, avoided: this.#troubles, limit: threads - this.#underWay.size },
      underWay: this.#undone(),
      retiringBytes: (pathId) => world.retiringBytes(pathId),
      waitingBytes: (pathId) => this.#retries.bytesOn(pathId),
    })
    this.#before = plan
    this.#excessBytes = plan.excessBytes
    for (const move of plan.moves) void this.#move(move)
  }

  #trafficOf(tier: number): { leaving: number; arriving: number } {
    const ofTier = this.#options.world.paths().filter((path) => path.tier === tier)
    const own = new Set(ofTier.map(({ id }) => id))
    const moves = [...this.#underWay.values()].map(({ move }) => move)
    return {
      leaving: moves.filter(({ segment }) => own.has(segment.pathId)).length,
      arriving: moves.filter(({ toPathId }) => own.has(toPathId)).length,
    }
  }

  /** Moves whose bytes the paths do not count yet where they will be. */
  #undone(): Move[] {
    const all = [...this.#underWay.values()]
    return all
      .filter(({ move, told }) => told === undefined || told.pathId !== move.toPathId)
      .map(({ move }) => move)
  }

  /** Never rejects. */
  async #move(move: Move): Promise<void> {
    const name = segmentName(move.segment)
    const underWay: UnderWay = { move, told: move.segment }
    this.#index.remove(move.segment)
    this.#underWay.set(name, underWay)
    this.#noteState()
    const memory = this.#memory.pop() ?? alignedMemory(this.#options.pieceBytes)
    const outcome = await this.#outcomeOf(move, memory)
    this.#memory.push(memory)
    this.#underWay.delete(name)
    this.#noteState()
    this.#ended(underWay, outcome)
    this.#wake()
    if (this.#underWay.size === 0) this.#onIdle?.()
  }

  async #outcomeOf({ segment, toPathId }: Move, memory: Buffer): Promise<MoveOutcome> {
    const { signal } = this.#stop
    try {
      const movable = this.#options.world.move(segment, toPathId)
      if (movable === undefined) return { kind: 'gone' }
      const pace: MovePace = { take: (bytes) => this.#take(bytes) }
      return await moveSegment({ segment: movable, memory, pace, signal })
    } catch (error) {
      return { kind: 'failed', step: 'begin', error }
    }
  }

  async #take(bytes: number): Promise<boolean> {
    this.#waiting += 1
    const taking = this.#options.pace.take(bytes, this.#stop.signal)
    this.#noteState()
    const isTaken = await taking
    this.#waiting -= 1
    this.#noteState()
    return isTaken
  }

  #ended({ move, told }: UnderWay, outcome: MoveOutcome): void {
    const { segment, toPathId } = move
    switch (outcome.kind) {
      case 'moved': {
        this.#countMoved(move)
        this.#retries.forget(segment)
        this.#troubles.worked(segment.pathId, 'from')
        this.#troubles.worked(toPathId, 'to')
        if (told !== undefined && !this.#isStopped) this.#add({ ...told, pathId: toPathId })
        return
      }
      case 'gone': {
        this.#counts.gone += 1
        this.#retries.forget(segment)
        // another may have its name by now, as after compaction
        if (told !== undefined && told !== segment && !this.#isStopped) this.#add(told)
        return
      }
      case 'stopped':
        return
      case 'failed':
        this.#failed({ move, told }, outcome)
    }
  }

  #countMoved({ segment, toPathId }: Move): void {
    const { world, logger } = this.#options
    this.#counts.countTaken(segment.pathId, segment.sizeBytes)
    this.#counts.countTaken(toPathId, -segment.sizeBytes)
    const tierOf = new Map(world.paths().map(({ id, tier }) => [id, world.tiers[tier]]))
    const [from, to] = [tierOf.get(segment.pathId), tierOf.get(toPathId)]
    if (from !== undefined && to !== undefined) {
      this.#counts.countMoved(from, to, segment.sizeBytes)
    }
    logger.debug('segment-moved', { segment: segmentName(segment), from, to: toPathId })
  }

  #failed({ move, told }: UnderWay, outcome: MoveOutcome & { readonly kind: 'failed' }): void {
    const { segment, toPathId } = move
    const { step, error } = outcome
    this.#counts.failed[step] += 1
    if (this.#isStopped) return
    const afterMs = told === undefined ? undefined : this.#retries.hold(told)
    const cause = messageOf(error)
    const name = segmentName(segment)
    this.#options.logger.warn('move-failed', { segment: name, to: toPathId, step, cause, afterMs })
    if (step === 'read') this.#troubles.failed(segment.pathId, 'from', error)
    else this.#troubles.failed(toPathId, 'to', error)
  }

  #noteState(): void {
    const moves = this.#underWay.size
    if (moves === 0) this.#times.enter('idle')
    else if (this.#waiting < moves) this.#times.enter('migrating')
    else this.#times.enter(this.#options.pace.heldBackBy === 'latency' ? 'heldBack' : 'throttled')
  }
}

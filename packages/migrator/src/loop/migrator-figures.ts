import type { Clock } from '@pafka/base'
import type { TierName } from '@pafka/log'

import type { MoveStep } from '../mover/move-segment.ts'
import type { TierPhase } from '../policy/tier-phases.ts'

/** `throttled`: by the limit that was set. `heldBack`: by the latency of producers. */
export type MigratorState = 'idle' | 'migrating' | 'throttled' | 'heldBack'

export interface TierPairFigures {
  readonly from: TierName
  readonly to: TierName
  moves: number
  bytes: number
}

export interface TierFigures {
  readonly name: TierName
  readonly phase: TierPhase
  readonly excessBytes: number
  /** Moves under way from its paths, and to them. */
  readonly leaving: number
  readonly arriving: number
}

/** Since the start, but for what is said to be now. */
export interface MigratorFigures {
  /** Done, for each pair of tiers that had any. */
  readonly moved: readonly TierPairFigures[]
  /** Tries that failed, by the step. Each is tried again. */
  readonly failed: Readonly<Record<MoveStep, number>>
  /** Segments that were deleted, compacted or cut before their move was done. */
  readonly gone: number
  /** Now: moves, and their bytes. */
  readonly underWay: number
  readonly underWayBytes: number
  /** Now: segments that wait for their next try. */
  readonly waiting: number
  /** Now: bytes by which tiers are above their low watermark, those under way taken off. */
  readonly excessBytes: number
  /** Now: of each tier, fastest first, what is done with it, and its part of these bytes. */
  readonly tiers: readonly TierFigures[]
  /** Now: segments that may be moved. */
  readonly segments: number
  readonly stateMs: Readonly<Record<MigratorState, number>>
}

/** The part of the figures that only grows. */
export class MoveCounts {
  readonly moved: Map<string, TierPairFigures> = new Map<string, TierPairFigures>()
  readonly failed: Record<MoveStep, number> = {
    ...{ begin: 0, read: 0, write: 0, sync: 0, 'read-back': 0, commit: 0, abandon: 0 },
  }
  gone = 0
  /** By path: bytes that were taken from it, less those that were brought there. */
  readonly takenFrom: Map<string, number> = new Map<string, number>()

  countTaken(pathId: string, bytes: number): void {
    this.takenFrom.set(pathId, (this.takenFrom.get(pathId) ?? 0) + bytes)
  }

  countMoved(from: TierName, to: TierName, bytes: number): void {
    let pair = this.moved.get(`${from} ${to}`)
    if (pair === undefined) {
      pair = { from, to, moves: 0, bytes: 0 }
      this.moved.set(`${from} ${to}`, pair)
    }
    pair.moves += 1
    pair.bytes += bytes
  }
}

/** How long each state lasted. */
export class StateTimes {
  readonly #clock: Clock
  readonly #passedMs = { idle: 0, migrating: 0, throttled: 0, heldBack: 0 }
  #state: MigratorState = 'idle'
  #sinceMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#sinceMs = clock.monotonicMs()
  }

  enter(state: MigratorState): void {
    const nowMs = this.#clock.monotonicMs()
    this.#passedMs[this.#state] += nowMs - this.#sinceMs
    this.#sinceMs = nowMs
    this.#state = state
  }

  get passedMs(): Readonly<Record<MigratorState, number>> {
    this.enter(this.#state)
    return { ...this.#passedMs }
  }
}

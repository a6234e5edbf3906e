import { SpillLevel, TierPressure } from '@pafka/migrator'

import type { Scenario } from './scenario.ts'
import type { NodePath } from './simulated-migration.ts'

/** Of a path, all but what the broker keeps to be able to restart. */
const FULL_SHARE = 0.99
/** A request of a producer takes so long when nobody slows it. */
const REQUEST_MS = 10
/** As the broker: slowed by the square from 0.5 on, held from 1 to below 0.8. */
const SLOWS_FROM = 0.5
const HOLDS_FROM = 1
const LETS_GO_BELOW = 0.8
/** As the broker: what memory may have for a path that is full. */
const TAILS_FREE = 2
const FASTEST = '0'

export interface GateTick {
  readonly nowMs: number
  /** Of the fastest tier, so far: moved away, or deleted. */
  readonly takenBytes: number
  /** Whether moves from the fastest tier are under way. */
  readonly isGiving: boolean
}

/** What producers of a node are let in with, and where that lies: as the broker decides it. */
export class AppendGate {
  readonly #paths: readonly NodePath[]
  readonly #pressure: TierPressure
  /** Empty where appends begin on the fastest tier alone. */
  readonly #levels: readonly SpillLevel[]
  #leftBytes: readonly number[] = []
  #isHeld = false

  constructor({ policy, whenFull, memoryBytes }: Scenario, paths: readonly NodePath[]) {
    this.#paths = paths
    this.#pressure = new TierPressure(policy)
    const isSpilling = whenFull === 'spill'
    this.#levels = isSpilling ? paths.map(() => new SpillLevel(TAILS_FREE * memoryBytes)) : []
  }

  /** 0 where what the fastest tier does not take has room elsewhere. */
  get pressure(): number {
    return this.#canSpill ? 0 : this.#pressure.pressure
  }

  /** Nothing leaves the fastest tier, and no other one has room: nobody is to wait for it. */
  get isRefusing(): boolean {
    return !this.#canSpill && this.#pressure.isFull(FASTEST)
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  get isSlowed(): boolean {
    return this.pressure > SLOWS_FROM
  }

  /** Each second. */
  observe({ nowMs, takenBytes, isGiving }: GateTick): void {
    const paths = this.#paths
    this.#leftBytes = this.#levels.flatMap((level, at) => {
      const path = paths[at]
      return path === undefined ? [] : [level.observe(path)]
    })
    // asked of the fastest tier, which is one path
    const tick = { nowMs, paths, takenFrom: () => takenBytes, isGiving: () => isGiving }
    this.#pressure.observe(tick)
  }

  /** Share of the demand that is let in. */
  slowing(): number {
    const { pressure } = this
    this.#isHeld = pressure >= HOLDS_FROM || (this.#isHeld && pressure >= LETS_GO_BELOW)
    if (this.#isHeld || this.isRefusing) return 0
    const part = Math.min(1, Math.max(0, (pressure - SLOWS_FROM) / (1 - SLOWS_FROM)))
    return REQUEST_MS / (REQUEST_MS + 1000 * part * part)
  }

  /** Whether what is appended next is to begin a segment elsewhere. */
  leaves(path: number): boolean {
    return path === 0 && this.#canSpill && (this.#leftBytes[0] ?? 0) <= 0
  }

  /** Where a segment begins; -1 when there is no room for it. */
  placeOf(segmentBytes: number): number {
    if (this.leaves(0)) return this.#leftBytes.findIndex((left, at) => at > 0 && left > 0)
    return this.roomOn(0) >= segmentBytes ? 0 : -1
  }

  roomOn(at: number): number {
    const { usedBytes = 0, capacityBytes = 0 } = this.#paths[at] ?? {}
    return Math.max(0, capacityBytes * FULL_SHARE - usedBytes)
  }

  get #canSpill(): boolean {
    return this.#leftBytes.some((left, at) => at > 0 && left > 0)
  }
}

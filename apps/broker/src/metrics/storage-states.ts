import { type Clock, SECOND_MS, type Timer } from '@pafka/base'
import type { LogStore } from '@pafka/log'

import type { TierMigration } from '../tiers/tier-migration.ts'
import { LOG_DIR_STATES, type LogDirState, logDirState } from './log-dir-state.ts'
import { StateTimes } from './state-times.ts'
import { TIER_STATES, type TierState, tierState } from './tier-state.ts'

const LOOK_MS = SECOND_MS

/** A log dir, and what it asks of producers. */
export interface LogDirNow {
  readonly path: string
  readonly state: LogDirState
  readonly pressure: number
}

export interface TierNow {
  /** As metrics name it. */
  readonly name: string
  readonly state: TierState
  /** The most of its paths. */
  readonly pressure: number
}

/** In which state tiers and log dirs are, and how long they were: looked at each second. */
export class StorageStates {
  readonly #logs: LogStore
  readonly #migration: TierMigration | undefined
  readonly #clock: Clock
  readonly #tierTimes: StateTimes<TierState>
  readonly #dirTimes: StateTimes<LogDirState>
  #timer: Timer | undefined

  constructor(logs: LogStore, migration: TierMigration | undefined, clock: Clock) {
    this.#logs = logs
    this.#migration = migration
    this.#clock = clock
    const nowMs = clock.monotonicMs()
    this.#tierTimes = new StateTimes(TIER_STATES, nowMs)
    this.#dirTimes = new StateTimes(LOG_DIR_STATES, nowMs)
    this.#later()
  }

  dirs(): LogDirNow[] {
    const logs = this.#logs
    return logs.dirs().map(({ path, directoryId, isOnline, isShort }) => {
      const ofTier = isOnline ? (this.#migration?.pressureOn(directoryId) ?? 0) : 0
      const pressure = Math.max(logs.pressureOn(path), ofTier)
      const isRefusing = isShort || this.#migration?.isRefusing(directoryId) === true
      return { path, pressure, state: logDirState({ isOnline, isRefusing, pressure }) }
    })
  }

  /** @param dirs as they are now */
  tiers(dirs: readonly LogDirNow[] = this.dirs()): TierNow[] {
    const paths = this.#logs.tiers.paths()
    const pressures = new Map(dirs.map(({ path, pressure }) => [path, pressure]))
    return (this.#migration?.figures.tiers ?? []).map((tier, at) => {
      const own = paths.filter((path) => path.tier === at)
      const isOffline = !own.some(({ isOnline }) => isOnline)
      const isRefusing = own.some(({ id }) => this.#migration?.isRefusing(id) === true)
      const pressure = Math.max(0, ...own.map(({ path }) => pressures.get(path) ?? 0))
      const state = tierState(tier, { isOffline, isRefusing })
      return { name: tier.name.toLowerCase(), state, pressure }
    })
  }

  tierSeconds(): Iterable<readonly [readonly string[], number]> {
    this.#look()
    return this.#tierTimes.seconds()
  }

  dirSeconds(): Iterable<readonly [readonly string[], number]> {
    this.#look()
    return this.#dirTimes.seconds()
  }

  close(): void {
    this.#timer?.cancel()
  }

  #later(): void {
    this.#look()
    this.#timer = this.#clock.setTimer(LOOK_MS, () => this.#later())
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs()
    const dirs = this.dirs()
    this.#tierTimes.look(
      nowMs,
      this.tiers(dirs).map(({ name, state }) => [name, state]),
    )
    this.#dirTimes.look(
      nowMs,
      dirs.map(({ path, state }) => [path, state]),
    )
  }
}

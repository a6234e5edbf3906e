import type { TierPath } from '@pafka/log'

import { NEVER_MIGRATES, type PolicyOptions } from '../policy/policy-options.ts'
import { FillPressure } from './fill-pressure.ts'
import { FullPath } from './full-path.ts'

/** The paths of all tiers at a moment; told each second or more often. */
export interface TierTick {
  /** Of a clock that never goes back. */
  readonly nowMs: number
  readonly paths: readonly TierPath[]
  /** Bytes that moves took from a path so far, less those that they brought there. */
  readonly takenFrom: (pathId: string) => number
  /** Whether moves from a path are under way; absent where a full one holds producers for ever. */
  readonly isGiving?: (pathId: string) => boolean
}

/** A burst lands at full speed up to here; what is left is for producers to notice. */
const LEAST_QUIET_SHARE = 0.75

interface PathControl {
  readonly id: string
  readonly fill: FillPressure
  readonly full: FullPath
  takenBytes: number
  usedBytes: number
  isAppended: boolean
}

/**
 * Slows producers before a path of the fastest tier is full: each by its own level, and the most
 * counts, since a producer is slowed for all its partitions. A path that nothing is appended to
 * slows nobody, however full it is. Nobody is slowed where nothing moves for room: none would come
 * of waiting, and the disk says when it is full.
 */
export class TierPressure {
  readonly #threshold: number
  readonly #controls = new Map<string, PathControl>()
  /** Of the paths of the fastest tier that are online. */
  #present: PathControl[] = []
  #pressure = 0

  constructor({ threshold }: Pick<PolicyOptions, 'threshold'>) {
    this.#threshold = threshold
  }

  /** 0 in all normal times; above 0.5 producers are slowed, from 1 on they are held. */
  get pressure(): number {
    return this.#pressure
  }

  /**
   * As it is with what was appended since the last tick: a burst may fill a small path before the
   * next one. Hot: for each produce request.
   * @param usedBytesOn by the id of a path
   */
  pressureNow(usedBytesOn: (pathId: string) => number): number {
    let pressure = 0
    for (const control of this.#present) {
      pressure = Math.max(pressure, pressureOf(control, usedBytesOn(control.id)))
    }
    return pressure
  }

  /** What one path asks of producers with so many bytes; 0 for one that nothing is appended to. */
  pressureOn(pathId: string, usedBytes: number): number {
    const control = this.#present.find(({ id }) => id === pathId)
    return control === undefined ? 0 : pressureOf(control, usedBytes)
  }

  /** Whether a path takes no more: producers waited there, and nothing left it. */
  isFull(pathId: string): boolean {
    return this.#present.some(({ id, full }) => id === pathId && full.isFull)
  }

  observe({ nowMs, paths, takenFrom, isGiving = () => true }: TierTick): number {
    this.#pressure = 0
    this.#present = []
    if (this.#threshold === NEVER_MIGRATES) return 0
    for (const path of paths) {
      if (path.tier !== 0 || !path.isOnline) continue
      const { id, usedBytes, capacityBytes } = path
      const control = this.#controlOf(id)
      const takenBytes = takenFrom(id)
      const drainedBytes = takenBytes - control.takenBytes
      control.takenBytes = takenBytes
      control.usedBytes = usedBytes
      control.isAppended = path.isAppended
      this.#present.push(control)
      const pressure = control.fill.observe({ nowMs, usedBytes, capacityBytes, drainedBytes })
      const isFull = control.full.observe({ nowMs, pressure, usedBytes, isGiving: isGiving(id) })
      if (path.isAppended && !isFull) this.#pressure = Math.max(this.#pressure, pressure)
    }
    return this.#pressure
  }

  #controlOf(pathId: string): PathControl {
    let control = this.#controls.get(pathId)
    if (control === undefined) {
      const quietShare = Math.max(LEAST_QUIET_SHARE, this.#threshold)
      const fill = new FillPressure({ quietShare })
      const full = new FullPath()
      control = { id: pathId, fill, full, takenBytes: 0, usedBytes: 0, isAppended: false }
      this.#controls.set(pathId, control)
    }
    return control
  }
}

function pressureOf({ fill, full, usedBytes, isAppended }: PathControl, nowBytes: number): number {
  if (full.isFull) return 0 // who appends there is told so, and nobody else is to wait
  return isAppended || nowBytes > usedBytes ? fill.pressureAt(nowBytes) : 0
}

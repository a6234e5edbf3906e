import { type Clock, GIB, type Logger, SECOND_MS, type Timer } from '@pafka/base'

import type { Space } from '../files/space.ts'

export interface RoomWatchOptions {
  readonly path: string
  readonly clock: Clock
  readonly logger: Logger
  readonly space: () => Promise<Space>
  /** Room that nothing is appended to any more. */
  readonly reserveBytes: number
}

/** Producers are slowed in the last part of a disk, and this at most. */
const SLOW_SHARE = 50
const MOST_SLOW_BYTES = 2 * GIB
/** In the last part of it: from where throttling begins; not to where anybody is held. */
const LEAST_PRESSURE = 0.5
const MOST_PRESSURE = 0.75
/** Nobody fills a disk faster: no more looks than that asks for. */
const BYTES_PER_SECOND = 2 * GIB
const LEAST_LOOK_MS = SECOND_MS / 5
const MOST_LOOK_MS = 60 * SECOND_MS

/** The last part of a disk, in which producers are slowed. */
export function slowBytesOf(totalBytes: number, reserveBytes: number): number {
  return Math.max(4 * reserveBytes, Math.min(MOST_SLOW_BYTES, totalBytes / SLOW_SHARE))
}

/** Slows producers while a disk fills up, so that their owners learn of it before its end. */
export class RoomWatch {
  readonly #options: RoomWatchOptions
  #timer: Timer | undefined
  #looking: Promise<void> = Promise.resolve()
  #pressure = 0
  #isClosed = false

  constructor(options: RoomWatchOptions) {
    this.#options = options
  }

  /** 0 while there is plenty; never so much that anybody is held, and not refused in the end. */
  get pressure(): number {
    return this.#pressure
  }

  start(): void {
    this.#looking = this.#look()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#looking
  }

  async #look(): Promise<void> {
    const { space, clock, path, logger, reserveBytes } = this.#options
    let waitMs = MOST_LOOK_MS
    try {
      const { totalBytes, usableBytes } = await space()
      const slowBytes = slowBytesOf(totalBytes, reserveBytes)
      const left = Math.max(0, usableBytes - 2 * reserveBytes) / (slowBytes - 2 * reserveBytes)
      const pressure = LEAST_PRESSURE + (MOST_PRESSURE - LEAST_PRESSURE) * (1 - left)
      const isKnown = totalBytes >= 0 && usableBytes >= 0
      const before = this.#pressure
      this.#pressure = isKnown && left < 1 ? pressure : 0
      if (before === 0 && this.#pressure > 0) {
        logger.warn('disk-nearly-full', { dir: path, usableBytes, reserveBytes })
      }
      if (isKnown) waitMs = ((usableBytes - slowBytes) / BYTES_PER_SECOND) * SECOND_MS
    } catch {
      this.#pressure = 0 // who writes is told
    }
    if (this.#isClosed) return
    waitMs = Math.min(MOST_LOOK_MS, Math.max(LEAST_LOOK_MS, waitMs))
    this.#timer = clock.setTimer(waitMs, () => this.start())
  }
}

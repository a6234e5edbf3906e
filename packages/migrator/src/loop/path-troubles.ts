import { type Clock, HOUR_MS, type Logger, messageOf, SECOND_MS, type Timer } from '@pafka/base'
import { isOutOfSpace } from '@pafka/log'

import type { AvoidedPaths } from '../policy/tier-ledger.ts'

/** What was done with a path that failed. */
export type PathRole = 'from' | 'to'

interface Trouble {
  /** In a row. */
  failures: number
  /** Times it was left alone since it worked. */
  times: number
  timer: Timer | undefined
}

const FAILURES = 3
const LEAST_MS = 10 * SECOND_MS
const MOST_MS = HOUR_MS

export interface PathTroublesOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** A path may be tried again. */
  readonly onBack: () => void
}

/**
 * Paths that fail again and again are left alone, each time for twice as long. One that cannot be
 * written to may still be read from, and gives what it has: a full disk gets its room so.
 */
export class PathTroubles implements AvoidedPaths {
  readonly from: Set<string> = new Set<string>()
  readonly to: Set<string> = new Set<string>()
  readonly #options: PathTroublesOptions
  readonly #troubles = new Map<string, Trouble>()

  constructor(options: PathTroublesOptions) {
    this.#options = options
  }

  failed(pathId: string, role: PathRole, error: unknown): void {
    if (this[role].has(pathId)) return // moves that were under way fail too
    const name = `${role} ${pathId}`
    let trouble = this.#troubles.get(name)
    if (trouble === undefined) {
      trouble = { failures: 0, times: 0, timer: undefined }
      this.#troubles.set(name, trouble)
    }
    trouble.failures += 1
    if (trouble.failures < FAILURES && !isOutOfSpace(error)) return
    const { clock, logger, onBack } = this.#options
    const delayMs = Math.min(MOST_MS, LEAST_MS * 2 ** trouble.times)
    if (trouble.times === 0) {
      const cause = messageOf(error)
      logger.warn('path-left-alone', { path: pathId, role, cause })
    }
    trouble.times += 1
    this[role].add(pathId)
    trouble.timer = clock.setTimer(delayMs, () => {
      this[role].delete(pathId)
      onBack()
    })
  }

  worked(pathId: string, role: PathRole): void {
    const trouble = this.#troubles.get(`${role} ${pathId}`)
    if (trouble === undefined) return
    trouble.timer?.cancel()
    this.#troubles.delete(`${role} ${pathId}`)
    this[role].delete(pathId)
    if (trouble.times > 0) this.#options.logger.info('path-works-again', { path: pathId, role })
  }

  stop(): void {
    for (const { timer } of this.#troubles.values()) timer?.cancel()
  }
}

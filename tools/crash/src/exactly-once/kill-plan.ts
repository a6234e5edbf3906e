import { randomFor } from '../plan.ts'

/** Of the choices that are made with a seed, those of this plan. */
const PART = 7
const MOST_DOWN_MS = 2000
const MOST_START_MS = 2500

/** Who is killed together, and when. */
export interface Kill {
  /** From the beginning of the load. */
  readonly atMs: number
  readonly broker: boolean
  readonly copiers: readonly string[]
  /** How long the broker stays away before it is started again. */
  readonly downMs: number
  /** So long after that it is killed once more, in the midst of its start maybe; 0: it is not. */
  readonly startKillMs: number
}

export interface KillPlanOptions {
  readonly seed: number
  readonly lengthMs: number
  readonly copiers: readonly string[]
  readonly meanGapMs: number
}

/** A function of its options alone: the same seed kills the same ones at the same times. */
export function planKills({ seed, lengthMs, copiers, meanGapMs }: KillPlanOptions): Kill[] {
  const random = randomFor(seed, 0, PART)
  const kills: Kill[] = []
  for (let atMs = meanGapMs; atMs < lengthMs; atMs += 1 + random.below(2 * meanGapMs)) {
    const kind = random.below(5)
    const broker = kind <= 2
    const victims = copiers.filter(() => random.below(copiers.length) === 0)
    const one = copiers[random.below(copiers.length)] ?? ''
    const staysAway = random.below(3) === 0
    const downMs = random.below(MOST_DOWN_MS)
    const isKilledAgain = random.below(4) === 0
    const startKillMs = 1 + random.below(MOST_START_MS)
    kills.push({
      atMs,
      broker,
      copiers: kind <= 1 ? [] : victims.length > 0 ? victims : [one],
      downMs: broker && staysAway ? downMs : 0,
      startKillMs: broker && isKilledAgain ? startKillMs : 0,
    })
  }
  return kills
}

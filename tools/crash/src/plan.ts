import { KIB, type Random, seededRandom } from '@pafka/base'

import type { BatchSizes } from './load/batch-source.ts'

const LEAST_LOAD_MS = 50
const MOST_LOAD_MS = 2000
const MOST_START_KILLS = 3
/** Of the time that the last start took: loading its own code is the first third. */
const LEAST_OF_START = 0.3
const MOST_OF_START = 1.2

/** How hard the producers push. */
export interface Pace {
  readonly name: string
  readonly sizes: BatchSizes
  /** Longest pause between two requests of a producer, in milliseconds. */
  readonly mostPauseMs: number
}

/** What is gone over to when a round has sent its share of bytes. */
export const TRICKLE: Pace = {
  name: 'trickle',
  sizes: { leastBytes: 100, mostBytes: 2 * KIB },
  mostPauseMs: 4,
}

const PACES: readonly Pace[] = [
  TRICKLE,
  { name: 'mixed', sizes: { leastBytes: 100, mostBytes: 300 * KIB }, mostPauseMs: 3 },
  { name: 'mixed', sizes: { leastBytes: 100, mostBytes: 300 * KIB }, mostPauseMs: 3 },
  { name: 'flood', sizes: { leastBytes: 50 * KIB, mostBytes: 300 * KIB }, mostPauseMs: 0 },
]

/** What one round does. A function of seed and round alone. */
export interface RoundPlan {
  readonly pace: Pace
  readonly loadMs: number
  /** Between the last request and the end, in milliseconds; 0: the end comes under load. */
  readonly idleMs: number
  readonly ending: 'SIGKILL' | 'SIGTERM'
  /** Lives in between, each killed after such a part of the time that a start takes. */
  readonly startKills: readonly number[]
  /** A consumer reads along, and what it saw must stay. */
  readonly follows: boolean
  /** Everything is read again, not only what is new. */
  readonly readsAll: boolean
  /** Producers send again what was acknowledged already, as if the acks had been lost. */
  readonly repeatsAcked: boolean
  /** Producers take new producer ids and never send again what was open. */
  readonly freshProducers: boolean
}

export function planRound(seed: number, round: number): RoundPlan {
  const random = randomFor(seed, round, 0)
  const oneIn = (count: number): boolean => random.below(count) === 0
  const pace = PACES[random.below(PACES.length)] ?? TRICKLE
  return {
    pace,
    loadMs: Math.round(LEAST_LOAD_MS * (MOST_LOAD_MS / LEAST_LOAD_MS) ** random.next()),
    idleMs: oneIn(8) ? random.below(1500) : 0,
    ending: oneIn(12) ? 'SIGTERM' : 'SIGKILL',
    startKills: oneIn(3)
      ? Array.from({ length: 1 + random.below(MOST_START_KILLS) }, () => partOfStart(random))
      : [],
    follows: oneIn(2),
    readsAll: oneIn(5),
    repeatsAcked: oneIn(2),
    freshProducers: oneIn(8),
  }
}

function partOfStart(random: Random): number {
  return LEAST_OF_START + random.next() * (MOST_OF_START - LEAST_OF_START)
}

/** A stream of choices of its own for each part of a round: what others do does not shift it. */
export function randomFor(seed: number, round: number, part: number): Random {
  const mixed = seed ^ Math.imul(round + 1, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b)
  return seededRandom(mixed >>> 0)
}

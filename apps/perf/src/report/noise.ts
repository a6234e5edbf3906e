import { percent } from '@pafka/command'

import { latencySpread, type RateGroup, rateGroups, rateSpread, type Spread } from './rate-group.ts'
import { offeredText } from './figure-text.ts'
import type { SweepResult } from './sweep-result.ts'

/** Rounds of the same rate differ by so much of their median, and the machine was noisy. */
const NOISY = 0.1
const NOISY_TEXT = `${100 * NOISY} %`

/** By how much the rounds of one rate differ: from the least to the most, of their median. */
export interface GroupNoise {
  readonly contestant: string
  readonly workload: string
  readonly offeredPerSecond: number | undefined
  readonly rounds: number
  /** Of the median latency until the ack. */
  readonly latencyShare: number
  /** Of the rate that was reached. */
  readonly rateShare: number
  readonly isNoisy: boolean
}

export interface Noise {
  /** Those of more than one round, the noisiest first. */
  readonly groups: readonly GroupNoise[]
  /** Whether any rounds differ too much. Undefined: of one round nobody knows. */
  readonly isNoisy: boolean | undefined
  /** Sentences for people. */
  readonly told: string
}

/** @throws {DecodeError} when a histogram is none */
export function noiseOf(result: SweepResult): Noise {
  const all = rateGroups(result)
  const several = all.filter(({ rounds }) => rounds.length > 1)
  const groups = several.map(groupNoise).toSorted((one, other) => worse(other) - worse(one))
  const isNoisy = groups.length === 0 ? undefined : groups.some((group) => group.isNoisy)
  return { groups, isNoisy, told: toldOf(groups, all) }
}

export function groupNoise(group: RateGroup): GroupNoise {
  const { contestant, workload, offeredPerSecond, rounds } = group
  const latencyShare = shareOf(latencySpread(group, 'acked', 50))
  const rateShare = shareOf(rateSpread(group))
  const isNoisy = Math.max(latencyShare, rateShare) > NOISY
  return {
    ...{ contestant, workload, offeredPerSecond, rounds: rounds.length },
    ...{ latencyShare, rateShare, isNoisy },
  }
}

function shareOf(spread: Spread | undefined): number {
  if (spread === undefined || spread.median === 0) return 0
  return (spread.most - spread.least) / spread.median
}

function worse({ latencyShare, rateShare }: GroupNoise): number {
  return Math.max(latencyShare, rateShare)
}

/** @param groups of several rounds, the noisiest first. @param all also those of one */
function toldOf(groups: readonly GroupNoise[], all: readonly RateGroup[]): string {
  const [worst] = groups
  if (worst === undefined) {
    const isWhole = all.every(({ failed }) => failed.length === 0)
    const rounds = isWhole ? 'One round of each rate' : 'No rate has two rounds that went well'
    return `${rounds}: how noisy the machine was is not known.`
  }
  const { contestant, workload, latencyShare, rateShare, isNoisy } = worst
  const what = latencyShare >= rateShare ? 'median latencies' : 'reached rates'
  const where = `${contestant}, ${workload}, ${offeredText(worst.offeredPerSecond)}`
  const most = `the ${what} of ${where}, by ${percent(worse(worst))}`
  if (!isNoisy) return `The rounds of a rate differ by at most ${NOISY_TEXT}; most, ${most}.`
  const count = groups.filter((group) => group.isNoisy).length
  const rates = `the rounds of ${count} of ${groups.length} rates differ by more than ${NOISY_TEXT}`
  const advice = 'Measure again before you trust the figures.'
  return `The machine was noisy: ${rates}; most, ${most}. ${advice}`
}

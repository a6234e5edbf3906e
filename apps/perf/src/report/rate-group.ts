import { assert, DecodeError, SECOND_MS } from '@pafka/base'

import { Latencies } from '../measure/latencies.ts'
import { isFailed } from './failed-points.ts'
import type { SweepPoint, SweepResult } from './sweep-result.ts'

/** One rate of one contestant, with all of its rounds. */
export interface RateGroup {
  readonly contestant: string
  readonly workload: string
  /** Undefined: as fast as it goes. */
  readonly offeredPerSecond: number | undefined
  /** Those that were measured, in their order. */
  readonly rounds: readonly Round[]
  /** Those that failed, in their order: they count for nothing. */
  readonly failed: readonly Round[]
}

/** A point, with what follows from it. */
export interface Round extends Omit<SweepPoint, 'acked' | 'read'> {
  readonly recordsPerSecond: number
  readonly bytesPerSecond: number
  readonly latencies: Readonly<Record<LatencyKind, Latencies | undefined>>
}

/** Until the ack, or until somebody has read it. */
export type LatencyKind = 'acked' | 'read'

/** Of several rounds. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** Of the rate that was offered: what falls below it was not reached. */
export const REACHED_SHARE = 0.95

/**
 * By contestant and workload in the order of the result, then by rate, as fast as it goes last.
 * @throws {DecodeError} when a histogram is none
 */
export function rateGroups(result: SweepResult): RateGroup[] {
  const contestants = placesOf(result.contestants)
  const workloads = placesOf(result.workloads)
  type Open = RateGroup & Record<'rounds' | 'failed', Round[]>
  const groups = new Map<string, Open>()
  for (const point of result.points) {
    const { contestant, workload, offeredPerSecond } = point
    assert(contestants.has(contestant), 'a point is of a contestant of the result')
    assert(workloads.has(workload), 'a point is of a workload of the result')
    const key = JSON.stringify([contestant, workload, offeredPerSecond ?? null])
    const group = groups.get(key) ?? {
      ...{ contestant, workload, offeredPerSecond, rounds: [], failed: [] },
    }
    const rounds = isFailed(point) ? group.failed : group.rounds
    rounds.push(roundOf(point))
    groups.set(key, group)
  }
  for (const { rounds, failed } of groups.values()) {
    for (const some of [rounds, failed]) some.sort((one, other) => one.round - other.round)
  }
  const place = ({ contestant, workload }: RateGroup): number =>
    (workloads.get(workload) ?? 0) * contestants.size + (contestants.get(contestant) ?? 0)
  return [...groups.values()].toSorted(
    (one, other) => place(one) - place(other) || rateOrder(one, other),
  )
}

/** For sorting: as fast as it goes comes last. */
export function rateOrder(one: RateGroup, other: RateGroup): number {
  const most = Number.MAX_VALUE
  return (one.offeredPerSecond ?? most) - (other.offeredPerSecond ?? most)
}

/** @returns where each name stands */
function placesOf(named: readonly { readonly name: string }[]): Map<string, number> {
  const places = new Map(named.map(({ name }, at) => [name, at]))
  assert(places.size === named.length, 'no two of a result have the same name')
  return places
}

function roundOf({ acked, read, ...point }: SweepPoint): Round {
  const perSecond = point.elapsedMs > 0 ? SECOND_MS / point.elapsedMs : 0
  const decoded = (text: string): Latencies => {
    try {
      return Latencies.decode(text)
    } catch (cause) {
      const { contestant, workload } = point
      throw new DecodeError(`no histogram of ${contestant}, ${workload}`, { cause })
    }
  }
  return {
    ...point,
    recordsPerSecond: point.records * perSecond,
    bytesPerSecond: point.bytes * perSecond,
    latencies: { acked: decoded(acked), read: read === undefined ? undefined : decoded(read) },
  }
}

/** @param values one at least */
export function spreadOf(values: readonly number[]): Spread {
  assert(values.length > 0, 'a spread is of some values')
  const sorted = values.toSorted((one, other) => one - other)
  const half = sorted.length / 2
  const around = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1)
  return {
    median: around.reduce((sum, value) => sum + value, 0) / around.length,
    least: sorted[0] ?? 0,
    most: sorted.at(-1) ?? 0,
  }
}

/** Undefined where all rounds failed. @param what of a round, a second */
export function rateSpread(
  { rounds }: RateGroup,
  what: 'recordsPerSecond' | 'bytesPerSecond' = 'recordsPerSecond',
): Spread | undefined {
  return rounds.length === 0 ? undefined : spreadOf(rounds.map((round) => round[what]))
}

/** Of the rounds in which there was any. @param percent 0 to 100, or the longest of all */
export function latencySpread(
  { rounds }: RateGroup,
  kind: LatencyKind,
  percent: number | 'max',
): Spread | undefined {
  const some = rounds.flatMap(({ latencies }) => latencies[kind] ?? []).filter(hasAny)
  if (some.length === 0) return undefined
  return spreadOf(some.map((one) => (percent === 'max' ? one.maxMs : one.percentileMs(percent))))
}

/** All rounds together; without any, none. */
export function mergedLatencies({ rounds }: RateGroup, kind: LatencyKind): Latencies {
  const merged = new Latencies()
  for (const { latencies } of rounds) if (latencies[kind]) merged.add(latencies[kind])
  return merged
}

/**
 * Whether the rounds kept up, by their median. What has no rate is always reached, unless all
 * rounds failed.
 */
export function isReached(group: RateGroup): boolean {
  const median = rateSpread(group)?.median
  return median !== undefined && median >= REACHED_SHARE * (group.offeredPerSecond ?? 0)
}

function hasAny({ count }: Latencies): boolean {
  return count > 0
}

import { expect, test } from 'vitest'

import { exampleSweep } from '../../test/example-sweep.ts'
import { Latencies } from '../measure/latencies.ts'
import { chosenRates } from './chosen-rates.ts'
import {
  isReached,
  latencySpread,
  mergedLatencies,
  rateGroups,
  rateSpread,
  spreadOf,
} from './rate-group.ts'
import type { SweepPoint, SweepResult } from './sweep-result.ts'

const RESULT = exampleSweep({ contestants: 1, rounds: 1, rates: [100] })
const [POINT] = RESULT.points

/** The example, with a point for each. */
function withPoints(...changes: readonly Partial<SweepPoint>[]): SweepResult {
  if (POINT === undefined) throw new Error('the example has no point')
  return { ...RESULT, points: changes.map((change) => ({ ...POINT, ...change })) }
}

function tookMs(ms: number, count = 100): string {
  const latencies = new Latencies()
  if (count > 0) latencies.record(ms, count)
  return latencies.encode()
}

test('points of one rate are a group, in the order of contestants, rates and rounds', () => {
  const result = exampleSweep({ rounds: 2, rates: [undefined, 20_000, 5000] })
  const groups = rateGroups({ ...result, points: result.points.toReversed() })
  expect(groups.map(({ contestant, offeredPerSecond }) => [contestant, offeredPerSecond])).toEqual(
    ['broker <1>', 'broker <2>'].flatMap((name) => [
      ...[
        [name, 5000],
        [name, 20_000],
        [name, undefined],
      ],
    ]),
  )
  expect(groups.map(({ rounds }) => rounds.map(({ round }) => round))).toEqual(
    Array.from({ length: 6 }, () => [1, 2]),
  )
})

test('rates and latencies are the median of the rounds, with the least and the most', () => {
  const at = (records: number, ms: number): Partial<SweepPoint> => ({
    ...{
      records,
      bytes: records * 10,
      elapsedMs: 2000,
      busyShare: 0.1,
      acked: tookMs(ms),
      read: undefined,
    },
  })
  const [group] = rateGroups(withPoints(at(200, 0.8), at(180, 0.2), at(220, 0.4)))
  if (group === undefined) throw new Error('no group')
  expect(rateSpread(group)).toEqual({ median: 100, least: 90, most: 110 })
  expect(latencySpread(group, 'acked', 50)).toEqual({ median: 0.4, least: 0.2, most: 0.8 })
  expect(latencySpread(group, 'acked', 'max')).toEqual({ median: 0.4, least: 0.2, most: 0.8 })
  expect(latencySpread(group, 'read', 50)).toBeUndefined()
  expect(mergedLatencies(group, 'acked').count).toBe(300)
  expect(mergedLatencies(group, 'read').count).toBe(0)
  expect(isReached(group)).toBe(true)
})

test('a round in which nothing was acknowledged has no latency, but a rate of 0', () => {
  const dead = { records: 0, bytes: 0, elapsedMs: 0, busyShare: 0, acked: tookMs(1, 0) }
  const [group] = rateGroups(withPoints(dead))
  if (group === undefined) throw new Error('no group')
  expect(latencySpread(group, 'acked', 50)).toBeUndefined()
  expect(rateSpread(group)?.median).toBe(0)
  expect(isReached(group)).toBe(false)
})

test('a round that failed counts for nothing, and is kept', () => {
  const well = { elapsedMs: 1000, records: 100, bytes: 1000, acked: tookMs(2) }
  const lossy = { ...well, round: 2, records: 10, failed: 90, acked: tookMs(500) }
  const gone = { ...lossy, round: 3, records: 0, failed: 0, problem: 'cannot be reached' }
  const [group] = rateGroups(withPoints(gone, lossy, well))
  if (group === undefined) throw new Error('no group')
  expect(group.rounds.map(({ round }) => round)).toEqual([1])
  expect(group.failed.map(({ round }) => round)).toEqual([2, 3])
  expect(rateSpread(group)).toEqual({ median: 100, least: 100, most: 100 })
  expect(rateSpread(group, 'bytesPerSecond')?.median).toBe(1000)
  expect(latencySpread(group, 'acked', 'max')?.most).toBe(2)
  expect(mergedLatencies(group, 'acked').count).toBe(100)
  const [none] = rateGroups(withPoints(gone))
  if (none === undefined) throw new Error('no group')
  expect(rateSpread(none)).toBeUndefined()
  expect(latencySpread(none, 'acked', 50)).toBeUndefined()
  expect(isReached(none)).toBe(false)
})

test('a median of an even number is between the two', () => {
  expect(spreadOf([4, 1, 2, 100])).toEqual({ median: 3, least: 1, most: 100 })
  expect(spreadOf([7])).toEqual({ median: 7, least: 7, most: 7 })
  expect(() => spreadOf([])).toThrow('a spread is of some values')
})

test.each([
  ['an unknown contestant', withPoints({ contestant: 'x' }), 'a point is of a contestant'],
  ['an unknown workload', withPoints({ workload: 'x' }), 'a point is of a workload'],
  ['two of a name', { ...RESULT, workloads: [...RESULT.workloads, ...RESULT.workloads] }, 'no two'],
  [
    'a broken histogram',
    withPoints({ acked: 'HISTx' }),
    'no histogram of broker <1>, 1 KiB, 16 partitions',
  ],
])('%s is refused', (_, result, problem) => {
  expect(() => rateGroups(result)).toThrow(problem)
})

test('distributions are shown at the lowest, middle and highest rate that all reached', () => {
  const rates = [1000, 20_000, 50_000, 100_000, 150_000, 200_000]
  expect(chosenRates(rateGroups(exampleSweep({ rates })))).toEqual([1000, 20_000, 100_000])
  expect(chosenRates(rateGroups(exampleSweep({ rates: [500_000, 900_000] })))).toEqual([
    500_000, 900_000,
  ])
  expect(chosenRates(rateGroups(exampleSweep({ rates: [undefined] })))).toEqual([])
})

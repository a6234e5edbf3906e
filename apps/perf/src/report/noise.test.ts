import { expect, test } from 'vitest'

import { exampleSweep } from '../../test/example-sweep.ts'
import { noiseOf } from './noise.ts'

test('rounds that differ by more than a tenth make the machine a noisy one', () => {
  const noise = noiseOf(exampleSweep({ noise: 0.4, rates: [5000] }))
  expect(noise.isNoisy).toBe(true)
  expect(noise.groups).toHaveLength(2)
  expect(noise.groups[0]?.latencyShare).toBeCloseTo(0.4, 1)
  expect(noise.groups[0]?.rateShare).toBe(0)
  expect(noise.told).toContain('The machine was noisy: the rounds of 2 of 2 rates differ by more')
  expect(noise.told).toMatch(/the median latencies of broker <\d>, .*, 5,000 records\/s, by [34]\d/)
})

test('rates that differ are as bad as latencies', () => {
  const { points, ...result } = exampleSweep({ noise: 0, rates: [undefined], contestants: 1 })
  const slowed = points.map((point) => ({ ...point, elapsedMs: 1e4 * (10 + point.round) }))
  const noise = noiseOf({ ...result, points: slowed })
  expect(noise.groups[0]?.rateShare).toBeCloseTo((1 / 11 - 1 / 13) * 12, 5)
  expect(noise.told).toContain('the reached rates of broker <1>')
  expect(noise.told).toContain('as fast as it goes')
})

test('rounds that agree are told of too', () => {
  const noise = noiseOf(exampleSweep({ noise: 0.02, rates: [5000] }))
  expect(noise.isNoisy).toBe(false)
  expect(noise.told).toContain('The rounds of a rate differ by at most 10 %; most, the median')
})

test('of one round nobody knows', () => {
  expect(noiseOf(exampleSweep({ rounds: 1 }))).toEqual({
    groups: [],
    isNoisy: undefined,
    told: 'One round of each rate: how noisy the machine was is not known.',
  })
})

test('rounds that failed are no noise', () => {
  const { points, ...result } = exampleSweep({ noise: 0, rates: [5000], contestants: 1 })
  const failed = points.map((one) => (one.round === 2 ? { ...one, records: 9, failed: 5 } : one))
  const noise = noiseOf({ ...result, points: failed })
  expect(noise.groups).toMatchObject([{ rounds: 2, rateShare: 0 }])
  const only = points.map((one) => (one.round > 1 ? { ...one, problem: 'gone' } : one))
  expect(noiseOf({ ...result, points: only }).told).toBe(
    'No rate has two rounds that went well: how noisy the machine was is not known.',
  )
})

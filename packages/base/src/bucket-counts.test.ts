import { expect, test } from 'vitest'

import { BucketCounts, DURATION_BOUNDS } from './bucket-counts.ts'

test('a value on a bound counts below it, one beyond all of them last', () => {
  const counts = new BucketCounts([10, 100])
  expect(counts.cumulative()).toEqual([0, 0, 0])
  for (const value of [0, 10, 11, 100, 101]) counts.observe(value)
  expect(counts.cumulative()).toEqual([2, 4, 5])
  expect(counts.sum).toBe(222)
})

test('bounds of durations rise', () => {
  expect(DURATION_BOUNDS.toSorted((one, other) => one - other)).toEqual(DURATION_BOUNDS)
})

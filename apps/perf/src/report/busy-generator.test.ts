import { expect, test } from 'vitest'

import { exampleSweep } from '../../test/example-sweep.ts'
import { busyTold } from './busy-generator.ts'

test('a load generator that hardly ever waits is told of, where it is worst', () => {
  const { points, ...result } = exampleSweep({ rates: [5000], rounds: 2, contestants: 1 })
  const busy = points.map((point, at) => ({ ...point, busyShare: 0.85 + at / 10 }))
  expect(busyTold({ ...result, points: busy })).toMatch(
    /^The load generator was busy .* at 1 of 2 points; most, 95\.0 %, at broker <1>, /u,
  )
})

test('nothing is said of one that waits', () => {
  expect(busyTold(exampleSweep())).toBe(undefined)
})

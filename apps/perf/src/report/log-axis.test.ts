import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { logAxis } from './log-axis.ts'

test('an axis goes from a round figure to another', () => {
  expect(logAxis([0.35, 42])).toEqual({
    domain: [0.2, 50],
    ticks: [0.2, 0.5, 1, 2, 5, 10, 20, 50],
  })
})

test('a wide one has labels at powers of ten only', () => {
  expect(logAxis([0.011, 9000])).toEqual({
    domain: [0.01, 10_000],
    ticks: [0.01, 0.1, 1, 10, 100, 1000, 10_000],
  })
})

test('one value has room on both sides', () => {
  expect(logAxis([1])).toEqual({ domain: [0.5, 2], ticks: [0.5, 1, 2] })
  expect(logAxis([1000])).toEqual({ domain: [500, 2000], ticks: [500, 1000, 2000] })
})

test('whatever the values, all of them are within, and two labels at least', () => {
  const random = seededRandom(3)
  for (let round = 0; round < 2000; round++) {
    const values = Array.from({ length: 3 }, () => 10 ** (random.next() * 12 - 4))
    const { domain, ticks } = logAxis(values)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(domain[0])
    expect(Math.max(...values)).toBeLessThanOrEqual(domain[1])
    expect(ticks.length).toBeGreaterThanOrEqual(2)
    expect(ticks.length).toBeLessThanOrEqual(14)
  }
})

test.each([[[]], [[0, 1]], [[-1]], [[1, Number.POSITIVE_INFINITY]], [[Number.NaN]]])(
  '%j has no logarithms',
  (values: number[]) => {
    expect(() => logAxis(values)).toThrow('a logarithm is of what is above 0')
  },
)

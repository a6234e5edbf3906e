import { expect, test } from 'vitest'

import { ratesUpTo } from './sweep-rates.ts'

test('rates go up to the highest, in round figures', () => {
  expect(ratesUpTo(1_234_567, 9)).toEqual([
    ...[62_000, 120_000, 250_000, 430_000, 620_000, 800_000, 990_000, 1_100_000, 1_200_000],
  ])
  expect(ratesUpTo(1_234_567, 3)).toEqual([250_000, 800_000, 1_200_000])
  expect(ratesUpTo(1_234_567, 1)).toEqual([1_200_000])
})

test('there are no more than there are different ones', () => {
  expect(ratesUpTo(2, 9)).toEqual([1, 2])
  expect(ratesUpTo(2000, 100)).toHaveLength(9)
})

import { expect, test } from 'vitest'

import { isCopyDue } from './front-copies.ts'

test.each([
  [0, 0, true],
  [5, 5, true],
  [5, 6, false],
  [15, 16, false],
  [16, 17, true],
  [16, 31, true],
  [16, 32, false],
  [999, 100_000, false],
])('%i of %i gone', (gone, count, isDue) => {
  expect(isCopyDue(gone, count)).toBe(isDue)
})

test('a list that loses one at a time is copied a few times in its life', () => {
  let [gone, count, copied] = [0, 100_000, 0]
  while (count > 0) {
    gone += 1
    if (!isCopyDue(gone, count)) continue
    copied += count - gone
    count -= gone
    gone = 0
  }
  expect(copied).toBeLessThan(100_000)
})

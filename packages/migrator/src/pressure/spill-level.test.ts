import { expect, test } from 'vitest'

import { SpillLevel } from './spill-level.ts'

function levels(marginBytes: number, used: readonly number[]): number[] {
  const level = new SpillLevel(marginBytes)
  return used.map((usedBytes) => Math.round(level.observe({ usedBytes, capacityBytes: 1000 })))
}

test('a path takes what leaves room for what is on its way', () => {
  expect(levels(0, [0, 500, 949])).toEqual([950, 450, 1])
  expect(levels(100, [0, 800])).toEqual([900, 100])
  expect(levels(9000, [0, 700])).toEqual([750, 50])
})

test('one that was full has room again when a tenth of it was drained', () => {
  expect(levels(0, [950, 949, 900, 851, 850, 900])).toEqual([0, 0, 0, 0, 100, 50])
  expect(levels(0, [2000, 850])).toEqual([0, 100])
})

test('a path without any room is full', () => {
  const level = new SpillLevel(0)
  expect(level.observe({ usedBytes: 0, capacityBytes: 0 })).toBe(0)
})

test('a path that is offline takes nothing, and is as full as it was', () => {
  const level = new SpillLevel(0)
  const use = { usedBytes: 0, capacityBytes: 0 }
  expect(level.observe({ ...use, isOnline: false })).toBe(0)
  expect(level.isFull).toBe(false)
  level.observe({ ...use, isOnline: true })
  expect(level.isFull).toBe(true)
  level.observe({ usedBytes: 0, capacityBytes: 1000, isOnline: false })
  expect(level.isFull).toBe(true)
})

import { expect, test } from 'vitest'

import { urgencyOf } from './urgency.ts'

function at(usedBytes: number, threshold = 0.5): number {
  const path = { id: 'a', path: '/a', tier: 0, capacityBytes: 100, usedBytes, isOnline: true }
  const others = { ...path, id: 'b', tier: 1, usedBytes: 100 }
  return urgencyOf([path, { ...path, id: 'c', isOnline: false, usedBytes: 0 }, others], threshold)
}

test('draining is urgent in the last part of the fastest tier, above the threshold', () => {
  expect([at(0), at(80), at(95.01), at(100)]).toEqual([0, 0, 1, 1])
  expect(at(87.5)).toBeCloseTo(0.5)
  expect([at(90, 0.9), at(99, 0.9), at(100, 1)]).toEqual([0, 1, 0])
  expect(urgencyOf([], 0.5)).toBe(0)
})

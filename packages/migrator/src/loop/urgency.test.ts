import type { TierPath } from '@pafka/log'
import { expect, test } from 'vitest'

import { urgencyOf } from './urgency.ts'

function path(usedBytes: number, given: Partial<TierPath> = {}): TierPath {
  const place = { id: 'a', path: '/a', tier: 0, isOnline: true, isAppended: true }
  return { ...place, capacityBytes: 100, usedBytes, ...given }
}

function at(usedBytes: number, threshold = 0.5): number {
  const others = [path(100, { isOnline: false }), path(100, { tier: 1 })]
  return urgencyOf([path(usedBytes), ...others], threshold)
}

test('draining is urgent in the last part of the fastest tier, above the threshold', () => {
  expect([at(0), at(80), at(95.01), at(100)]).toEqual([0, 0, 1, 1])
  expect(at(87.5)).toBeCloseTo(0.5)
  expect([at(90, 0.9), at(99, 0.9), at(100, 1)]).toEqual([0, 1, 0])
  expect(urgencyOf([], 0.5)).toBe(0)
})

test('the fullest path counts, of those that get records', () => {
  expect(urgencyOf([path(0), path(100)], 0.5)).toBe(1)
  expect(urgencyOf([path(0), path(100, { isAppended: false })], 0.5)).toBe(0)
})

import { GIB, MIB } from '@pafka/base'
import type { TierPath } from '@pafka/log'
import { expect, test } from 'vitest'

import { policyOptions } from '../policy/policy-options.ts'
import { TierPressure } from './tier-pressure.ts'

/** So large that what is in flight does not count. */
const CAPACITY = 1000 * GIB
const UNIT = CAPACITY / 1000

function path(id: string, usedBytes: number, given: Partial<TierPath> = {}): TierPath {
  const place = { id, path: `/${id}`, tier: 0, isOnline: true, isAppended: true }
  return { ...place, capacityBytes: CAPACITY, usedBytes: usedBytes * UNIT, ...given }
}

function of(...paths: TierPath[]): number {
  return pressureAt(0.5, paths)
}

function pressureAt(threshold: number, paths: readonly TierPath[]): number {
  const control = new TierPressure(policyOptions({ threshold }))
  return control.observe({ nowMs: 0, paths, takenFrom: () => 0 })
}

test('a full path slows producers, however empty its neighbours are', () => {
  expect(of(path('a', 970), path('b', 0))).toBeCloseTo(0.9)
  expect(of(path('a', 0), path('b', 990))).toBeGreaterThan(1)
})

test('a path that nothing is appended to slows nobody, nor does one of a slower tier', () => {
  expect(of(path('a', 0), path('b', 990, { isAppended: false }))).toBe(0)
  expect(of(path('a', 0), path('b', 990, { isOnline: false }))).toBe(0)
  expect(of(path('a', 0), path('b', 990, { tier: 1 }))).toBe(0)
})

test('nobody is slowed where nothing moves for room', () => {
  expect(pressureAt(-1, [path('a', 1000)])).toBe(0)
})

test('whatever the threshold, producers go on until something moves', () => {
  for (const threshold of [0, 0.5, 0.75, 0.9, 0.98, 0.99, 1]) {
    const inEffect = policyOptions({ threshold }).threshold
    expect(pressureAt(threshold, [path('a', 1000 * inEffect + 1)])).toBeLessThan(1)
    expect(pressureAt(threshold, [path('a', 985)])).toBeGreaterThan(1)
  }
})

test('what is brought to a path is none of what producers bring', () => {
  const bands = [0, -200].map((taken) => {
    const control = new TierPressure(policyOptions())
    for (let second = 0; second < 3; second++) {
      const used = 500 + 100 * second
      const takenFrom = (): number => (taken * UNIT * second) / 2
      control.observe({ nowMs: second * 1000, paths: [path('a', used)], takenFrom })
    }
    return control.observe({ nowMs: 2000, paths: [path('a', 800)], takenFrom: () => taken * UNIT })
  })
  expect(bands[0]).toBeGreaterThan(0.5)
  expect(bands[1]).toBe(0)
})

test('what was appended since the last tick counts at once', () => {
  const control = new TierPressure(policyOptions())
  const paths = [path('a', 500), path('b', 500, { isAppended: false })]
  control.observe({ nowMs: 0, paths, takenFrom: () => 0 })
  const now = (a: number, b: number): number =>
    control.pressureNow((id) => (id === 'a' ? a : b) * UNIT)
  expect([now(500, 500), now(980, 500)]).toEqual([0, 1])
  expect(now(500, 980)).toBe(1) // it is appended to by now
  expect(now(955, 940)).toBeCloseTo(0.75)
})

test('each path tells what it asks of producers', () => {
  const control = new TierPressure(policyOptions())
  const paths = [path('a', 970), path('b', 980, { isAppended: false }), path('c', 980, { tier: 1 })]
  control.observe({ nowMs: 0, paths, takenFrom: () => 0 })
  const on = (id: string, used: number): number => control.pressureOn(id, used * UNIT)
  expect([on('a', 500), on('b', 980), on('c', 990), on('none', 990)]).toEqual([0, 0, 0, 0])
  expect([on('a', 980), on('b', 985) > 1]).toEqual([1, true])
})

test('the last part of a small path is left for what is in flight', () => {
  for (const [capacityBytes, held] of [
    [400 * MIB, 0.95],
    [2 * GIB, 1 - 1 / 32],
    [100 * GIB, 0.98],
  ] as const) {
    const control = new TierPressure(policyOptions())
    const paths = [path('a', 0, { capacityBytes })]
    control.observe({ nowMs: 0, paths, takenFrom: () => 0 })
    expect(control.pressureNow(() => held * capacityBytes)).toBeCloseTo(1, 10)
  }
})

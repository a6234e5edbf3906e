import { expect, test } from 'vitest'

import { planRound, randomFor } from './plan.ts'

test('the same seed and round make the same plan, and the same choices of each part', () => {
  expect(planRound(7, 3)).toEqual(planRound(7, 3))
  expect(planRound(7, 3)).not.toEqual(planRound(7, 4))
  expect(planRound(7, 3)).not.toEqual(planRound(8, 3))
  expect(randomFor(7, 3, 1).next()).toBe(randomFor(7, 3, 1).next())
  expect(randomFor(7, 3, 1).next()).not.toBe(randomFor(7, 3, 2).next())
})

test('two hundred rounds have every kind of end and of load', () => {
  const plans = Array.from({ length: 200 }, (_, round) => planRound(1, round))
  expect(new Set(plans.map(({ ending }) => ending)).size).toBe(2)
  expect(new Set(plans.map(({ pace }) => pace.name)).size).toBe(3)
  for (const flag of ['follows', 'readsAll', 'repeatsAcked', 'freshProducers'] as const) {
    expect(new Set(plans.map((plan) => plan[flag])).size).toBe(2)
  }
  expect(plans.some(({ idleMs }) => idleMs > 0)).toBe(true)
  expect(Math.max(...plans.map(({ startKills }) => startKills.length))).toBe(3)
  const loads = plans.map(({ loadMs }) => loadMs)
  expect(Math.min(...loads)).toBeLessThan(80)
  expect(Math.max(...loads)).toBeGreaterThan(1500)
})

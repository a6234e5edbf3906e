import { expect, test } from 'vitest'

import { planKills } from './kill-plan.ts'

const OPTIONS = { seed: 5, lengthMs: 600_000, copiers: ['a', 'b', 'c'], meanGapMs: 3000 }

test('a seed makes one plan', () => {
  expect(planKills(OPTIONS)).toEqual(planKills(OPTIONS))
  expect(planKills(OPTIONS)).not.toEqual(planKills({ ...OPTIONS, seed: 6 }))
})

test('broker and copiers are killed, alone and together, in time', () => {
  const kills = planKills(OPTIONS)
  const kinds = new Set(kills.map(({ broker, copiers }) => `${broker} ${copiers.length > 0}`))
  expect([...kinds].toSorted()).toEqual(['false true', 'true false', 'true true'])
  expect(new Set(kills.flatMap(({ copiers }) => copiers))).toEqual(new Set(OPTIONS.copiers))
  expect(kills.every(({ broker, downMs }) => broker || downMs === 0)).toBe(true)
  expect(kills.some(({ startKillMs }) => startKillMs > 0)).toBe(true)
  expect(kills.every(({ atMs }, at) => atMs > (kills[at - 1]?.atMs ?? 0))).toBe(true)
  expect(kills.at(-1)?.atMs).toBeLessThan(OPTIONS.lengthMs)
  expect(kills.length).toBeGreaterThan(100)
})

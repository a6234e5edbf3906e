import type { TierPhase } from '@pafka/migrator'
import { expect, test } from 'vitest'

import { TIER_STATES, type TierState, tierState } from './tier-state.ts'

test.each<[string, TierPhase, readonly [number, number], TierState]>([
  ['is at rest', 'rest', [0, 1], 'rest'],
  ['is drained', 'draining', [2, 0], 'draining'],
  ['is filled', 'filling', [0, 3], 'filling'],
  ['is above its threshold with nothing that may leave', 'draining', [0, 0], 'waiting'],
  ['has room, and nothing that is to come up', 'filling', [1, 0], 'rest'],
])('a tier that %s', (_, phase, [leaving, arriving], state) => {
  const figures = { phase, leaving, arriving }
  expect(tierState(figures, { isOffline: false, isRefusing: false })).toBe(state)
  expect(tierState(figures, { isOffline: false, isRefusing: true })).toBe('full')
  expect(tierState(figures, { isOffline: true, isRefusing: true })).toBe('offline')
})

test('numbers of states stay as they are: others compare with them', () => {
  expect(TIER_STATES.map((state, at) => `${at} ${state}`)).toEqual([
    ...['0 rest', '1 draining', '2 filling', '3 full', '4 waiting', '5 offline'],
  ])
})

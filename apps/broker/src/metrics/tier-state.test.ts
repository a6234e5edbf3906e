import type { TierPhase } from '@pafka/migrator'
import { expect, test } from 'vitest'

import { tierState } from './tier-state.ts'

test.each<[string, TierPhase, readonly [number, number], number]>([
  ['is at rest', 'rest', [0, 1], 0],
  ['is drained', 'draining', [2, 0], 1],
  ['is filled', 'filling', [0, 3], 2],
  ['is above its threshold with nothing that may leave', 'draining', [0, 0], 4],
  ['has room, and nothing that is to come up', 'filling', [1, 0], 0],
])('a tier that %s', (_, phase, [leaving, arriving], state) => {
  expect(tierState({ phase, leaving, arriving }, false)).toBe(state)
  expect(tierState({ phase, leaving, arriving }, true)).toBe(3)
})

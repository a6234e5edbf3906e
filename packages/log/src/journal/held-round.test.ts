import { MIB } from '@pafka/base'
import { expect, test } from 'vitest'

import { TailMemory } from '../memory/tail-memory.ts'
import { HeldRound } from './held-round.ts'

test('its block is needed until all that is held of it is stored', () => {
  const round = new HeldRound(new TailMemory(4 * MIB, MIB).blockFor(100))
  expect(round.block.isNeeded).toBe(false)
  round.hold(30)
  round.hold(20)
  round.stored(30)
  expect([round.unstoredBytes, round.block.unstoredBytes, round.block.isNeeded]).toEqual([
    20,
    20,
    true,
  ])
  round.stored(20)
  expect(round.block.isNeeded).toBe(false)
  expect(() => round.stored(1)).toThrow('bytes are stored once')
})

import { KIB } from '@pafka/base'
import { beforeEach, expect, test } from 'vitest'

import { TailMemory } from '../memory/tail-memory.ts'
import { HeldRound } from './held-round.ts'
import { RingSpace } from './ring-space.ts'
import { WrittenRounds } from './written-rounds.ts'

const ROUND_BYTES = 8 * KIB
const UNSTORED_BYTES = 100
let rounds: HeldRound[]
let space: RingSpace
let written: WrittenRounds

beforeEach(() => {
  const memory = new TailMemory(256 * KIB, 64 * KIB)
  space = new RingSpace(256 * KIB, 0)
  written = new WrittenRounds(space)
  rounds = [10, 11, 15].map((sequence) => {
    const round = new HeldRound(memory.blockFor(ROUND_BYTES))
    round.sequence = sequence
    round.totalBytes = ROUND_BYTES
    round.hold(UNSTORED_BYTES)
    space.place(ROUND_BYTES)
    return round
  })
  written.add(...rounds)
})

test('those count as stored that have none before them that is not', () => {
  const counts = [1, 0, 2].map((at) => {
    rounds[at]?.stored(UNSTORED_BYTES)
    return written.countStored()
  })
  expect(counts).toEqual([0, 2, 3])
})

test('the newest that has to go for some bytes to be left', () => {
  const kept = [3 * ROUND_BYTES, 3 * ROUND_BYTES - 1, ROUND_BYTES, 0]
  expect(kept.map((bytes) => written.newestBefore(bytes))).toEqual([-1, 10, 11, 15])
})

test('what is released is known no more and its room is free', () => {
  expect([written.oldest, written.newest, written.sequenceOf(2)]).toEqual([rounds[0], 15, 11])
  written.release(2)
  expect([written.oldest, written.newest]).toEqual([rounds[2], 15])
  expect(space.usedBytes).toBe(ROUND_BYTES)
  written.release(1)
  expect([written.oldest, written.newest, space.usedBytes]).toEqual([undefined, -1, 0])
})

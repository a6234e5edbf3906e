import { MIB } from '@pafka/base'
import { beforeEach, expect, test } from 'vitest'

import { TailMemory } from '../memory/tail-memory.ts'
import { HeldRound } from './held-round.ts'
import { ReplayMemory } from './replay-memory.ts'

const BLOCKS = 4

let tails: TailMemory
let memory: ReplayMemory

beforeEach(() => {
  tails = new TailMemory(BLOCKS * MIB, MIB)
  memory = new ReplayMemory(tails)
})

test('each piece of a ring has a block of its own, that nothing else is put into', () => {
  const [first, second] = [memory.take(1), memory.take(1)]
  expect([first.length, second.length]).toEqual([MIB, MIB])
  expect(memory.blockOf(second.subarray(5, 9)).memory).toBe(second)
  expect(memory.blockOf(first).memory).toBe(first)
  expect(first.buffer === second.buffer && first.byteOffset === second.byteOffset).toBe(false)
  memory.release()
  expect(tails.blockFor(1).memory).not.toBe(second)
})

test('what is larger than a block gets more', () => {
  expect(memory.take(3 * MIB)).toHaveLength(3 * MIB)
})

test('a block is used again when nothing of it is held, but not the newest two', () => {
  const first = memory.take(1)
  const held = new HeldRound(memory.blockOf(first))
  held.hold(10)
  for (let taken = 1; taken < 3 * BLOCKS; taken++) memory.take(1)
  expect(tails.sizeBytes).toBe(3 * BLOCKS * MIB) // behind one that is held
  held.stored(10)
  const last = memory.take(1)
  expect(memory.blockOf(last).isNeeded).toBe(true)
  expect(tails.sizeBytes).toBe(BLOCKS * MIB)
})

test('what was read to elsewhere, or long ago, has no block', () => {
  const [first] = [memory.take(1), memory.take(1), memory.take(1)]
  expect(() => memory.blockOf(first)).toThrow('it was not read to here')
  expect(() => memory.blockOf(Buffer.alloc(8))).toThrow('it was not read to here')
  memory.release()
  memory.release()
  expect(tails.sizeBytes).toBe(3 * MIB)
})

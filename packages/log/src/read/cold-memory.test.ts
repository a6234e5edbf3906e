import { MIB, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { ColdMemory, type ColdPiece, UNIT_BYTES } from './cold-memory.ts'

test('pieces never overlap, are aligned, and stay within the limit', () => {
  const random = seededRandom(5)
  const memory = new ColdMemory(2 * MIB)
  const taken: ColdPiece[] = []
  for (let step = 0; step < 2000; step++) {
    const wanted = taken.length === 0 || random.below(2) === 0
    const piece = wanted ? memory.take(1 + random.below(300_000)) : undefined
    if (piece !== undefined) taken.push(piece)
    else for (const gone of taken.splice(random.below(taken.length), 1)) memory.give(gone)
    if (random.below(20) === 0) memory.shrink()
    const order = taken.toSorted((a, b) => a.fromBytes - b.fromBytes)
    for (const [at, { fromBytes, toBytes, bytes }] of order.entries()) {
      expect(fromBytes).toBeGreaterThanOrEqual(order[at - 1]?.toBytes ?? 0)
      expect([bytes.byteOffset, fromBytes % DIRECT_BLOCK_BYTES]).toEqual([fromBytes, 0])
      expect(bytes.length).toBeLessThanOrEqual(toBytes - fromBytes)
    }
    expect(order.at(-1)?.toBytes ?? 0).toBeLessThanOrEqual(memory.limitBytes)
    const usedBytes = taken.reduce((sum, { fromBytes, toBytes }) => sum + toBytes - fromBytes, 0)
    expect(memory.usedBytes).toBe(usedBytes)
  }
})

test('a hole is filled again before the end moves up', () => {
  const memory = new ColdMemory(MIB)
  const pieces = [1, 2, 1].map((units) => memory.take(units * UNIT_BYTES))
  const middle = pieces[1]
  if (middle === undefined) throw new Error('no memory')
  memory.give(middle)
  expect(memory.take(3 * UNIT_BYTES)?.fromBytes).toBe(4 * UNIT_BYTES)
  expect(memory.take(2 * UNIT_BYTES)?.fromBytes).toBe(UNIT_BYTES)
  expect(memory.take(MIB)).toBeUndefined()
})

test('what nobody uses goes back to the system, the rest keeps its bytes', () => {
  const memory = new ColdMemory(8 * MIB)
  const low = memory.take(MIB)
  const high = memory.take(6 * MIB)
  if (low === undefined || high === undefined) throw new Error('no memory')
  low.bytes.fill(1)
  high.bytes.fill(2)
  memory.give(high)
  memory.shrink()
  expect([memory.heldBytes, high.bytes.length]).toEqual([MIB, 0])
  expect(low.bytes.every((byte) => byte === 1)).toBe(true)
  expect(memory.take(6 * MIB)?.bytes.every((byte) => byte === 0)).toBe(true)
  memory.give(low)
  memory.shrink()
  expect(memory.heldBytes).toBe(7 * MIB)
})

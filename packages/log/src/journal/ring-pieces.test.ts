import { expect, test } from 'vitest'

import { large, BLOCK, memoryOf, small, TestRing } from '../../test/test-ring.ts'
import { RING_ID } from '../../test/test-rounds.ts'
import { RingScan } from './ring-scan.ts'

test('what comes next is read while one piece is looked into, and no more', async () => {
  const ring = new TestRing(16)
  for (let sequence = 1; sequence <= 8; sequence++) ring.put(small(sequence), sequence - 1)
  const scan = new RingScan(ring, RING_ID, { positionBytes: 0, previous: 0 }, memoryOf(2))
  await scan.next()
  expect(ring.reads).toBe(2)
  for (let sequence = 2; sequence <= 8; sequence++) {
    expect((await scan.next())?.round.sequence).toBe(sequence)
  }
  expect(ring.reads).toBeLessThanOrEqual(5)
})

test('an earlier lap is not read ahead', async () => {
  const ring = new TestRing(64)
  for (let sequence = 1; sequence <= 60; sequence++) ring.put(small(sequence), sequence - 1)
  for (let sequence = 101; sequence <= 103; sequence++) {
    ring.put(small(sequence, sequence === 101 ? 60 : sequence - 1), sequence - 101)
  }
  const scan = new RingScan(ring, RING_ID, { positionBytes: 0, previous: 60 }, memoryOf(2))
  while ((await scan.next()) !== undefined);
  expect(ring.reads).toBeLessThan(5)
})

test('rounds that are larger than a piece are read once', async () => {
  const ring = new TestRing(64)
  let block = 0
  for (let sequence = 1; sequence <= 6; sequence++) {
    const round = large(sequence, 5 * BLOCK)
    ring.put(round, block)
    block += round.length / BLOCK
  }
  const scan = new RingScan(ring, RING_ID, { positionBytes: 0, previous: 0 }, memoryOf(2))
  let count = 0
  while ((await scan.next()) !== undefined) count += 1
  expect(count).toBe(6)
  expect(ring.reads).toBeLessThan(3 * 6)
})

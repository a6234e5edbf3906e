import { expect, test } from 'vitest'

import { AdvanceableClock } from './advanceable-clock.ts'
import { BufferPool, type BufferPoolOptions } from './buffer-pool.ts'
import { seededRandom } from './random.ts'
import { KIB, MIB } from './units.ts'

const clock = new AdvanceableClock()

function poolOf(options: Partial<BufferPoolOptions> = {}): BufferPool {
  const sizes = { smallestBytes: KIB, largestBytes: 64 * MIB, limitBytes: 96 * MIB }
  return new BufferPool({ clock, idleMs: 5000, ...sizes, ...options })
}

test('memory is used again, for whatever it is large enough for, up to twice that', () => {
  const pool = poolOf()
  const first = pool.take(1020 * KIB)
  expect(first.length).toBe(MIB)
  for (const sizeBytes of [1000 * KIB, MIB, 700 * KIB, 512 * KIB]) {
    pool.give(first)
    expect(pool.keptBytes).toBe(MIB)
    expect(pool.take(sizeBytes)).toBe(first)
    expect(pool.keptBytes).toBe(0)
  }
  pool.give(first)
  for (const sizeBytes of [MIB + 1, 448 * KIB]) expect(pool.take(sizeBytes)).not.toBe(first)
})

test('the best fit is taken', () => {
  const pool = poolOf()
  const buffers = [7, 4, 6, 5].map((units) => pool.take(units * MIB))
  for (const buffer of buffers) pool.give(buffer)
  expect([5, 4, 4].map((units) => pool.take(units * MIB).length / MIB)).toEqual([5, 4, 6])
})

test('a fresh one has at most a quarter more than is asked for', () => {
  const pool = poolOf()
  for (let sizeBytes = KIB; sizeBytes <= 64 * MIB; sizeBytes = Math.ceil(sizeBytes * 1.013)) {
    const { length } = pool.take(sizeBytes)
    expect(length).toBeGreaterThanOrEqual(sizeBytes)
    expect(length).toBeLessThanOrEqual(sizeBytes * 1.25)
  }
})

test('what is kept is bounded, and goes when nobody came for it', () => {
  const pool = poolOf()
  const buffers = Array.from({ length: 40 }, () => pool.take(8 * MIB))
  for (const buffer of buffers) pool.give(buffer)
  expect(pool.keptBytes).toBe(96 * MIB)
  clock.advance(4000)
  pool.give(pool.take(8 * MIB))
  clock.advance(4000)
  expect(pool.keptBytes).toBe(96 * MIB)
  clock.advance(5000)
  expect(pool.keptBytes).toBe(0)
})

test('what is too small, too large or from elsewhere is not kept', () => {
  const pool = poolOf({ largestBytes: MIB })
  for (const bytes of [1, KIB - 1, KIB + 1, MIB + 1, 2 * MIB]) pool.give(Buffer.alloc(bytes))
  expect(pool.keptBytes).toBe(0)
  expect([pool.take(1).length, pool.take(3 * MIB).length]).toEqual([KIB, 3 * MIB])
})

test('sizes of the past make room for those of today', () => {
  const pool = poolOf({ limitBytes: 16 * MIB })
  const past = [7, 6, 3].map((units) => pool.take(units * MIB))
  for (const buffer of past) pool.give(buffer)
  pool.give(pool.take(MIB)) // does not fit beside them
  expect(pool.keptBytes).toBe(10 * MIB)
  expect(pool.take(3 * MIB)).toBe(past[2])
  expect(pool.take(MIB).length).toBe(MIB)
  const [seven] = past
  expect(pool.take(7 * MIB)).not.toBe(seven)
})

test('sizes that change from one to the next need no fresh memory for long', () => {
  const random = seededRandom(3)
  const pool = poolOf()
  const seen = new Set<Buffer>()
  const held: Buffer[] = []
  let fresh = 0
  for (let step = 0; step < 3000; step++) {
    const buffer = pool.take(2 * MIB + random.below(14 * MIB))
    if (step > 1000 && !seen.has(buffer)) fresh += 1
    seen.add(buffer)
    held.push(buffer)
    if (held.length > 3) for (const done of held.splice(random.below(4), 1)) pool.give(done)
  }
  expect(fresh).toBeLessThan(100)
})

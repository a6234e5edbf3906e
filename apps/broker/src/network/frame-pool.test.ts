import { KIB, MIB } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { FramePool } from './frame-pool.ts'

test('large memory is used again, for any frame of its class', () => {
  const pool = new FramePool(new ManualClock())
  const first = pool.take(1020 * KIB)
  expect(first.length).toBeGreaterThanOrEqual(1020 * KIB)
  pool.give(first)
  expect(pool.keptBytes).toBe(first.length)
  expect(pool.take(1000 * KIB)).toBe(first)
  expect(pool.keptBytes).toBe(0)
})

test('no class wastes more than a quarter of what is asked for', () => {
  const pool = new FramePool(new ManualClock())
  for (let sizeBytes = KIB; sizeBytes <= 64 * MIB; sizeBytes = Math.ceil(sizeBytes * 1.013)) {
    const { length } = pool.take(sizeBytes)
    expect(length).toBeGreaterThanOrEqual(sizeBytes)
    expect(length).toBeLessThanOrEqual(sizeBytes * 1.25)
  }
})

test('what is kept is bounded, and goes when nobody came for it', () => {
  const clock = new ManualClock()
  const pool = new FramePool(clock)
  const frames = Array.from({ length: 40 }, () => pool.take(8 * MIB))
  for (const frame of frames) pool.give(frame)
  expect(pool.keptBytes).toBeLessThanOrEqual(96 * MIB)
  expect(pool.keptBytes).toBeGreaterThan(0)
  clock.advance(20_000)
  expect(pool.keptBytes).toBe(0)
})

test('the smallest frames are left to the collector', () => {
  const pool = new FramePool(new ManualClock())
  pool.give(pool.take(1000))
  expect(pool.keptBytes).toBe(0)
})

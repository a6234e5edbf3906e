import { KIB } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { FramePool } from './frame-pool.ts'

test('a frame gives its memory to the next', () => {
  const pool = new FramePool(new ManualClock())
  const first = pool.take(1020 * KIB)
  pool.give(first)
  expect(pool.take(1000 * KIB)).toBe(first)
})

test('the smallest ones are left to the collector', () => {
  const pool = new FramePool(new ManualClock())
  const first = pool.take(1000)
  expect(first.length).toBe(1000)
  pool.give(first)
  expect(pool.take(KIB)).not.toBe(first)
})

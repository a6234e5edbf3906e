import { MINUTE_MS } from '@pafka/base'
import { expect, test } from 'vitest'

import { warmthMs } from './warmth.ts'

const segment = { topic: 'a', partition: 0, baseOffset: 0, pathId: 'p', readMs: 0 }

test('a segment is as warm as its newest record, or as its heat will last', () => {
  const cold = { ...segment, sizeBytes: 100, newestMs: 5000, heatBytes: 199 }
  expect(warmthMs(cold, 1e9)).toBe(5000)
  expect(warmthMs({ ...cold, heatBytes: 800 }, 1e9)).toBe(1e9 + 2 * MINUTE_MS)
  expect(warmthMs({ ...cold, sizeBytes: 0, heatBytes: 0 }, 1e9)).toBe(5000)
})

test('heat that only fades leaves it where it is in the order', () => {
  const hot = { ...segment, sizeBytes: 100, newestMs: 0, heatBytes: 1600 }
  const later = { ...hot, heatBytes: 800 }
  expect(warmthMs(later, 1e9 + MINUTE_MS)).toBe(warmthMs(hot, 1e9))
})

import { expect, test } from 'vitest'

import { PausedPartitions } from './paused-partitions.ts'

const places = [0, 1, 2].map((partition) => ({ topic: 't', partition }))

test('a partition is paused until it, or its topic, is resumed', () => {
  const paused = new PausedPartitions()
  paused.pause('t', [0, 2])
  paused.pause('other', undefined)
  expect(paused.among(places)).toEqual([{ topic: 't', partitions: [0, 2] }])
  paused.resume('t', [0])
  expect(paused.among(places)).toEqual([{ topic: 't', partitions: [2] }])
  paused.resume('t', undefined)
  expect(paused.among(places)).toEqual([])
})

test('a topic is paused with all that comes, but for what is resumed', () => {
  const paused = new PausedPartitions()
  paused.pause('t', undefined)
  paused.resume('t', [1])
  expect(paused.among(places)).toEqual([{ topic: 't', partitions: [0, 2] }])
  paused.pause('t', [1])
  expect(paused.isPaused({ topic: 't', partition: 1 })).toBe(true)
  expect(paused.isPaused({ topic: 't', partition: 7 })).toBe(true)
})

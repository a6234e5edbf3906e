import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { RecordClock } from './record-clock.ts'

test('records that come in one go have one time, but not too many of them', () => {
  const clock = new ManualClock()
  const records = new RecordClock(clock)
  const first = records.nowMs()
  clock.advance(5)
  expect(records.nowMs()).toBe(first)
  for (let at = 2; at < 64; at++) records.nowMs()
  expect(records.nowMs()).toBe(first + 5)
})

test('a record that comes later has its own', async () => {
  const clock = new ManualClock()
  const records = new RecordClock(clock)
  const first = records.nowMs()
  clock.advance(5)
  await Promise.resolve()
  expect(records.nowMs()).toBe(first + 5)
})

import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { RequestTimer } from './request-timer.ts'

test('what is done between two turns is not counted', () => {
  const clock = new ManualClock()
  const timer = new RequestTimer(clock)
  clock.advance(3)
  timer.pause()
  clock.advance(1000)
  timer.run(() => clock.advance(4))
  clock.advance(1000)
  timer.go()
  clock.advance(5)
  expect(timer.charge()).toBe(12)
  clock.advance(6)
  expect(timer.stop()).toBe(6)
})

test('a request is charged once, and a part that fails counts', () => {
  const clock = new ManualClock()
  const timer = new RequestTimer(clock)
  timer.pause()
  expect(() =>
    timer.run(() => {
      clock.advance(7)
      throw new Error('failed')
    }),
  ).toThrow('failed')
  expect(timer.charge()).toBe(7)
  expect(timer.charge()).toBeUndefined()
  clock.advance(100)
  expect(timer.stop()).toBe(0)
})

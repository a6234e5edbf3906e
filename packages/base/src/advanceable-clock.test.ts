import { AdvanceableClock } from '@pafka/base'
import { expect, test } from 'vitest'

const HOUR_MS = 3_600_000

test('time goes on by itself, and jumps when told to', () => {
  const clock = new AdvanceableClock()
  const before = Date.now()
  expect(clock.nowMs()).toBeGreaterThanOrEqual(before)
  clock.advance(HOUR_MS)
  expect(clock.nowMs()).toBeGreaterThanOrEqual(before + HOUR_MS)
})

test('a jump runs what falls into it, in order, and nothing that was cancelled', () => {
  const clock = new AdvanceableClock()
  const ran: string[] = []
  clock.setTimer(2 * HOUR_MS, () => ran.push('later'))
  clock.setTimer(20_000, () => ran.push('second'))
  clock.setTimer(10_000, () => ran.push('first'))
  clock.setTimer(15_000, () => ran.push('cancelled')).cancel()
  clock.advance(HOUR_MS)
  expect(ran).toEqual(['first', 'second'])
  clock.advance(HOUR_MS)
  expect(ran).toEqual(['first', 'second', 'later'])
})

test('a timer fires without a jump, once', async () => {
  const clock = new AdvanceableClock()
  let fired = 0
  clock.setTimer(1, () => (fired += 1))
  while (fired === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  clock.advance(HOUR_MS)
  expect(fired).toBe(1)
})

test.each([Number.NaN, -5, Number.POSITIVE_INFINITY])('a jump by %s is refused', (byMs) => {
  const clock = new AdvanceableClock()
  expect(() => clock.advance(byMs)).toThrow(RangeError)
  expect(Number.isFinite(clock.nowMs())).toBe(true)
})

import { expect, test } from 'vitest'

import { quotaVectors } from '../../test/quota-vectors.ts'
import { LONGEST_THROTTLE_MS, RateWindow } from './rate-window.ts'

test.each(quotaVectors('rate'))(
  'throttles as Kafka: $samples samples of $windowSeconds s, at most $quota a second',
  ({ samples, windowSeconds, quota, events }) => {
    const window = new RateWindow({ samples, sampleMs: windowSeconds * 1000 })
    const told = events.map(([atMs, value, , takenBack]) => {
      window.record(value, atMs)
      const throttleMs = window.throttleMs(quota, atMs)
      if (takenBack === 1) window.record(-value, atMs)
      return throttleMs
    })
    expect(told).toEqual(events.map(([, , throttleMs]) => throttleMs))
  },
)

test('a burst is forgiven when the window has passed, and not before', () => {
  const window = new RateWindow({ samples: 11, sampleMs: 1000 })
  window.record(20_000, 0)
  expect(window.throttleMs(1000, 0)).toBe(10_000)
  expect(window.throttleMs(1000, 10_999)).toBe(9001)
  expect(window.sum(10_999)).toBe(20_000)
  expect(window.sum(11_000)).toBe(0)
  expect(window.throttleMs(1000, 11_000)).toBe(0)
})

test('nothing that was ever recorded makes a wait longer than an answer can say', () => {
  const window = new RateWindow({ samples: 11, sampleMs: 1000 })
  window.record(100_000_000, 0)
  expect(window.throttleMs(1, 0)).toBe(LONGEST_THROTTLE_MS)
  expect(window.throttleMs(Number.MIN_VALUE, 0)).toBe(LONGEST_THROTTLE_MS)
})

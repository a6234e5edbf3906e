import { expect, test } from 'vitest'

import { pressureThrottleMs, withThrottleTime } from './throttle.ts'

test.each([
  [0, 0],
  [0.5, 0],
  [0.51, 0],
  [0.6, 40],
  [0.75, 250],
  [0.9, 640],
  [1, 1000],
  [7, 1000],
])('a pressure of %d throttles for %d ms', (pressure, throttleMs) => {
  expect(pressureThrottleMs(pressure)).toBe(throttleMs)
})

test('an answer tells the longest time; one without the field stays as it is', () => {
  const answer = { throttleTimeMs: 5, topics: [] }
  expect(withThrottleTime(answer, 0)).toBe(answer)
  expect(withThrottleTime(answer, 4)).toBe(answer)
  expect(withThrottleTime(answer, 6)).toEqual({ throttleTimeMs: 6, topics: [] })
  const bare = { errorCode: 0 }
  expect(withThrottleTime(bare, 6)).toBe(bare)
})

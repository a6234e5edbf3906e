import { expect, test } from 'vitest'

import { pressureThrottleMs } from './throttle.ts'

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

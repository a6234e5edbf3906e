import { expect, test } from 'vitest'

import { PreciseTimer } from './precise-timer.ts'

test('it never wakes before its time, and wakes again and again', async () => {
  await using timer = new PreciseTimer(new AbortController().signal)
  for (const ms of [0, -1, 0.2, 0.7, 3, ...Array.from({ length: 200 }, () => 0.05)]) {
    const begin = performance.now()
    await timer.sleep(ms)
    expect(performance.now() - begin).toBeGreaterThanOrEqual(Math.max(0, ms) - 0.01)
  }
})

test('who is woken sleeps no more', async () => {
  const stop = new AbortController()
  await using timer = new PreciseTimer(stop.signal)
  const sleeping = timer.sleep(600_000)
  stop.abort()
  await sleeping
  expect(await timer.sleep(600_000)).toBe(undefined)
})

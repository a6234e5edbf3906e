import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { CleanerPace, CleaningStopped } from './cleaner-pace.ts'

const { signal } = new AbortController()
const forever = { isWanted: () => true, signal }

test('work is due for a pause after a slice, counted from the last wait', async () => {
  const clock = new ManualClock()
  const pace = new CleanerPace(clock, Number.MAX_VALUE, forever)
  const isDue = (): boolean => Array.from({ length: 64 }, () => pace.isDue()).includes(true)
  expect(isDue()).toBe(false)
  clock.advance(2)
  expect(isDue()).toBe(true)
  await pace.pause()
  expect(isDue()).toBe(false)
})

test('bytes above the rate wait for their time', async () => {
  const clock = new ManualClock()
  const pace = new CleanerPace(clock, 1000, forever)
  let moved = 0
  const mover = (async () => {
    for (let at = 0; at < 10; at++) {
      await pace.moved(500)
      moved += 500
    }
  })()
  for (let second = 0; second < 5; second++) {
    expect(moved).toBe(second * 1000)
    for (const _half of [0, 1]) {
      clock.advance(500)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await mover
  expect(moved).toBe(5000)
})

test('a job that is not wanted any more stops at its next pause', async () => {
  const gone = { isWanted: () => false, signal }
  const pace = new CleanerPace(new ManualClock(), Number.MAX_VALUE, gone)
  await expect(pace.pause()).rejects.toThrow(CleaningStopped)
  await expect(pace.moved(1)).rejects.toThrow(CleaningStopped)
})

test('a wait for the rate ends at once when the job is stopped', async () => {
  const stop = new AbortController()
  const job = { isWanted: () => !stop.signal.aborted, signal: stop.signal }
  const pace = new CleanerPace(new ManualClock(), 1, job)
  const moved = pace.moved(1_000_000)
  stop.abort()
  await expect(moved).rejects.toThrow(CleaningStopped)
})

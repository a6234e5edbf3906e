import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { Closing } from './closing.ts'

test('it is done once, in the time that the last who asked left it', async () => {
  const clock = new ManualClock()
  const closing = new Closing(clock, 1000)
  expect(closing.hasBegun).toBe(false)
  const times: number[] = []
  const close = async (deadline: { readonly leftMs: number }): Promise<void> => {
    times.push(deadline.leftMs)
    await Promise.resolve()
    times.push(deadline.leftMs)
  }
  const first = closing.begin({}, close)
  expect(closing.hasBegun).toBe(true)
  expect(closing.begin({ timeoutMs: 300 }, close)).toBe(first)
  expect(closing.begin({ timeoutMs: 5000 }, close)).toBe(first)
  await first
  expect(times).toEqual([1000, 300])
})

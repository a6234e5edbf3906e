import { Socket } from 'node:net'

import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { RefusedSockets } from './refused-sockets.ts'

test('each is closed in its time; beyond the bound at once', async () => {
  const clock = new ManualClock()
  const refused = new RefusedSockets(clock, 2)
  const [one, two, three] = [new Socket(), new Socket(), new Socket()]
  refused.closeLater(one, 100)
  refused.closeLater(two, 200)
  refused.closeLater(three, 200)
  expect([one.destroyed, two.destroyed, three.destroyed]).toEqual([false, false, true])
  clock.advance(100)
  expect([one.destroyed, two.destroyed]).toEqual([true, false])
  await new Promise((resolve) => setImmediate(resolve))
  expect(refused.size).toBe(1)
  refused.close()
  expect(two.destroyed).toBe(true)
  await new Promise((resolve) => setImmediate(resolve))
  expect(refused.size).toBe(0)
})

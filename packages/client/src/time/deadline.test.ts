import { setImmediate as othersTurn } from 'node:timers/promises'

import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { Deadline } from './deadline.ts'

const NEVER = new Promise<never>(() => {})

interface Wait {
  isOver: boolean
}

function waiting(work: Promise<void>): Wait {
  const wait = { isOver: false }
  void work.then(() => (wait.isOver = true))
  return wait
}

async function advance(clock: ManualClock, ms: number): Promise<void> {
  await othersTurn()
  clock.advance(ms)
  await othersTurn()
}

test('what has an end is waited for, whatever that is, and no longer', async () => {
  const clock = new ManualClock()
  const deadline = new Deadline(clock, 1000)
  await deadline.wait(Promise.resolve())
  await deadline.wait(Promise.reject(new Error('no matter')))
  expect(deadline.leftMs).toBe(1000)
})

test('several things have one time together, and each its least', async () => {
  const clock = new ManualClock()
  const deadline = new Deadline(clock, 1000)
  const first = waiting(deadline.wait(NEVER))
  await advance(clock, 999)
  expect(first.isOver).toBe(false)
  await advance(clock, 1)
  expect(first.isOver).toBe(true)
  await deadline.wait(NEVER)
  const last = waiting(deadline.wait(NEVER, 500))
  await advance(clock, 499)
  expect(last.isOver).toBe(false)
  await advance(clock, 1)
  expect(last.isOver).toBe(true)
})

test('it may become sooner while something is waited for, but not later', async () => {
  const clock = new ManualClock()
  const deadline = new Deadline(clock, Infinity)
  const wait = waiting(deadline.wait(NEVER))
  await advance(clock, 1_000_000)
  deadline.shorten(300)
  deadline.shorten(5000)
  expect(deadline.leftMs).toBe(300)
  await advance(clock, 299)
  expect(wait.isOver).toBe(false)
  await advance(clock, 1)
  expect(wait.isOver).toBe(true)
})

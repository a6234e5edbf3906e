import { seededRandom } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { Deadline, DeadlineQueue } from './deadline-queue.ts'

test('deadlines come in their order, and those put off come later', () => {
  const clock = new ManualClock()
  const queue = new DeadlineQueue(clock)
  const came: string[] = []
  const [early, late, cancelled] = ['early', 'late', 'cancelled'].map(
    (name) => new Deadline(() => came.push(`${name} at ${clock.nowMs() - startMs}`)),
  )
  const startMs = clock.nowMs()
  if (early === undefined || late === undefined || cancelled === undefined) return
  queue.set(late, 100)
  queue.set(early, 200)
  queue.set(cancelled, 50)
  clock.advance(40)
  queue.cancel(cancelled)
  queue.set(late, 300)
  clock.advance(1000)
  expect(came).toEqual(['early at 200', 'late at 340'])
  expect(queue.size).toBe(0)
})

test('a deadline can be brought forward, and set again by what it runs', () => {
  const clock = new ManualClock()
  const queue = new DeadlineQueue(clock)
  let runs = 0
  const repeated: Deadline = new Deadline(() => {
    runs += 1
    if (runs < 3) queue.set(repeated, 10)
  })
  queue.set(repeated, 1000)
  queue.set(repeated, 10)
  clock.advance(29)
  expect(runs).toBe(2)
  clock.advance(1)
  expect(runs).toBe(3)
})

test('what an action sets for now waits for the next turn, what it cancels does not come', () => {
  const clock = new ManualClock()
  const queue = new DeadlineQueue(clock)
  const came: string[] = []
  const cancelled = new Deadline(() => came.push('cancelled'))
  const eager: Deadline = new Deadline(() => {
    came.push('eager')
    queue.cancel(cancelled)
    if (came.length < 3) queue.set(eager, 0)
  })
  queue.set(eager, 10)
  queue.set(cancelled, 10)
  clock.advance(10)
  expect(came).toEqual(['eager', 'eager', 'eager'])
  expect(queue.size).toBe(0)
})

test('a cleared queue runs nothing, and takes new deadlines', () => {
  const clock = new ManualClock()
  const queue = new DeadlineQueue(clock)
  let runs = 0
  const deadline = new Deadline(() => (runs += 1))
  queue.set(deadline, 10)
  queue.clear()
  clock.advance(100)
  expect(runs).toBe(0)
  queue.set(deadline, 10)
  clock.advance(10)
  expect(runs).toBe(1)
})

test('many deadlines, set and put off at random, each come when they are due', () => {
  const seed = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  const random = seededRandom(seed)
  const clock = new ManualClock()
  const queue = new DeadlineQueue(clock)
  const dueMs = new Map<Deadline, number>()
  let wrong = 0
  const deadlines = Array.from({ length: 200 }, () => {
    const deadline: Deadline = new Deadline(() => {
      if (dueMs.get(deadline) !== clock.nowMs()) wrong += 1
      dueMs.delete(deadline)
    })
    return deadline
  })
  for (let step = 0; step < 20_000; step += 1) {
    const deadline = deadlines[random.below(deadlines.length)]
    if (deadline === undefined) continue
    const dice = random.below(10)
    if (dice === 0) {
      clock.advance(random.below(50))
    } else if (dice === 1) {
      queue.cancel(deadline)
      dueMs.delete(deadline)
    } else {
      const delayMs = random.below(1000)
      queue.set(deadline, delayMs)
      dueMs.set(deadline, clock.nowMs() + delayMs)
    }
  }
  clock.advance(1000)
  expect({ seed, wrong, left: dueMs.size, size: queue.size }).toEqual({
    seed,
    wrong: 0,
    left: 0,
    size: 0,
  })
})

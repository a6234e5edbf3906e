import { MIB, SECOND_MS } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { RateBudget, type RateBudgetOptions } from './rate-budget.ts'

const never = new AbortController().signal

/** Takes pieces of a MiB one after another. @returns a function that tells how many it got */
function mover(budget: RateBudget): () => number {
  let taken = 0
  const go = async (): Promise<void> => {
    while (await budget.take(MIB, never)) taken += 1
  }
  void go()
  return () => taken
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    clock.advance(10)
    for (let turns = 8; turns > 0; turns--) await Promise.resolve()
  }
}

interface Given {
  readonly clock: ManualClock
  readonly budget: RateBudget
}

function newBudget(given: Partial<RateBudgetOptions> = {}): Given {
  const clock = new ManualClock()
  return { clock, budget: new RateBudget({ clock, ...given }) }
}

test('without a limit nobody waits', async () => {
  const { budget } = newBudget()
  for (let left = 100; left > 0; left--) expect(await budget.take(1e9, never)).toBe(true)
  expect(budget.heldBackBy).toBeUndefined()
})

test('the limit is kept, whoever takes, and an idle budget saves up little', async () => {
  const { clock, budget } = newBudget({ limitBytesPerSecond: 50 * MIB })
  await pass(clock, 60 * SECOND_MS)
  const [one, other] = [mover(budget), mover(budget)]
  await pass(clock, 10 * SECOND_MS)
  expect(one() + other()).toBeGreaterThan(495)
  expect(one() + other()).toBeLessThan(510)
  expect(Math.abs(one() - other())).toBeLessThanOrEqual(6) // what was saved went to the first
  expect(budget.heldBackBy).toBe('limit')
})

test('a piece larger than the rate of a second is a debt, not a deadlock', async () => {
  const { clock, budget } = newBudget({ limitBytesPerSecond: 1000 })
  expect(await budget.take(5000, never)).toBe(true)
  let isTaken = false
  void budget.take(1, never).then(() => (isTaken = true))
  await pass(clock, 4980)
  expect(isTaken).toBe(false)
  await pass(clock, 40)
  expect(isTaken).toBe(true)
})

test('who is stopped goes from the queue, and the next one is served', async () => {
  const { clock, budget } = newBudget({ limitBytesPerSecond: MIB })
  const stop = new AbortController()
  await budget.take(MIB, never)
  const [stopped, next] = [budget.take(100 * MIB, stop.signal), budget.take(MIB, never)]
  stop.abort()
  expect(await stopped).toBe(false)
  expect(await budget.take(1, stop.signal)).toBe(false)
  await pass(clock, 1020)
  expect(await next).toBe(true)
})

/** A device of producers and the migrator: who asks for more than it has makes both wait. */
async function sharedDevice(
  { clock, budget }: Given,
  seconds: number,
  load: (second: number) => number,
): Promise<{ moved: number[]; latencies: number[] }> {
  const [taken, moved, latencies] = [mover(budget), [] as number[], [] as number[]]
  for (let second = 0; second < seconds; second++) {
    const before = taken()
    await pass(clock, SECOND_MS)
    moved.push(taken() - before)
    const use = Math.min(0.98, (load(second) + taken() - before) / 1000)
    latencies.push(1 / (1 - use))
    budget.observe({
      ...{ tickMs: SECOND_MS, latencyMs: 1 / (1 - use) },
      committedBytes: load(second) * MIB,
    })
  }
  return { moved, latencies }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

test('migration slows first when latency rises, and takes what producers leave', async () => {
  const world = newBudget({ limitBytesPerSecond: 800 * MIB })
  const load = (second: number): number => (second >= 30 && second < 90 ? 600 : 100)
  const { moved, latencies } = await sharedDevice(world, 150, load)
  expect(mean(moved.slice(20, 30))).toBeGreaterThan(300)
  expect(mean(moved.slice(40, 90))).toBeLessThan(280)
  expect(mean(latencies.slice(40, 90))).toBeLessThan(6) // 50 when nobody yields
  expect(mean(moved.slice(130))).toBeGreaterThan(400)
})

test('latency that migration has no part in does not hold it back for ever', async () => {
  const { clock, budget } = newBudget({ limitBytesPerSecond: 100 * MIB })
  const taken = mover(budget)
  let before = 0
  for (let second = 0; second < 240; second++) {
    await pass(clock, SECOND_MS)
    const latencyMs = second < 20 ? 2 : 12 // another tenant came, and stays
    budget.observe({ tickMs: SECOND_MS, latencyMs, committedBytes: 100 * MIB })
    if (second === 219) before = taken()
  }
  expect((taken() - before) / 20).toBeGreaterThan(50)
})

test('never below the floor, and not at all when the fast tier is nearly full', async () => {
  const limits = { limitBytesPerSecond: 100 * MIB, floorBytesPerSecond: 4 * MIB }
  const { clock, budget } = newBudget(limits)
  mover(budget)
  const suffer = async (latencyMs: number): Promise<void> => {
    await pass(clock, SECOND_MS)
    budget.observe({ tickMs: SECOND_MS, latencyMs, committedBytes: MIB })
  }
  await suffer(100) // the first tick only looks
  expect(budget.bytesPerSecond).toBe(4 * MIB)
  expect(budget.heldBackBy).toBe('latency')
  budget.urge(0.5)
  expect(budget.bytesPerSecond).toBe(52 * MIB)
  budget.urge(1)
  expect(budget.bytesPerSecond).toBe(100 * MIB)
  budget.urge(0)
  expect(budget.bytesPerSecond).toBe(4 * MIB)
  for (let second = 0; second < 50; second++) {
    await suffer(budget.bytesPerSecond > 8 * MIB ? 100 : 1)
    expect(budget.bytesPerSecond).toBeGreaterThanOrEqual(4 * MIB)
  }
  expect(budget.bytesPerSecond).toBeLessThan(20 * MIB)
})

test('nobody produces: nobody is yielded to', async () => {
  const { clock, budget } = newBudget({ limitBytesPerSecond: 100 * MIB })
  mover(budget)
  await pass(clock, SECOND_MS)
  budget.observe({ tickMs: SECOND_MS, latencyMs: 900, committedBytes: 0 })
  expect(budget.bytesPerSecond).toBe(100 * MIB)
})

test('a limit that is none is a mistake', () => {
  expect(() => newBudget({ limitBytesPerSecond: 0 })).toThrow('a rate, or -1 for none')
  expect(() => newBudget({ floorBytesPerSecond: 0 })).toThrow('some migration there is always')
})

import { KIB } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { FramePool } from './frame-pool.ts'
import { MemoryBudget } from './memory-budget.ts'
import { type MemoryTaker, RequestMemory } from './request-memory.ts'

const LIMIT_BYTES = 1024 * KIB
const LARGE_BYTES = 320 * KIB

/** Asks for memory of one request, and again when it is called. */
class Sender implements MemoryTaker {
  held: Buffer | undefined
  calls = 0
  readonly #memory: RequestMemory
  readonly #sizeBytes: number

  constructor(memory: RequestMemory, sizeBytes = LARGE_BYTES) {
    this.#memory = memory
    this.#sizeBytes = sizeBytes
    this.held = memory.take(this, sizeBytes)
  }

  takeMemory(): void {
    this.calls += 1
    this.held = this.#memory.take(this, this.#sizeBytes)
  }

  finish(): void {
    if (this.held !== undefined) this.#memory.give(this.held, 'reuse')
    this.held = undefined
  }
}

class Rig {
  readonly budget = new MemoryBudget(LIMIT_BYTES)
  readonly memory = new RequestMemory(this.budget, new FramePool(new ManualClock()))

  senders(count: number, sizeBytes?: number): Sender[] {
    return Array.from({ length: count }, () => new Sender(this.memory, sizeBytes))
  }
}

const holdWhich = (senders: readonly Sender[]): boolean[] => {
  return senders.map(({ held }) => held !== undefined)
}

test('large requests take what there is and one more, the others wait', () => {
  const rig = new Rig()
  const senders = rig.senders(9)
  expect(holdWhich(senders)).toEqual(Array.from({ length: 9 }, (_, at) => at < 3))
  expect(rig.memory.waiting).toBe(6)
  expect(rig.budget.usedBytes).toBe(3 * LARGE_BYTES)
  for (const sender of senders) sender.finish() // each of them gives its place to another
  expect(rig.memory.waiting).toBe(0)
  for (const sender of senders) sender.finish()
  expect([rig.budget.usedBytes, rig.budget.freeBytes]).toEqual([0, LIMIT_BYTES])
})

test('smaller requests find room beside large ones that wait', () => {
  const rig = new Rig()
  rig.senders(9, 400 * KIB)
  expect(holdWhich(rig.senders(2, 100 * KIB))).toEqual([true, true])
  expect(holdWhich(rig.senders(20, 64 * KIB))).toEqual(Array(20).fill(true))
  expect(rig.memory.exhausted).toBe(true) // small ones wait for one another only
})

test('one of the size of the whole budget is taken, though others have some of it', () => {
  const rig = new Rig()
  const small = new Sender(rig.memory, KIB)
  const [whole, second] = rig.senders(2, LIMIT_BYTES)
  expect([small.held, whole?.held, second?.held].map((held) => held !== undefined)).toEqual([
    true,
    true,
    false,
  ])
  expect(rig.memory.exhausted).toBe(false)
  whole?.finish()
  expect(second?.held).not.toBe(undefined)
})

test('the oldest goes beyond the bound, whoever is called first for room', () => {
  const rig = new Rig()
  const [first, second, beyond, oldest, younger] = rig.senders(5)
  first?.finish() // as much room as the oldest needs, and as much again
  expect(holdWhich([oldest, younger] as Sender[])).toEqual([true, false])
  second?.finish()
  expect(younger?.held).not.toBe(undefined)
  const large = new Sender(rig.memory, 900 * KIB)
  const late = new Sender(rig.memory, LARGE_BYTES)
  beyond?.finish()
  expect([large, late].map(({ held }) => held !== undefined)).toEqual([true, false])
})

test('one who leaves while it waits takes nothing, and its turn goes to the next', () => {
  const rig = new Rig()
  const [first, second, beyond, gone, next] = rig.senders(5)
  if (gone === undefined) throw new Error('there are five')
  rig.memory.forget(gone)
  for (const sender of [first, second, beyond]) sender?.finish()
  expect([gone.calls, gone.held]).toEqual([0, undefined])
  expect(next?.held).not.toBe(undefined)
  expect(rig.memory.waiting).toBe(0)
})

test('small requests that end do not call those who still find no room', () => {
  const rig = new Rig()
  const senders = rig.senders(5)
  for (let at = 0; at < 100; at++) new Sender(rig.memory, KIB).finish()
  expect(senders.map(({ calls }) => calls)).toEqual([0, 0, 0, 0, 0])
  rig.budget.setAside(LARGE_BYTES) // held producers leave their memory to others
  expect(senders.map(({ calls }) => calls)).toEqual([0, 0, 0, 1, 0])
})

test('half a request is missed when others wait for what it holds', () => {
  const rig = new Rig()
  const { memory } = rig
  rig.senders(3)
  expect([memory.isMissed(LARGE_BYTES), memory.isMissed(KIB)]).toEqual([false, false])
  const waiting = new Sender(memory)
  expect([memory.isMissed(LARGE_BYTES), memory.isMissed(KIB)]).toEqual([true, false])
  memory.forget(waiting)
  rig.senders(8, 64 * KIB)
  memory.whenFree(() => {})
  expect([memory.isMissed(KIB), memory.isMissed(0)]).toEqual([true, false])
})

import { type Random, seededRandom } from '@pafka/base'
import { describe, expect, test } from 'vitest'

import { type RingPlace, RingSpace } from './ring-space.ts'

const BLOCK = 4096
const MANY_ROUNDS = 1500
const SEEDS = Array.from({ length: 60 }, (_, at) => at + 1)

/** What a ring must do, found by looking at every live round. */
class NaiveRing {
  readonly live: RingPlace[] = []
  headBytes: number
  capacityBytes: number

  constructor(capacityBytes: number, headBytes: number) {
    this.capacityBytes = capacityBytes
    this.headBytes = headBytes
  }

  /**
   * Behind the newest, if there is one, else at the beginning; -1 when both overlap or touch the
   * oldest.
   */
  place(sizeBytes: number): number {
    for (const positionBytes of this.live.length === 0 ? [0] : [this.headBytes, 0]) {
      const endBytes = positionBytes + sizeBytes
      if (endBytes > this.capacityBytes || endBytes === this.live[0]?.positionBytes) continue
      if (this.live.some((one) => overlaps(one, { positionBytes, sizeBytes }))) continue
      this.live.push({ positionBytes, sizeBytes })
      this.headBytes = endBytes
      return positionBytes
    }
    return -1
  }

  get usedBytes(): number {
    return this.live.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }
}

function overlaps(a: RingPlace, b: RingPlace): boolean {
  const [aEnd, bEnd] = [a.positionBytes + a.sizeBytes, b.positionBytes + b.sizeBytes]
  return a.positionBytes < bEnd && b.positionBytes < aEnd
}

function expectSame(space: RingSpace, naive: NaiveRing): void {
  expect(space.usedBytes).toBe(naive.usedBytes)
  expect(space.headBytes).toBe(naive.headBytes)
  for (const count of new Set([0, 1, naive.live.length >>> 1, naive.live.length])) {
    const wanted = naive.live[count]?.positionBytes ?? naive.headBytes
    expect(space.positionAfter(count)).toBe(wanted)
  }
}

interface Outcomes {
  placed: number
  refused: number
  wrapped: number
}

function placeSome(random: Random, space: RingSpace, naive: NaiveRing): Outcomes {
  const outcomes = { placed: 0, refused: 0, wrapped: 0 }
  const most = 1 + random.below(naive.capacityBytes / BLOCK + 2)
  for (let left = 1 + random.below(8); left > 0; left--) {
    const sizeBytes = (1 + random.below(most)) * BLOCK
    const wanted = naive.place(sizeBytes)
    expect(space.place(sizeBytes)).toBe(wanted)
    if (wanted < 0) outcomes.refused += 1
    else outcomes.placed += 1
    if (wanted === 0) outcomes.wrapped += 1
  }
  return outcomes
}

describe('a random history of a ring is what a naive one says', () => {
  test.each(SEEDS)('seed %i', (seed) => {
    const random = seededRandom(seed)
    const capacity = (4 + random.below(30)) * BLOCK
    const head = random.below(2) * random.below(capacity / BLOCK) * BLOCK
    const space = new RingSpace(capacity, head)
    const naive = new NaiveRing(capacity, head)
    const sum: Outcomes = { placed: 0, refused: 0, wrapped: 0 }
    for (let step = 0; step < 400; step++) {
      const some = placeSome(random, space, naive)
      for (const key of ['placed', 'refused', 'wrapped'] as const) sum[key] += some[key]
      expectSame(space, naive)
      const released = random.below(naive.live.length + 1)
      space.release(released)
      naive.live.splice(0, released)
      if (random.below(40) === 0) {
        naive.capacityBytes += (1 + random.below(6)) * BLOCK
        space.capacityBytes = naive.capacityBytes
      }
      expectSame(space, naive)
    }
    expect(sum.placed).toBeGreaterThan(100)
    expect(sum.wrapped).toBeGreaterThan(10)
    expect(sum.refused).toBeGreaterThan(10)
  })
})

test('many live rounds, released one by one or all at once', () => {
  const space = new RingSpace(4 * MANY_ROUNDS * BLOCK, 0)
  const naive = new NaiveRing(space.capacityBytes, 0)
  const take = (): void => expect(space.place(BLOCK)).toBe(naive.place(BLOCK))
  for (let count = 0; count < MANY_ROUNDS; count++) take()
  for (let count = 0; count < MANY_ROUNDS - 100; count++) {
    space.release(1)
    naive.live.shift()
    if (count % 100 === 0) expectSame(space, naive)
    if (count % 3 === 0) take()
  }
  expectSame(space, naive)
  const left = naive.live.splice(0)
  space.release(left.length)
  expect(left.length).toBeGreaterThan(100)
  expectSame(space, naive)
})

test('an empty ring has room for all of it at once, wherever its head is', () => {
  for (const head of [0, BLOCK, 7 * BLOCK, 8 * BLOCK]) {
    const space = new RingSpace(8 * BLOCK, head)
    expect(space.place(9 * BLOCK)).toBe(-1)
    expect(space.place(8 * BLOCK)).toBe(0)
    expect(space.place(BLOCK)).toBe(-1)
    space.release(1)
    expect([space.usedBytes, space.positionAfter(0)]).toEqual([0, 8 * BLOCK])
    expect(space.place(BLOCK)).toBe(0)
  }
})

test('a round never ends where the oldest begins: a full ring would look like an empty one', () => {
  const space = new RingSpace(8 * BLOCK, 0)
  for (let count = 0; count < 8; count++) expect(space.place(BLOCK)).toBe(count * BLOCK)
  space.release(2)
  expect(space.place(2 * BLOCK)).toBe(-1)
  expect(space.place(BLOCK)).toBe(0)
  expect(space.place(BLOCK)).toBe(-1)
  space.release(1)
  expect(space.place(BLOCK)).toBe(BLOCK)
})

test('room that is added lies behind the head until the ring has wrapped', () => {
  const space = new RingSpace(4 * BLOCK, 0)
  expect([space.place(2 * BLOCK), space.place(3 * BLOCK)]).toEqual([0, -1])
  space.capacityBytes = 8 * BLOCK
  expect([space.place(3 * BLOCK), space.place(3 * BLOCK)]).toEqual([2 * BLOCK, 5 * BLOCK])
  space.release(1)
  expect(space.place(BLOCK)).toBe(0)
  space.capacityBytes = 12 * BLOCK
  expect(space.place(BLOCK)).toBe(-1) // what follows goes behind the newest, which has wrapped
})

test('rounds that were found are there, and the next goes where the run of them ended', () => {
  const space = new RingSpace(8 * BLOCK, 0)
  space.take({ positionBytes: 4 * BLOCK, sizeBytes: 2 * BLOCK })
  space.take({ positionBytes: 0, sizeBytes: BLOCK })
  expect([space.usedBytes, space.headBytes]).toEqual([3 * BLOCK, BLOCK])
  expect([0, 1, 2].map((count) => space.positionAfter(count))).toEqual([4 * BLOCK, 0, BLOCK])
  expect(space.place(3 * BLOCK)).toBe(-1)
  expect(space.place(2 * BLOCK)).toBe(BLOCK)
})

test('a head that is set is where a checkpoint begins, and the next round behind others', () => {
  const space = new RingSpace(8 * BLOCK, 0)
  space.startAt(5 * BLOCK)
  expect(space.positionAfter(0)).toBe(5 * BLOCK)
  expect(space.place(BLOCK)).toBe(0)
  space.startAt(5 * BLOCK)
  expect(space.place(BLOCK)).toBe(5 * BLOCK)
})

test('an empty ring begins anew, so that a burst has all that the ring grows by', () => {
  const space = new RingSpace(4 * BLOCK, 0)
  expect(space.place(3 * BLOCK)).toBe(0)
  space.release(1)
  expect([space.place(2 * BLOCK), space.place(2 * BLOCK)]).toEqual([0, 2 * BLOCK])
  expect(space.place(BLOCK)).toBe(-1)
  space.capacityBytes = 8 * BLOCK
  expect([space.place(2 * BLOCK), space.place(2 * BLOCK)]).toEqual([4 * BLOCK, 6 * BLOCK])
})

test('no more rounds are released than there are', () => {
  const space = new RingSpace(8 * BLOCK, 0)
  space.place(BLOCK)
  expect(() => space.release(2)).toThrow('no more rounds than there are')
})

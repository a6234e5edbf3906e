import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { GivenOffsets } from './given-offsets.ts'

function given(...offsets: number[]): GivenOffsets {
  const all = new GivenOffsets()
  for (const offset of offsets) all.add(offset)
  return all
}

test('one after the other', () => {
  const all = given(3, 4, 7)
  expect([all.processed(3, 3), all.processed(4, 4), all.first]).toEqual([3, 4, 7])
  expect([all.processed(7, 7), all.isEmpty, all.first]).toEqual([7, true, undefined])
})

test('what is processed before others waits for them', () => {
  const all = given(3, 4, 7, 9)
  expect([all.processed(7, 7), all.processed(4, 4), all.first]).toEqual([undefined, undefined, 3])
  expect([all.processed(3, 3), all.first]).toEqual([7, 9])
})

test('a whole batch, with one before it that is not', () => {
  const all = given(1, 5, 6, 7, 8)
  expect(all.processed(5, 8)).toBe(undefined)
  expect([all.processed(1, 1), all.isEmpty]).toEqual([8, true])
})

test('what is not given is not processed', () => {
  const all = given(5, 6)
  expect([all.processed(1, 4), all.processed(7, 9), all.first]).toEqual([undefined, undefined, 5])
  expect([all.processed(1, 5), all.first]).toEqual([5, 6])
})

test('what is given back is given again', () => {
  const all = given(5, 6, 7)
  all.processed(6, 6)
  all.dropFrom(6)
  all.add(6)
  expect([all.processed(5, 5), all.first]).toEqual([5, 6])
})

test('what was passed is gone', () => {
  const all = given(5, 6, 7)
  all.processed(6, 6)
  all.passed(7)
  expect([all.first, all.processed(7, 7)]).toEqual([7, 7])
})

test('in any order it is as a list of all says', () => {
  const random = seededRandom(7)
  const all = new GivenOffsets()
  const open: number[] = []
  const done = new Set<number>()
  let next = 0
  for (let step = 0; step < 20_000; step++) {
    if (open.length < 3000 && random.below(3) > 0) {
      next += 1 + random.below(2)
      all.add(next)
      open.push(next)
      continue
    }
    const first = open[random.below(open.length)]
    if (first === undefined) continue
    expect(all.has(first)).toBe(!done.has(first))
    if (random.below(50) === 0) {
      all.dropFrom(first)
      next = (open.splice(open.indexOf(first))[0] ?? 0) - 1
      for (const offset of done) if (offset > next) done.delete(offset)
      continue
    }
    const last = first + random.below(40)
    const before = open[0]
    for (const offset of open) if (offset >= first && offset <= last) done.add(offset)
    let processed: number | undefined
    while (done.has(open[0] ?? -1)) processed = open.shift()
    expect(all.processed(first, last)).toBe(processed)
    expect([before !== open[0], all.first]).toEqual([processed !== undefined, open[0]])
  }
})

test('it has what was given, and is not processed', () => {
  const all = given(3, 4, 7, 9)
  all.processed(3, 3)
  all.processed(7, 7)
  const has = [2, 3, 4, 5, 7, 9, 10].filter((offset) => all.has(offset))
  expect(has).toEqual([4, 9])
  all.dropFrom(4)
  expect([all.has(4), all.has(9), given().has(0)]).toEqual([false, false, false])
})

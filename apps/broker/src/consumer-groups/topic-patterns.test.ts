import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { FakeTopics } from '../../test/fake-topics.ts'
import { settled } from '../../test/coordinator-stage.ts'
import { TopicPatterns } from './topic-patterns.ts'

function patternsOver(...names: readonly string[]): [TopicPatterns, FakeTopics] {
  const topics = new FakeTopics()
  for (const name of names) topics.set(name, 1)
  return [new TopicPatterns({ topics, clock: new ManualClock() }), topics]
}

test('a pattern means whole names', async () => {
  const [patterns] = patternsOver('flights', 'flights-2', 'my-flights', 'ports')
  expect(await patterns.prepare('flights.*')).toBe(null)
  expect(await patterns.prepare('(flights|ports)')).toBe(null)
  expect(patterns.matching('flights.*')).toEqual(['flights', 'flights-2'])
  expect(patterns.matching('(flights|ports)')).toEqual(['flights', 'ports'])
})

test('topics that come and go are seen, and the version says so', async () => {
  const [patterns, topics] = patternsOver('flights')
  await patterns.prepare('f.*')
  const before = patterns.version
  topics.set('fares', 1)
  topics.delete('flights')
  patterns.topicsChanged()
  await settled()
  expect(patterns.matching('f.*')).toEqual(['fares'])
  expect(patterns.version).toBeGreaterThan(before)
})

test('a pattern that is not known yet is learned', async () => {
  const [patterns] = patternsOver('flights')
  expect(patterns.matching('f.*')).toBe(undefined)
  await patterns.prepare('other')
  await settled()
  expect(patterns.matching('f.*')).toEqual(['flights'])
})

test('a pattern that is known costs nothing when it comes again', async () => {
  const [patterns] = patternsOver('flights')
  await Promise.all([patterns.prepare('f.*'), patterns.prepare('f.*')])
  const before = patterns.version
  expect(await patterns.prepare('f.*')).toBe(null)
  expect(patterns.version).toBe(before)
  expect(patterns.matching('f.*')).toEqual(['flights'])
})

test('what RE2 does not know, or would make large, is refused', async () => {
  const [patterns] = patternsOver('a'.repeat(249))
  for (const pattern of ['(', 'a(?=b)', '(a)\\1', '*', 'a{1001}']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await patterns.prepare(pattern)).toContain('error parsing')
  }
  expect(await patterns.prepare('(a?){500}(b?){500}')).toBe('It is too large.')
  expect(await patterns.prepare('a'.repeat(1025))).toContain('longer than')
})

test('no pattern takes more than linear time', async () => {
  const [patterns] = patternsOver(`${'a'.repeat(248)}!`)
  for (const pattern of ['(a+)+', '(a|a)*b', '(.*)*x', '((a?){20}){20}a{100}']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await patterns.prepare(pattern)).toBe(null)
    expect(patterns.matching(pattern)).toEqual([])
  }
})

test('many names are looked at over many turns, and other work goes on between them', async () => {
  const topics = new FakeTopics()
  for (let at = 0; at < 1000; at += 1) topics.set(`flights-${at}`, 1)
  const turns: (() => void)[] = []
  let ticks = 0
  const clock = { nowMs: () => 0, monotonicMs: () => (ticks += 1), setTimer: noTimer }
  const patterns = new TopicPatterns({ topics, clock, later: (work) => turns.push(work) })
  const prepared = patterns.prepare('flights-.*')
  let count = 0
  for (let idle = 0; idle < 3;) {
    const turn = turns.shift()
    if (turn === undefined) {
      idle += 1
      // oxlint-disable-next-line no-await-in-loop -- whatever waits for this turn goes first
      await settled()
    } else {
      count += 1
      turn()
    }
  }
  expect(await prepared).toBe(null)
  expect(count).toBeGreaterThan(100)
  expect(patterns.matching('flights-.*')).toHaveLength(1000)
})

function noTimer(): never {
  throw new Error('nothing is timed')
}

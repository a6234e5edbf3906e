import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { keySource } from './keys.ts'

const DRAWS = 100_000

function shares(spec: string): Map<string, number> {
  const next = keySource(spec, seededRandom(7))
  const counts = new Map<string, number>()
  for (let at = 0; at < DRAWS; at++) {
    const key = Buffer.from(next() ?? []).toString()
    counts.set(key, (counts.get(key) ?? 0) + 1 / DRAWS)
  }
  return counts
}

test('none is null', () => {
  expect(keySource('none', seededRandom(1))()).toBeNull()
})

test('random keys come as often as each other', () => {
  const all = [...shares('random:10').values()]
  expect(all).toHaveLength(10)
  for (const share of all) expect(share).toBeCloseTo(0.1, 2)
})

test.each([
  ['zipf:1000', 0.99],
  ['zipf:1000:1.5', 1.5],
])('%s comes by its power', (spec, power) => {
  const total = Array.from({ length: 1000 }, (_, at) => (at + 1) ** -power).reduce((a, b) => a + b)
  const found = shares(spec)
  for (const rank of [1, 2, 10]) {
    expect(found.get(`key-${rank - 1}`)).toBeCloseTo(rank ** -power / total, 2)
  }
})

test.each(['some', 'random', 'random:0', 'random:1.5', 'random:2000000', 'zipf:5:x', 'random:5:1'])(
  '%s is refused',
  (spec) => {
    expect(() => keySource(spec, seededRandom(1))).toThrow(`keys: ${spec} is none of`)
  },
)

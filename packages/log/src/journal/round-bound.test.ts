import { KIB, MIB } from '@pafka/base'
import { expect, test } from 'vitest'

import { ROUND_BYTES, RoundBound } from './round-bound.ts'

test('rounds are small until full ones were slow and others wait', () => {
  const bound = new RoundBound(256 * MIB)
  expect(bound.bytesFor(true)).toBe(ROUND_BYTES)
  bound.wrote(ROUND_BYTES, 30)
  expect([bound.bytesFor(false), bound.bytesFor(true)]).toEqual([ROUND_BYTES, 4 * MIB])
})

test('they are small again when a full one was fast; what small ones take says nothing', () => {
  const bound = new RoundBound(256 * MIB)
  bound.wrote(8 * KIB, 30)
  expect(bound.bytesFor(true)).toBe(ROUND_BYTES)
  bound.wrote(ROUND_BYTES, 30)
  bound.wrote(8 * KIB, 0.1)
  expect(bound.bytesFor(true)).toBe(4 * MIB)
  bound.wrote(4 * MIB, 7)
  expect(bound.bytesFor(true)).toBe(ROUND_BYTES)
})

test('none is larger than the ring allows', () => {
  const bound = new RoundBound(512 * KIB)
  bound.wrote(ROUND_BYTES, 30)
  expect([bound.leastBytes, bound.bytesFor(true)]).toEqual([512 * KIB, 512 * KIB])
})

import { KIB, MIB } from '@pafka/base'
import { expect, test } from 'vitest'

import { ColdPlaces } from './cold-places.ts'

const LONGEST_BYTES = 4 * MIB

test('who goes forward has more read at a time, up to a limit', () => {
  const places = new ColdPlaces(LONGEST_BYTES)
  const steps = [5, 6, 7, 8].map((at) => places.note(at * MIB, (at + 1) * MIB).windowBytes)
  expect(steps).toEqual([0, 2 * MIB, 4 * MIB, LONGEST_BYTES])
})

test('a step may begin within the last read, and small steps count as well', () => {
  const places = new ColdPlaces(LONGEST_BYTES)
  expect(places.note(1000, 2000).windowBytes).toBe(0)
  expect(places.note(1900, 2900).windowBytes).toBe(256 * KIB)
  expect(places.note(2900, 3900).windowBytes).toBe(512 * KIB)
})

test('the same bytes again are no step', () => {
  const places = new ColdPlaces(LONGEST_BYTES)
  for (let times = 0; times < 10; times++) expect(places.note(MIB, 2 * MIB).windowBytes).toBe(0)
})

test('who begins at the beginning is expected to go on', () => {
  expect(new ColdPlaces(LONGEST_BYTES).note(0, 1000).windowBytes).toBe(256 * KIB)
})

test('several readers of one file are told apart, as many as are remembered', () => {
  const places = new ColdPlaces(LONGEST_BYTES)
  const starts = [80, 10, 40, 60, 20].map((at) => at * MIB)
  for (const start of starts) expect(places.note(start, start + 1000).windowBytes).toBe(0)
  for (const start of starts)
    expect(places.note(start + 1000, start + 2000).windowBytes).toBe(256 * KIB)
  for (let at = 0; at < 64; at++) places.note((100 + at) * MIB, (100 + at) * MIB + 1000)
  expect(places.note(80 * MIB + 2000, 80 * MIB + 3000).windowBytes).toBe(0)
})

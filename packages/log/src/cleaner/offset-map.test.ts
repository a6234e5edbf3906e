import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { OffsetMap, SLOT_BYTES } from './offset-map.ts'

const hashKey = Uint8Array.from({ length: 16 }, (_, at) => at)

function mapOf(slots: number, loadFactor = 0.9): OffsetMap {
  return new OffsetMap({ memory: new Uint32Array(slots * 6), loadFactor, hashKey })
}

function put(map: OffsetMap, key: string, offset: number): boolean {
  const bytes = Buffer.from(`<${key}>`)
  return map.put(bytes, 1, bytes.length - 1, offset)
}

function get(map: OffsetMap, key: string): number {
  const bytes = Buffer.from(key)
  return map.get(bytes, 0, bytes.length)
}

test('it answers as a map of any size would', () => {
  const random = seededRandom(11)
  const model = new Map<string, number>()
  const map = mapOf(4000)
  for (let offset = 0; offset < 20_000; offset++) {
    const key = 'k'.repeat(random.below(40)) + random.below(3500)
    const isPut = put(map, key, offset)
    expect(isPut).toBe(model.has(key) || model.size < Math.floor(3989 * 0.9)) // a prime of slots
    if (isPut) model.set(key, offset)
  }
  expect(map.size).toBe(model.size)
  for (const [key, offset] of model) expect(get(map, key)).toBe(offset)
  expect(get(map, 'never')).toBe(-1)
})

test('a full map takes newer offsets of the keys that it has', () => {
  const map = mapOf(11, 0.5)
  for (let at = 0; at < 5; at++) expect(put(map, `key ${at}`, at)).toBe(true)
  expect(put(map, 'one more', 5)).toBe(false)
  expect(put(map, 'key 2', 6)).toBe(true)
  expect([get(map, 'key 2'), get(map, 'one more'), map.size]).toEqual([6, -1, 5])
})

test.each([0, 1, 7, -1])('a load factor of %d leaves room for a key, and a free slot', (factor) => {
  const map = mapOf(3, factor)
  expect(put(map, 'a', 0)).toBe(true)
  put(map, 'b', 1)
  expect(put(map, 'c', 2)).toBe(false)
  expect([get(map, 'a'), get(map, 'c')]).toEqual([0, -1])
})

test('offset 0, offsets beyond 32 bits and an empty key are kept', () => {
  const map = mapOf(11)
  put(map, 'zero', 0)
  put(map, 'large', 2 ** 52 + 1)
  put(map, '', 2 ** 32 - 1)
  expect([get(map, 'zero'), get(map, 'large'), get(map, '')]).toEqual([0, 2 ** 52 + 1, 2 ** 32 - 1])
})

test('its memory is what the keys need, and never more than it may have', () => {
  const bytesFor = (keys: number): number => 4 * OffsetMap.wordsFor(keys, 0.9, 2 ** 27)
  expect(SLOT_BYTES).toBe(24)
  expect(bytesFor(10)).toBeLessThan(10_000)
  expect(bytesFor(10_000_000)).toBeLessThanOrEqual(2 ** 27)
  expect(OffsetMap.wordsFor(1, 0, -5)).toBe(18)
  for (const keys of [1, 2, 50, 1000, 30_000]) {
    const map = mapOf(OffsetMap.wordsFor(keys, 0.9, 2 ** 27) / 6)
    for (let at = 0; at < keys; at++) expect(put(map, `key ${at}`, at)).toBe(true)
  }
})

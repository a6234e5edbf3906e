import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { countingPayloads, randomPayloads, textPayloads } from './payloads.ts'
import { textValues } from './text-values.ts'

const random = seededRandom(3)
const textAt = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

test('random payloads are of one size, of capital letters, and differ', () => {
  const next = randomPayloads(100, random)
  const seen = new Set(Array.from({ length: 1000 }, (_, at) => textAt(next(at))))
  expect(seen.size).toBe(1000)
  for (const payload of seen) expect(payload).toMatch(/^[A-Z]{100}$/u)
})

test('payloads may be larger than the memory that most lie in', () => {
  expect(randomPayloads(5_000_000, random)(1)).toHaveLength(5_000_000)
})

test.each([0, -1, 1.5, Number.NaN, 1e9])('a size of %d is refused', (sizeBytes) => {
  expect(() => randomPayloads(sizeBytes, random)).toThrow('record-size: must be 1 to')
})

test('payloads of a text are its values, each some time', () => {
  const next = textPayloads(textValues('one|two||three|', '[|]'), random)
  const seen = new Set(Array.from({ length: 100 }, (_, at) => textAt(next(at))))
  expect([...seen].toSorted()).toEqual(['', 'one', 'three', 'two'])
})

test('a text without any is refused', () => {
  const none = textValues('\n', String.raw`\n`)
  expect(() => textPayloads(none, random)).toThrow('payload-file: there is nothing in it')
})

test('counting payloads tell their index', () => {
  expect([0, 1, 2].map((at) => textAt(countingPayloads()(at)))).toEqual(['0', '1', '2'])
})

import { describe, expect, test } from 'vitest'

import { compareRecords, missingRecords, repeatedOffsets } from './compare.ts'
import { base64, type InputRecord, type SeenRecord } from './record.ts'

const record = (key: string | null, value: string | null): InputRecord => ({
  key: key === null ? null : base64(key),
  value: value === null ? null : base64(value),
  headers: [['n', base64('1')]],
})

const at = (partition: number, offset: number, of: InputRecord): SeenRecord => ({
  topic: 't',
  partition,
  offset,
  ...of,
})

const a1 = record('a', '1')
const a2 = record('a', '2')
const b1 = record('b', '')
const none = record(null, 'x')

describe('compareRecords', () => {
  test('is content with every record once, in order within its partition', () => {
    const seen = [at(1, 0, none), at(0, 0, a1), at(1, 1, b1), at(0, 1, a2)]
    expect(compareRecords([a1, b1, a2, none], seen)).toEqual([])
  })

  test.each<[string, InputRecord[], SeenRecord[], RegExp]>([
    ['a lost record', [a1, b1], [at(0, 0, a1)], /1 records lost, first b/],
    [
      'two records swapped',
      [a1, a2],
      [at(0, 0, a2), at(0, 1, a1)],
      /record 0 of 2 should be a -> 1/,
    ],
    ['a key in two partitions', [a1, a2], [at(0, 0, a1), at(1, 0, a2)], /key a is in t \[0\] and/],
    ['a record twice', [a1], [at(0, 0, a1), at(0, 0, a1)], /t \[0\] @ 0 came twice/],
    ['null for an empty value', [b1], [at(0, 0, record('b', null))], /should be b -> {2}/],
    ['a header gone', [a1], [at(0, 0, { ...a1, headers: [] })], /is a -> 1 \{\}/],
    ['a keyless record changed', [none], [at(0, 0, record(null, 'y'))], /without a key/],
  ])('names %s', (_, sent, seen, problem) => {
    expect(compareRecords(sent, seen).join('\n')).toMatch(problem)
  })
})

test('over a rebalance a record may come twice, but none may be missing', () => {
  const seen = [at(0, 0, a1), at(0, 0, a1)]
  expect(missingRecords([a1, b1], seen)).toEqual([b1])
  expect(repeatedOffsets(seen)).toEqual(['t [0] @ 0 came twice'])
})

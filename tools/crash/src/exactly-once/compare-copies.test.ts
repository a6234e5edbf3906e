import { expect, test } from 'vitest'

import type { ReadRecord } from './committed-records.ts'
import { compareCopies, compareFed } from './compare-copies.ts'

const recordsOf = (text: string): ReadRecord[] =>
  text.split('').map((value, offset) => ({ offset, key: 'k', value }))

const kinds = (source: string, copy: string): string[] =>
  compareCopies('t-0', recordsOf(source), recordsOf(copy)).map(({ kind }) => kind)

test('a copy has each record once, in order', () => {
  expect(kinds('abc', 'abc')).toEqual([])
  expect(kinds('abc', 'ab')).toEqual(['lost'])
  expect(kinds('abc', 'abbc')).toEqual(['twice'])
  expect(kinds('abc', 'acb')).toEqual(['moved'])
  expect(kinds('abc', 'abcd')).toEqual(['never sent'])
})

test('what a feeder had acknowledged is there, once', () => {
  const found = (acked: string, source: string): string[] =>
    compareFed('t-0', acked, recordsOf(source)).map(({ kind }) => kind)
  expect(found('ab', 'abc')).toEqual([])
  expect(found('abd', 'abc')).toEqual(['lost'])
  expect(found('ab', 'abb')).toEqual(['twice'])
})

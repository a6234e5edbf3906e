import { stripVTControlCharacters } from 'node:util'

import { expect, test } from 'vitest'

import { liveLine, wipeLine } from './live-line.ts'

const half = {
  ...{ records: 500_000, ofRecords: 1_000_000, recordsPerSecond: 123_456.7 },
  ...{ bytesPerSecond: 126_419_661, p50Ms: 0.456, p99Ms: 12.345 },
}

test('it says how far it is, how fast, how soon, and how long it takes still', () => {
  expect(stripVTControlCharacters(liveLine(half, 120))).toBe(
    '\r████████████░░░░░░░░░░░░  50 %  123,457 records/s  120.6 MB/s  ' +
      'p50 0.46 ms  p99 12.35 ms  5 s left',
  )
})

test('nothing is said of what is not known', () => {
  const begun = { records: 0, ofRecords: 10, recordsPerSecond: 0, bytesPerSecond: 0 }
  expect(stripVTControlCharacters(liveLine(begun, 120))).toBe(
    '\r░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 records/s  0.0 MB/s',
  )
})

test.each([
  [80, '████████░░░░░░░░░  50 %  123,457 records/s  p50 0.46 ms  p99 12.35 ms  5 s left'],
  [60, ' 50 %  123,457 records/s  p50 0.46 ms  p99 12.35 ms'],
  [40, ' 50 %  123,457 records/s  p99 12.35 ms'],
  [20, '123,457 records/s'],
  [10, ' 50 %'],
  [1, ''],
])('where there are %d columns it says what fits', (columns, line) => {
  expect(stripVTControlCharacters(liveLine(half, columns))).toBe(`\r${line}`)
})

test('no width cuts a number, or takes more than a line', () => {
  const known = / 50 %|123,457 records\/s|120\.6 MB\/s|p50 0\.46 ms|p99 12\.35 ms|5 s left/gu
  for (let columns = 0; columns <= 140; columns++) {
    const line = stripVTControlCharacters(liveLine(half, columns)).slice(1)
    expect(line.replaceAll(known, '')).toMatch(/^[█░]* *$/u)
    expect(line.length).toBeLessThanOrEqual(Math.max(0, columns - 1))
  }
})

test('it takes the place of the one before', () => {
  expect(liveLine(half, 40).startsWith(wipeLine())).toBe(true)
})

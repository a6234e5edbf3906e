import { expect, test } from 'vitest'

import { consumerTotalLine, consumerWindowLine, steadyLine } from './consumer-lines.ts'
import { dateFormatOf } from './date-format.ts'

const FORMAT = dateFormatOf('yyyy-MM-dd HH:mm:ss:SSS')
const atMs = new Date(2026, 2, 5, 7, 8, 9, 10).getTime()
const begin = { records: 0, bytes: 0, atMs, joiningMs: 0 }
const middle = { records: 100, bytes: 1024 * 1024, atMs: atMs + 500, joiningMs: 250 }
const end = { records: 300, bytes: 3 * 1024 * 1024, atMs: atMs + 1000, joiningMs: 250 }

test('a total', () => {
  expect(consumerTotalLine(begin, end, FORMAT)).toBe(
    '2026-03-05 07:08:09:010, 2026-03-05 07:08:10:010, 3.0000, 3.0000, 300, 300.0000, ' +
      '250, 750, 4.0000, 400.0000\n',
  )
})

test('some time of a run: so much by now, so fast in it', () => {
  expect(consumerWindowLine(middle, end, dateFormatOf('HH:mm'))).toBe(
    '07:08, 0, 3.0000, 4.0000, 300, 400.0000, 0, 500, 4.0000, 400.0000\n',
  )
})

test('no time is no rate', () => {
  expect(consumerTotalLine(begin, begin, dateFormatOf('yy'))).toBe(
    '26, 26, 0.0000, 0.0000, 0, 0.0000, 0, 0, 0.0000, 0.0000\n',
  )
})

test('a steady state', () => {
  expect(steadyLine(middle, end)).toBe(
    '200 steady state records read in 0.500 s, 400.0 records/sec (4.00 MB/sec)\n',
  )
})

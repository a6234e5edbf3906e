import { expect, test } from 'vitest'

import { parseRate } from './schedule.ts'

test.each(['1000', '100,400', '100:300:900', '7.5'])('%s: each record has its time', (spec) => {
  const schedule = parseRate(spec, 2000)
  for (let index = 0; index < 5000; index++) {
    const dueMs = schedule?.dueMs(index) ?? Number.NaN
    expect(schedule?.dueBy(dueMs + 1e-6)).toBe(index + 1)
    expect(schedule?.dueBy(dueMs - 1e-3)).toBe(index)
  }
})

test('steps last as long as each other', () => {
  const schedule = parseRate('100:300:900', 1000)
  const due = [0, 1, 2, 3, 4, 5].map((s) => (schedule?.dueBy(s * 1000 + 1e-6) ?? 0) - 1)
  expect(due).toEqual([0, 100, 400, 1300, 1600, 1700])
})

test('-1 is no rate', () => {
  expect(parseRate('-1', 1000)).toBeUndefined()
})

test.each(['0', 'x', '', '5,-1', '1:2', '3:2:1', '1:2,3', '1:2:3:4', 'Infinity'])(
  'a rate of "%s" is refused',
  (spec) => {
    expect(() => parseRate(spec, 1000)).toThrow('throughput: ')
  },
)

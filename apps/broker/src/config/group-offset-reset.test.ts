import { expect, test } from 'vitest'

import { parseGroupOffsetReset } from './group-offset-reset.ts'

const DAY_MS = 86_400_000

test.each(['earliest', 'latest'])('%s is itself', (text) => {
  expect(parseGroupOffsetReset(text)).toEqual({ kind: text })
})

// each as java.time.Duration and Kafka's ShareGroupAutoOffsetResetStrategy read it
test.each([
  ['P1D', DAY_MS],
  ['p1dt2h', DAY_MS + 7_200_000],
  ['P0D', 0],
  ['PT1.5S', 1500],
  ['PT1,5S', 1500],
  ['PT1.S', 1000],
  ['PT0.000000001S', 0],
  ['P1DT2H3M4.5S', DAY_MS + 7_384_500],
  ['P1DT-23H', 3_600_000],
  ['-P-1D', DAY_MS],
  ['+P1D', DAY_MS],
  ['PT2540400H10M', 9_145_440_600_000],
])('by_duration:%s is %d ms', (text, durationMs) => {
  const reset = parseGroupOffsetReset(`by_duration:${text}`)
  expect(reset).toEqual({ kind: 'by_duration', durationMs })
})

test.each([
  '',
  'none',
  'EARLIEST',
  'by_duration',
  'by_duration:',
  'by_duration:1h',
  'by_duration:P',
  'by_duration:PT',
  'by_duration:P1DT',
  'by_duration:P1Y',
  'by_duration:PT-1H',
  'by_duration:-PT1S',
  'by_duration:PT.5S',
  'by_duration:PT1.1234567891S',
  'by_duration: P1D',
  `by_duration:PT${'9'.repeat(19)}S`,
])('%j is refused', (text) => {
  expect(parseGroupOffsetReset(text)).toBeUndefined()
})

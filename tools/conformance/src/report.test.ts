import { expect, test } from 'vitest'

import { failures, summary, table } from './report.ts'
import type { Result } from './suite.ts'

const results: Result[] = [
  { client: 'kcat', scenario: 'codec', outcome: 'passed', milliseconds: 1240 },
  { client: 'kcat', scenario: 'restart', outcome: 'failed', milliseconds: 90, reason: 'lost one' },
  { client: 'sarama', scenario: 'codec', outcome: 'left out', milliseconds: 0, reason: 'no go' },
]

test('a table shows each client and scenario, and a dash where a client has no part', () => {
  expect(table(results).split('\n')).toEqual([
    'client  codec       restart',
    'kcat    pass 1.2 s  FAIL 0.1 s',
    'sarama  left out    -',
  ])
})

test('failures say why, and the last line counts every outcome', () => {
  expect(failures(results)).toBe('FAILED kcat restart: lost one')
  expect(summary(results)).toBe('conformance: 1 passed, 1 failed, 1 left out')
})

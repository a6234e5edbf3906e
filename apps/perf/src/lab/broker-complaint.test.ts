import { expect, test } from 'vitest'

import { brokerComplaint } from './broker-complaint.ts'

test('the last error is told, and nothing else', () => {
  const output = [
    'Pafka listening on 127.0.0.1:9092',
    '2026-11-23 21:36:39.914 error disk-full dir=/first',
    '2026-11-23 21:36:42.059 error disk-full topic=t code=ENOSPC cause="no space left"',
    '2026-11-23 21:36:44.063 info  disk-has-room dir=/first',
  ]
  const complaint = 'disk-full topic=t code=ENOSPC cause="no space left"'
  expect(brokerComplaint(output.join('\n'))).toBe(complaint)
  expect(brokerComplaint(output[0] ?? '')).toBe(undefined)
})

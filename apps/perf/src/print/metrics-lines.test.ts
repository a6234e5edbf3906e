import type { ClientMetrics } from '@pafka/client'
import { expect, test } from 'vitest'

import { metricsLines } from './metrics-lines.ts'

const METRICS: ClientMetrics = {
  brokers: {
    'host:9092': {
      ...{ requests: 7, errors: 0, sentBytes: 1, receivedBytes: 2 },
      latencyMs: { total: 12.3456, most: 3 },
    },
  },
  producer: {
    ...{ records: 5, batches: 1, bytes: 9, failedRecords: 0, retries: 0, queueMs: 1 },
    bufferedBytes: 0,
  },
  consumer: { records: 0, batches: 0, bytes: 0, commits: 0, rebalances: 0, lag: [] },
}

test('each number has a line, with the names that lead to it', () => {
  const [empty, head = '', ...lines] = metricsLines([METRICS, METRICS]).split('\n')
  expect(empty).toBe('')
  expect(head).toMatch(/^Metric Name +Value$/u)
  expect(lines).toContain('brokers:host:9092:latencyMs:total:{client=0} : 12.346')
  const values = lines.map((line) => line.split(/ +: /u))
  expect(values).toContainEqual(['producer:records:{client=1}', '5.000'])
  expect(lines.filter((line) => line.includes('{client=0}'))).toHaveLength(18)
})

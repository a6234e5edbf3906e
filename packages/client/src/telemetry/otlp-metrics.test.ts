import { expect, test } from 'vitest'

import { decodeOtlp } from '../../test/decode-otlp.ts'
import { encodeMetrics, type MetricPoint } from './otlp-metrics.ts'

const TIMES = { nowMs: 1_700_000_000_123, sinceMs: 1_600_000_000_000, isDelta: false }
const NOW = '1700000000123000000'
const SINCE = '1600000000000000000'

function attribute(key: string, text: string): object {
  return { key, value: { string_value: text } }
}

test('sums and gauges are OpenTelemetry', () => {
  const points: MetricPoint[] = [
    { name: 'a.total', kind: 'sum', value: 3 },
    { name: 'b.avg', kind: 'gauge', value: -0.5, attributes: [['node_id', '1']] },
    { name: 'b.avg', kind: 'gauge', value: 2e300, attributes: [['node_id', 'zwölf']] },
  ]
  expect(decodeOtlp(encodeMetrics(points, TIMES, [['client_rack', 'r1']]))).toEqual({
    resource_metrics: [
      {
        resource: { attributes: [attribute('client_rack', 'r1')] },
        scope_metrics: [
          {
            metrics: [
              {
                name: 'a.total',
                sum: {
                  data_points: [{ start_time_unix_nano: SINCE, time_unix_nano: NOW, as_double: 3 }],
                  aggregation_temporality: 'CUMULATIVE',
                  is_monotonic: true,
                },
              },
              {
                name: 'b.avg',
                gauge: {
                  data_points: [
                    {
                      time_unix_nano: NOW,
                      as_double: -0.5,
                      attributes: [attribute('node_id', '1')],
                    },
                    {
                      time_unix_nano: NOW,
                      as_double: 2e300,
                      attributes: [attribute('node_id', 'zwölf')],
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('deltas say that they are', () => {
  const bytes = encodeMetrics(
    [{ name: 'a', kind: 'sum', value: 1 }],
    { ...TIMES, isDelta: true },
    [],
  )
  expect(JSON.stringify(decodeOtlp(bytes))).toContain('"aggregation_temporality":"DELTA"')
})

test('lengths of more than one byte are right', () => {
  const long = 'x'.repeat(20_000)
  const points = Array.from({ length: 300 }, (_, at): MetricPoint => {
    return { name: `m${at}`, kind: 'gauge', value: at, attributes: [['topic', `${long}${at}`]] }
  })
  const text = JSON.stringify(decodeOtlp(encodeMetrics(points, TIMES, [])))
  expect(text.match(/"as_double":\d+/g)).toHaveLength(300)
  expect(text).toContain(`${long}299"`)
})

test('nothing is no bytes', () => {
  expect(encodeMetrics([], TIMES, [['client_rack', 'r1']])).toHaveLength(0)
})

import { Registry } from '@prometheus-io/client'
import { expect, test } from 'vitest'

import { MetricsRegistry } from './metrics-registry.ts'

const textOf = (metrics: MetricsRegistry): Promise<string> => metrics.text(new Registry())

test('gauges and counters are read when somebody asks, each time anew', async () => {
  const metrics = new MetricsRegistry()
  let value = 3
  metrics.gauge('pafka_some_bytes', 'How many.', () => value)
  metrics.counter('pafka_some_total', 'How often.', () => value * 2)
  expect(await textOf(metrics)).toBe(
    [
      '# HELP pafka_some_bytes How many.',
      '# TYPE pafka_some_bytes gauge',
      'pafka_some_bytes 3',
      '',
      '# HELP pafka_some_total How often.',
      '# TYPE pafka_some_total counter',
      'pafka_some_total 6',
      '',
    ].join('\n'),
  )
  value = 1
  expect(await textOf(metrics)).toMatch(/^pafka_some_bytes 1$[^]*^pafka_some_total 2$/m)
})

test('gauges with a label say what there is now, and no more', async () => {
  const metrics = new MetricsRegistry()
  let values: [string, number][] = [
    ['a', 1],
    ['b', 2],
  ]
  metrics.gauges('pafka_shares', 'Who has what.', 'name', () => values)
  expect(await textOf(metrics)).toContain('pafka_shares{name="a"} 1\npafka_shares{name="b"} 2\n')
  values = [['c', 3]]
  expect(await textOf(metrics)).toMatch(/gauge\npafka_shares\{name="c"\} 3\n$/)
})

test('a histogram is cumulative; a value on a bound counts below it', async () => {
  const metrics = new MetricsRegistry()
  const sizes = metrics.histogram('pafka_round_bytes', 'Sizes.', [10, 100])
  for (const size of [1, 10, 11, 100, 101]) sizes.observe(size)
  expect(await textOf(metrics)).toBe(
    [
      '# HELP pafka_round_bytes Sizes.',
      '# TYPE pafka_round_bytes histogram',
      'pafka_round_bytes_bucket{le="10"} 2',
      'pafka_round_bytes_bucket{le="100"} 4',
      'pafka_round_bytes_bucket{le="+Inf"} 5',
      'pafka_round_bytes_sum 223',
      'pafka_round_bytes_count 5',
      '',
    ].join('\n'),
  )
})

test('histograms of one family are told apart by their label', async () => {
  const metrics = new MetricsRegistry()
  const family = metrics.histograms('pafka_wait_seconds', 'Waits.', 'api')
  family.of('Fetch').observe(0.3)
  family.of('Fetch').observe(0.3)
  family.of('Produce').observe(0.001)
  const text = await textOf(metrics)
  expect(text).toContain('pafka_wait_seconds_bucket{api="Fetch",le="0.25"} 0\n')
  expect(text).toContain('pafka_wait_seconds_bucket{api="Fetch",le="0.5"} 2\n')
  expect(text).toContain('pafka_wait_seconds_sum{api="Fetch"} 0.6\n')
  expect(text).toContain('pafka_wait_seconds_count{api="Produce"} 1\n')
})

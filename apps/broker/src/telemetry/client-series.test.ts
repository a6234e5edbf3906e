import { expect, test } from 'vitest'

import { type WrittenMetric, writtenMetrics } from '../../test/otlp-writer.ts'
import { ClientSeries } from './client-series.ts'
import { decodeMetrics } from './otlp-metrics.ts'

const PREFIX = 'org.apache.kafka.'
const owner = {
  instanceId: 'id1',
  clientId: 'c1',
  about: [['client_software_name', 'java']],
} as const
const other = { ...owner, instanceId: 'id2', clientId: 'c2' }

function taken(
  series: ClientSeries,
  metrics: readonly WrittenMetric[],
  { from = owner, expiresMs = 10 }: { from?: typeof owner | typeof other; expiresMs?: number } = {},
): void {
  series.take(from, decodeMetrics(writtenMetrics(metrics)), expiresMs)
}

function gauge(name: string, value: number): WrittenMetric {
  return { name: `${PREFIX}${name}`, points: [{ value }] }
}

function sum(name: string, type: 'delta' | 'cumulative', value: number): WrittenMetric {
  return { name: `${PREFIX}${name}`, type, points: [{ value }] }
}

/** Those of the metrics themselves, without who pushed them. */
function shown(series: ClientSeries): string[] {
  return series
    .text()
    .split('\n')
    .filter((line) => line !== '' && !line.includes('pafka_client_info'))
}

test('a push is shown in the format of Prometheus, each metric in one piece', () => {
  const series = new ClientSeries(100)
  const lag = { name: `${PREFIX}lag-max`, points: [{ value: 3, attributes: { 'node.id': 'n' } }] }
  taken(series, [gauge('a', 1), lag])
  taken(series, [gauge('a', 2)], { from: other })
  expect(series.text().split('\n')).toEqual([
    '# TYPE pafka_client_info gauge',
    'pafka_client_info{client_instance_id="id1",client_id="c1",client_software_name="java"} 1',
    'pafka_client_info{client_instance_id="id2",client_id="c2",client_software_name="java"} 1',
    '# TYPE org_apache_kafka_a gauge',
    'org_apache_kafka_a{client_instance_id="id1",client_id="c1"} 1',
    'org_apache_kafka_a{client_instance_id="id2",client_id="c2"} 2',
    '# TYPE org_apache_kafka_lag_max gauge',
    'org_apache_kafka_lag_max{client_instance_id="id1",client_id="c1",node_id="n"} 3',
    '',
  ])
})

test('deltas add up, wholes replace, gauges too', () => {
  const series = new ClientSeries(100)
  for (const value of [5, 7]) {
    taken(series, [
      sum('d', 'delta', value),
      sum('c.total', 'cumulative', value),
      gauge('g', value),
    ])
  }
  expect(shown(series)).toEqual([
    '# TYPE org_apache_kafka_d_total counter',
    'org_apache_kafka_d_total{client_instance_id="id1",client_id="c1"} 12',
    '# TYPE org_apache_kafka_c_total counter',
    'org_apache_kafka_c_total{client_instance_id="id1",client_id="c1"} 7',
    '# TYPE org_apache_kafka_g gauge',
    'org_apache_kafka_g{client_instance_id="id1",client_id="c1"} 7',
  ])
})

test('a client cannot pass for another, nor its metrics for those of the broker', () => {
  const series = new ClientSeries(100)
  const attributes = {
    client_id: 'c2',
    client_instance_id: 'id2',
    __name__: 'x',
    'a-b': '1',
    a_b: '2',
  }
  const labels = '{client_instance_id="id1",client_id="c1",label___name__="x",a_b="1"} 1'
  taken(series, [{ name: 'pafka_connections', points: [{ value: 1, attributes }] }])
  expect(shown(series)).toEqual([
    '# TYPE client_pafka_connections gauge',
    `client_pafka_connections${labels}`,
  ])
})

test('no text of a client breaks out of its label, and no number out of its format', () => {
  const series = new ClientSeries(100)
  const clientId = 'a"} 1\nb\\'
  const wild = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-300]
  const metrics = wild.map((value, at) => gauge(`x${at}`, value))
  series.take({ ...owner, clientId }, decodeMetrics(writtenMetrics(metrics)), 10)
  const labels = '{client_instance_id="id1",client_id="a\\"} 1\\nb\\\\"}'
  expect(shown(series).filter((line) => !line.startsWith('#'))).toEqual(
    ['NaN', '+Inf', '-Inf', '1e-300'].map(
      (value, at) => `org_apache_kafka_x${at}${labels} ${value}`,
    ),
  )
})

test('what is not pushed again goes, and makes room', () => {
  const series = new ClientSeries(3)
  taken(series, [gauge('a', 1), gauge('b', 1)], { expiresMs: 10 })
  taken(series, [gauge('a', 2)], { expiresMs: 20 })
  series.expire(9)
  expect(series.count).toBe(3)
  series.expire(10)
  expect(shown(series).filter((line) => line.startsWith('#'))).toEqual([
    '# TYPE org_apache_kafka_a gauge',
  ])
  series.expire(20)
  expect([series.count, series.text()]).toEqual([0, ''])
})

test('beyond the bound points are dropped and counted, and what is there goes on', () => {
  const series = new ClientSeries(2)
  taken(series, [gauge('a', 1), gauge('b', 1)])
  taken(series, [gauge('a', 9)], { from: other })
  expect([series.count, series.droppedPoints]).toEqual([2, 2])
  taken(series, [gauge('a', 2)])
  expect(shown(series)[1]).toBe('org_apache_kafka_a{client_instance_id="id1",client_id="c1"} 2')
  const none = new ClientSeries(0)
  taken(none, [gauge('a', 1)])
  expect([none.text(), none.droppedPoints]).toEqual(['', 1])
})

test('a metric has the kind that came first, while anybody pushes it', () => {
  const series = new ClientSeries(100)
  taken(series, [gauge('x.total', 1)])
  taken(series, [sum('x', 'cumulative', 1)], { from: other })
  taken(series, [sum('x', 'cumulative', 5)])
  expect(series.droppedPoints).toBe(2)
  series.expire(10)
  taken(series, [sum('x', 'cumulative', 1)], { expiresMs: 30 })
  expect(shown(series)[0]).toBe('# TYPE org_apache_kafka_x_total counter')
})

test('no client has labels that take much memory', () => {
  const series = new ClientSeries(100)
  const long = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`a${at}`, 'x'.repeat(200)]))
  const metrics = [{ name: 'm', points: [{ value: 1, attributes: long }, { value: 2 }] }]
  series.take(owner, decodeMetrics(writtenMetrics(metrics, long)), 10)
  expect([series.droppedPoints, series.text().length < 500]).toEqual([1, true])
  expect(series.text()).toContain('client_software_name="java"} 1')
})

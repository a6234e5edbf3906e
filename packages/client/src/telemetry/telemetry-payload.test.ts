import { Compression, decompress } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { encodeMetrics, type MetricPoint } from './otlp-metrics.ts'
import { telemetryPayload } from './telemetry-payload.ts'

const times = { nowMs: 2, sinceMs: 1, isDelta: false }
const UNKNOWN = 9

function some(count: number): MetricPoint[] {
  return Array.from({ length: count }, (_, at) => ({ name: `m${at}`, kind: 'gauge', value: at }))
}

test.each([
  [[Compression.zstd, Compression.gzip], Compression.zstd],
  [[Compression.lz4, Compression.gzip], Compression.lz4],
  [[Compression.snappy], Compression.snappy],
  [[UNKNOWN, Compression.gzip], Compression.gzip],
  [[Compression.none, Compression.gzip], Compression.none],
  [[UNKNOWN], Compression.none],
  [[], Compression.none],
])('of the codecs %j the first that there is is taken', (codecs, codec) => {
  const points = some(10)
  const payload = telemetryPayload(points, { codecs, maxBytes: 10_000, times, resource: [] })
  expect(payload.codec).toBe(codec)
  const plain = decompress(payload.codec, payload.bytes, 10_000)
  expect(Buffer.from(plain)).toEqual(encodeMetrics(points, times, []))
})

test('what has no room is left out, from the end', () => {
  const points = some(1000)
  const codecs = [Compression.zstd]
  const payload = telemetryPayload(points, { codecs, maxBytes: 5000, times, resource: [] })
  expect(payload.points.length).toBeGreaterThan(50)
  expect(payload.points).toEqual(points.slice(0, payload.points.length))
  expect(decompress(payload.codec, payload.bytes, 5000).length).toBeLessThanOrEqual(5000)
})

test('where nothing has room nothing is pushed', () => {
  const terms = { codecs: [Compression.zstd], maxBytes: 10, times, resource: [] }
  const payload = telemetryPayload(some(3), terms)
  expect(payload).toMatchObject({ points: [], codec: Compression.none })
  expect(payload.bytes).toHaveLength(0)
})

test('no payload is without bounds, whatever a broker takes', () => {
  const long = 'x'.repeat(1000)
  const points = some(20_000).map((point) => ({ ...point, name: `${long}${point.name}` }))
  const terms = { codecs: [], maxBytes: 2 ** 31 - 1, times, resource: [] }
  const { bytes } = telemetryPayload(points, terms)
  expect(bytes.length).toBeLessThanOrEqual(2 ** 20)
  expect(bytes.length).toBeGreaterThan(2 ** 18)
})

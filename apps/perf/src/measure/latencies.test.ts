import { HOUR_MS } from '@pafka/base'
import { expect, test } from 'vitest'

import { Latencies } from './latencies.ts'

const close = (actual: number, expected: number): void =>
  expect(Math.abs(actual - expected) / expected).toBeLessThan(0.001)

test('percentiles are those of what was recorded, to three digits', () => {
  const latencies = new Latencies()
  for (let ms = 1; ms <= 1000; ms++) latencies.record(ms, 1)
  for (const percent of [1, 50, 95, 99, 99.9]) close(latencies.percentileMs(percent), percent * 10)
  close(latencies.meanMs, 500.5)
  close(latencies.maxMs, 1000)
  expect(latencies.count).toBe(1000)
})

test('no percentile is above what took longest, also when it was measured elsewhere', () => {
  const one = new Latencies()
  one.record(396.539, 3)
  const merged = new Latencies()
  merged.add(Latencies.decode(one.encode()))
  for (const latencies of [one, Latencies.decode(one.encode()), merged]) {
    for (const percent of [0, 50, 99.999, 100]) {
      expect(latencies.percentileMs(percent)).toBeLessThanOrEqual(latencies.maxMs)
    }
  }
  const { minMs, meanMs, maxMs } = one
  expect([minMs, meanMs, one.percentileMs(50), maxMs]).toEqual(Array(4).fill(396.539))
})

test('many that took as long are recorded at once', () => {
  const latencies = new Latencies()
  latencies.record(2, 99_999)
  latencies.record(70, 1)
  close(latencies.percentileMs(99.99), 2)
  close(latencies.percentileMs(99.9999), 70)
})

test('what was measured elsewhere is added up', () => {
  const [here, there] = [new Latencies(), new Latencies()]
  here.record(1, 10)
  there.record(100, 30)
  here.add(Latencies.decode(there.encode()))
  expect(here.count).toBe(40)
  close(here.percentileMs(20), 1)
  close(here.percentileMs(99), 100)
})

test('nothing is out of range', () => {
  const latencies = new Latencies()
  latencies.record(0, 1)
  latencies.record(30 * HOUR_MS, 1)
  close(latencies.minMs, 0.001)
  close(latencies.maxMs, HOUR_MS)
})

test('without any there is nothing to tell', () => {
  const latencies = new Latencies()
  const { count, meanMs, maxMs, minMs } = latencies
  expect({ count, meanMs, maxMs, minMs }).toEqual({ count: 0, meanMs: 0, maxMs: 0, minMs: 0 })
  expect(latencies.percentileMs(99)).toBe(0)
  latencies.record(5, 1)
  latencies.clear()
  expect(latencies.count).toBe(0)
})

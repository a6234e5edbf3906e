import { expect, test } from 'vitest'

import { Latencies } from '../measure/latencies.ts'
import { BenchFigures } from './bench-figures.ts'

function latenciesOf(ms: number, count: number): string {
  const latencies = new Latencies()
  latencies.record(ms, count)
  return latencies.encode()
}

test('clients add up to hosts, and hosts to all, with the percentiles of all records', () => {
  const bench = new BenchFigures('t', ['a', 'a', 'b'], 1000)
  const window = { bytes: 1000, failed: 1 }
  bench.window({ ...window, client: 0, records: 90, latencies: latenciesOf(1, 90) }, 0)
  bench.window({ ...window, client: 1, records: 9, latencies: latenciesOf(10, 9) }, 0)
  bench.window({ ...window, client: 2, records: 1, latencies: latenciesOf(100, 1) }, 0)
  for (const client of [0, 1, 2]) {
    expect(bench.haveAllEnded).toBe(false)
    const times = { beganMs: 2000 + client, endedMs: 3000 + 500 * client, joiningMs: 0 }
    bench.ended({ client, ...times, problem: undefined })
  }
  expect(bench.haveAllEnded).toBe(true)
  expect(bench.total).toMatchObject({ records: 100, bytes: 3000, failed: 3, elapsedMs: 2000 })
  expect(bench.total.latencies.percentileMs(50)).toBeCloseTo(1, 2)
  expect(bench.total.latencies.percentileMs(99)).toBeCloseTo(10, 1)
  expect(bench.total.latencies.maxMs).toBeCloseTo(100, 0)
  expect(bench.hosts).toMatchObject([
    { host: 'a', clients: 2, figures: { records: 99, elapsedMs: 1500 } },
    { host: 'b', clients: 1, figures: { records: 1, elapsedMs: 1998 } },
  ])
  expect(bench.clients[1]).toMatchObject({ topic: 't-1', figures: { elapsedMs: 1499 } })
  expect(bench.takeWindow(6000)).toMatchObject({ records: 100, elapsedMs: 5000 })
  expect(bench.takeWindow(7000)).toMatchObject({ records: 0, elapsedMs: 1000 })
})

test('a rate is that of what was told, however often it is asked for', () => {
  const bench = new BenchFigures('t', ['a', 'b'], 0)
  const window = { records: 500, bytes: 5000, failed: 0, latencies: undefined }
  const rates: number[] = []
  for (let atMs = 0; atMs <= 3000; atMs += 250) {
    // each tells of 1000 records/s every 500 ms, the second one a little later
    if (atMs > 0 && atMs % 500 === 0) bench.window({ ...window, client: 0 }, atMs)
    if (atMs % 500 === 250 && atMs > 250) bench.window({ ...window, client: 1 }, atMs - 200)
    if (atMs >= 1250) rates.push(bench.ratesAt(atMs).recordsPerSecond)
  }
  expect(rates).toEqual(rates.map(() => 2000))
  expect(bench.ratesAt(3000).bytesPerSecond).toBe(20_000)
})

test('reports that come together are one, and who tells no more is slower', () => {
  const bench = new BenchFigures('t', ['a', 'b'], 0)
  const window = { records: 500, bytes: 500, failed: 0, latencies: undefined, client: 0 }
  bench.window(window, 500)
  bench.window(window, 1000)
  bench.window({ ...window, records: 10 }, 1010)
  expect(bench.ratesAt(1010).recordsPerSecond).toBe(1000)
  expect(bench.ratesAt(1010 + 5100).recordsPerSecond).toBe(100)
  const times = { beganMs: 0, endedMs: 1010, joiningMs: 0 }
  bench.ended({ client: 0, ...times, problem: undefined })
  expect(bench.ratesAt(1010).recordsPerSecond).toBe(0)
})

test('who is lost keeps what it told, and the time that it took', () => {
  const bench = new BenchFigures('t', ['a', 'b', 'c'], 0)
  const window = { records: 500, bytes: 5, failed: 0, latencies: undefined }
  bench.window({ ...window, client: 1, beganMs: 1000, atMs: 1500 }, 1600)
  bench.window({ ...window, client: 1, beganMs: 1000, atMs: 2000 }, 2600)
  const times = { beganMs: 1000, endedMs: 3000, joiningMs: 0, problem: undefined }
  bench.ended({ client: 0, ...times })
  bench.lost({ host: 'a', problem: 'gone' })
  expect(bench.haveAllEnded).toBe(false)
  bench.lost({ host: 'b', problem: 'gone' })
  bench.lost({ problem: 'it did not stop' })
  expect(bench.haveAllEnded).toBe(true)
  const [first, second, third] = bench.clients
  expect(first).toMatchObject({ problem: undefined, figures: { elapsedMs: 2000 } })
  expect(second).toMatchObject({ problem: 'gone', figures: { records: 1000, elapsedMs: 1000 } })
  // nothing was ever heard of it
  const none = { records: 0, elapsedMs: 0 }
  expect(third).toMatchObject({ problem: 'it did not stop', figures: none })
  expect(bench.hosts.map(({ lost }) => lost)).toEqual([undefined, 'gone', 'it did not stop'])
  // who is lost in the end does not make the others slower
  expect(bench.total).toMatchObject({ records: 1000, elapsedMs: 2000 })
})

test('a window that does not say when it was is of when it came', () => {
  const bench = new BenchFigures('t', ['a'], 0)
  const window = { client: 0, records: 5, bytes: 5, failed: 0, latencies: undefined }
  bench.window({ ...window, beganMs: 100 }, 350)
  bench.lost({ problem: 'gone' })
  expect(bench.total).toMatchObject({ records: 5, elapsedMs: 250 })
})

test('nonsense is refused', () => {
  const bench = new BenchFigures('t', ['a'], 0)
  const window = { records: 5, bytes: 5, failed: 0 }
  const unknown = { ...window, client: 1, latencies: undefined }
  expect(() => bench.window(unknown, 0)).toThrow('there is no client 1')
  const times = { beganMs: 1, endedMs: 2, joiningMs: 0, problem: undefined }
  expect(() => bench.ended({ client: -1, ...times })).toThrow('there is no client -1')
  const mad = { ...window, client: 0, latencies: 'AAAA' }
  expect(() => bench.window(mad, 0)).toThrow(/./u)
})

import { expect, test } from 'vitest'

import { Latencies } from '../measure/latencies.ts'
import { benchCsv } from './bench-csv.ts'
import { BenchFigures } from './bench-figures.ts'

test('each client, each host and all have a row', () => {
  const bench = new BenchFigures('t', ['a', 'b'], 0)
  const latencies = new Latencies()
  latencies.record(2, 1000)
  const window = { records: 1000, bytes: 2 ** 20, failed: 0 }
  bench.window({ ...window, client: 0, latencies: latencies.encode() }, 0)
  const times = { beganMs: 0, endedMs: 2000, joiningMs: 7 }
  bench.ended({ client: 0, ...times, problem: undefined })
  bench.ended({ client: 1, ...times, problem: 'it said "no", and\nwent' })
  const csv = benchCsv(bench)
  expect(csv.endsWith('\n')).toBe(true)
  const [head = '', ...rows] = csv.replace('and\nwent', 'and went').trimEnd().split('\n')
  expect(head.split(',')).toHaveLength(20)
  const timed = '1000,0,2.000,500.0,0.500,2.000,2.000,2.000,2.000,2.000,2.000,2.000,2.000,2.000'
  expect(rows).toEqual([
    `client,a,0,t-0,${timed},7,`,
    'client,b,1,t-1,0,0,2.000,0.0,0.000,,,,,,,,,,7,"it said ""no"", and went"',
    `host,a,,,${timed},,`,
    'host,b,,,0,0,2.000,0.0,0.000,,,,,,,,,,,',
    `all,,,,${timed},,`,
  ])
})

test('a host that was lost is marked', () => {
  const bench = new BenchFigures('t', ['a'], 0)
  const window = { client: 0, records: 500, bytes: 500, failed: 0, latencies: undefined }
  bench.window({ ...window, beganMs: 1000, atMs: 2000 }, 0)
  bench.lost({ host: 'a', problem: 'it ended' })
  expect(benchCsv(bench).split('\n').slice(1, 3)).toEqual([
    'client,a,0,t-0,500,0,1.000,500.0,0.000,,,,,,,,,,0,it ended',
    'host,a,,,500,0,1.000,500.0,0.000,,,,,,,,,,,lost: it ended',
  ])
})

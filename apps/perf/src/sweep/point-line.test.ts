import { expect, test } from 'vitest'

import { Latencies } from '../measure/latencies.ts'
import { pointLine } from './point-line.ts'
import type { PointFigures } from './point-run.ts'

function lineOf(acked: Latencies, failed: number): string {
  const figures: PointFigures = {
    ...{ records: acked.count, bytes: 0, failed, elapsedMs: 1000, latencies: acked },
    ...{ read: undefined, busyShare: 0.1, problem: undefined },
  }
  const point = { contestant: 'a', workload: 'w', round: 1, offeredPerSecond: 5, acked: '' }
  return pointLine({ ...point, ...figures, read: undefined }, figures)
}

test('without any ack there is no time until one', () => {
  expect(lineOf(new Latencies(), 5).split(/\s+/)).toEqual([
    ...['a', '5', '0', '0.0', '-', '-', '-', '-', '5', 'failed', ''],
  ])
  const some = new Latencies()
  some.record(2, 3)
  expect(lineOf(some, 0).split(/\s+/)).toEqual([
    ...['a', '5', '3', '0.0', '2.00', '2.00', '2.00', '2.00', ''],
  ])
})

import { expect, test } from 'vitest'

import { Latencies } from '../measure/latencies.ts'
import type { PointFigures } from '../sweep/point-run.ts'
import type { LabFigures, LabLoad } from './lab-stage.ts'
import { labTable } from './lab-table.ts'

const LOAD: LabLoad = {
  ...{ burstRecords: 1000, burstMs: 1000, ratePerSecond: 100, rateMs: 1000, recordBytes: 1024 },
  ...{ partitions: 1, seed: 1 },
}

function figures(mbPerSecond: number, ms: number): PointFigures {
  const latencies = new Latencies()
  if (ms > 0) latencies.record(ms, 100)
  const bytes = mbPerSecond * 1e6
  const none = { read: undefined, problem: undefined, failed: 0, busyShare: 0 }
  return { ...none, records: 100, bytes, elapsedMs: 1000, latencies }
}

function contestant(name: string, mbPerSecond: number, ms: number): LabFigures {
  const described = { name, facts: [], address: '', software: '', durability: [] }
  const one = figures(mbPerSecond, ms)
  const read = { records: 100, bytes: one.bytes, elapsedMs: 1000, problem: undefined }
  return { contestant: described, burst: one, steady: one, read }
}

test('ratios say how many times better the last is, whichever way is better', () => {
  const all = [
    contestant('kafka', 100, 20),
    contestant('plain', 10, 40),
    contestant('tiered', 500, 2),
  ]
  expect(labTable(all, LOAD).split('\n')).toEqual([
    '                        kafka  plain  tiered  tiered : kafka  tiered : plain',
    'burst, MB/s               100   10.0     500          5.00 x          50.0 x',
    'burst, p99 ms            20.0   40.0    2.00          10.0 x          20.0 x',
    '100 records/s: reached    100    100     100          1.00 x          1.00 x',
    '100 records/s: p50 ms    20.0   40.0    2.00          10.0 x          20.0 x',
    '100 records/s: p99 ms    20.0   40.0    2.00          10.0 x          20.0 x',
    'read back, MB/s           100   10.0     500          5.00 x          50.0 x',
    '',
  ])
})

test('where there is nothing to compare with, there is no ratio', () => {
  const table = labTable([contestant('plain', 0, 0), contestant('tiered', 1, 0)], LOAD)
  expect(table).toMatch(/^burst, MB\/s +0\.00 +1\.00 +-$/mu)
  expect(labTable([], LOAD)).toBe('')
})

test('what failed has no figure and no ratio, and is told below', () => {
  const failed = { ...figures(1, 0), failed: 7, problem: 'the disk is full' }
  const plain = { ...contestant('plain', 10, 40), burst: failed, read: undefined }
  const table = labTable([plain, contestant('tiered', 500, 2)], LOAD)
  expect(table.split('\n').slice(1)).toEqual([
    'burst, MB/s             failed     500               -',
    'burst, p99 ms           failed    2.00               -',
    '100 records/s: reached     100     100          1.00 x',
    '100 records/s: p50 ms     40.0    2.00          20.0 x',
    '100 records/s: p99 ms     40.0    2.00          20.0 x',
    'read back, MB/s         failed     500               -',
    '',
    'plain, burst: 7 records FAILED, 100 were acknowledged: the disk is full',
    'plain, read back: not measured, as the burst failed',
    '',
  ])
})

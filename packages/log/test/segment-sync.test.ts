import { diskError, type DiskOperation, SimulatedDisk } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import type { LogSegment } from '../src/segment/log-segment.ts'
import { segmentAt } from './test-segment.ts'

let disk: SimulatedDisk
let segment: LogSegment

beforeEach(() => {
  disk = SimulatedDisk.create()
  disk.makeFolder('/log')
  segment = segmentAt(0, disk)
  segment.file().writeNow([Buffer.from('bytes')], 0)
})

function failOn(wanted?: DiskOperation): void {
  disk.fault = (operation, path) => (operation === wanted ? diskError('EIO', path) : undefined)
}

test('no sync of a segment is believed after one that failed', async () => {
  failOn()
  await segment.syncLog()
  failOn('sync')
  await expect(segment.syncLog()).rejects.toThrow('EIO')
  failOn()
  // the kernel says that all is well: it holds pages for clean whose write failed
  await expect(segment.syncLog()).rejects.toThrow('EIO')
  await expect(segment.sync()).rejects.toThrow('EIO')
  segment.unload()
  await expect(segment.syncLog()).rejects.toThrow('EIO')
  expect(segment.uses).toBe(0)
})

test('one that did not fail says nothing about those before it', async () => {
  failOn('sync')
  await Promise.allSettled([segment.syncLog(), segment.syncLog()])
  failOn()
  await expect(segment.syncLog()).rejects.toThrow('EIO')
  const other = segmentAt(7, disk)
  other.file().writeNow([Buffer.from('bytes')], 0)
  await other.syncLog() // what befell one file is not the other's
  expect(other.uses).toBe(0)
})

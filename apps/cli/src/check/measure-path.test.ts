import { diskError, type DiskOperation, SimulatedDisk } from '@pafka/log'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import { type Measured, measurePath } from './measure-path.ts'
import { TestFile } from './test-file.ts'

const MIB = 1 << 20
const NAME = '.pafka-check'

let disk: SimulatedDisk
let operations: Partial<Record<DiskOperation, number>>

beforeEach(() => {
  disk = SimulatedDisk.create()
  disk.makeFolder('/data')
  operations = {}
  disk.fault = (operation) => {
    operations[operation] = (operations[operation] ?? 0) + 1
    return undefined
  }
})

async function measure(fileBytes = 2 * MIB, seconds = 3600): Promise<Measured> {
  const file = await TestFile.create(disk, '/data', NAME)
  try {
    return await measurePath(file, { seconds, fileBytes, now: ticks() })
  } finally {
    await file.close()
  }
}

/** A clock that goes on by a millisecond at each look. */
function ticks(): () => number {
  let ms = 0
  return () => ms++
}

describe.each([
  ['direct', 'direct', 'direct'],
  ['buffered', 'buffered', 'synced'],
  ['memory', 'memory', 'memory'],
  ['persistent memory', 'direct', 'mapped'],
] as const)('on %s', (medium, io, way) => {
  beforeEach(() => {
    disk.hasDirectIo = medium !== 'buffered'
    disk.isPersistentMemory = medium === 'persistent memory'
    if (medium === 'memory') disk.foldersInMemory = ['/data']
  })

  test('all three are measured, in the way the broker does it', async () => {
    const { write, durableWrites, read, ...rest } = await measure()
    expect(rest).toEqual({ io, isReadFromCache: io !== 'direct' })
    expect([write.bytes, read.bytes]).toEqual([2 * MIB, 2 * MIB])
    expect(write.bytesPerSecond).toBeCloseTo(write.bytes / write.seconds)
    expect(durableWrites).toEqual({ way, count: 2000, p50Ms: 1, p99Ms: 1, maxMs: 1 })
    const syncs = operations.sync ?? 0
    expect(syncs).toBe(way === 'synced' || way === 'memory' ? 2001 : 1)
    // a copy and a fence each, and once what is touched before
    const stores = 2 * 2000 + 1
    expect(operations.store ?? 0).toBe(way === 'mapped' ? stores : 0)
  })

  test('nothing is left there, nor is it seen while it is measured', async () => {
    const file = await TestFile.create(disk, '/data', NAME)
    expect(disk.list('/data')).toEqual([])
    await measurePath(file, { seconds: 0.01, fileBytes: MIB })
    await file.close()
    expect(disk.list('/data')).toEqual([])
  })

  test.each(['write', 'read', 'sync'] as const)('a %s that fails ends it', async (wanted) => {
    const file = await TestFile.create(disk, '/data', NAME)
    disk.fault = (operation, path) => (operation === wanted ? diskError('EIO', path) : undefined)
    const end = measurePath(file, { seconds: 1, fileBytes: 32 * MIB })
    await expect(end).rejects.toThrow('EIO')
    await file.close()
    disk.fault = () => undefined
    expect(disk.list('/data')).toEqual([])
  })
})

test('each ends when its time is over, and does something in any case', async () => {
  const { write, durableWrites, read } = await measure(64 * MIB, 0.004)
  expect(write.bytes).toBeLessThan(64 * MIB)
  expect(read.bytes).toBeLessThanOrEqual(write.bytes)
  expect(read.bytes).toBeGreaterThan(0)
  expect(durableWrites.count).toBe(2)
  expect((await measure(MIB, 0)).durableWrites.count).toBe(1)
})

test('through the page cache no more than 64 MiB wait for a sync', async () => {
  disk.hasDirectIo = false
  const { durableWrites } = await measure(144 * MIB, 1)
  expect(operations.sync).toBe(2 + 1 + durableWrites.count)
})

test('a disk that takes the flag and refuses the write is measured without it', async () => {
  let writes = 0
  disk.fault = (operation, path) =>
    operation === 'write' && writes++ === 0 ? diskError('EINVAL', path) : undefined
  expect((await measure()).io).toBe('buffered')
})

test.each(['open', 'write'] as const)('a failed %s of the file leaves nothing', async (wanted) => {
  let left = wanted === 'open' ? 1 : 0
  disk.fault = (operation, path) =>
    operation === wanted && left-- <= 0 ? diskError('EACCES', path) : undefined
  await expect(TestFile.create(disk, '/data', NAME)).rejects.toThrow('EACCES')
  disk.fault = () => undefined
  expect(disk.list('/data')).toEqual([])
})

test('where an open file cannot be removed, it is when it is closed', async () => {
  disk.fault = (operation, path) => (operation === 'remove' ? diskError('EBUSY', path) : undefined)
  const file = await TestFile.create(disk, '/data', NAME)
  expect(disk.list('/data')).toEqual([NAME])
  disk.fault = () => undefined
  await file.close()
  expect(disk.list('/data')).toEqual([])
})

test('a read that gives less than was written ends it', async () => {
  const file = await TestFile.create(disk, '/data', NAME)
  const { plain } = file
  vi.spyOn(plain, 'read').mockImplementation((into, _, done) => done(null, into.length - 1))
  const end = measurePath(file, { seconds: 1, fileBytes: MIB })
  await expect(end).rejects.toThrow('EIO: less was read than was written')
  await file.close()
})

import { KIB, MIB, seededRandom } from '@pafka/base'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import { segmentAt } from '../../test/test-segment.ts'
import type { OpenFile } from '../files/file-system.ts'
import { diskError, type DiskOperation, SimulatedDisk } from '../files/simulated-disk.ts'
import { alignedMemory } from '../memory/aligned-memory.ts'
import { MemoryBlock } from '../memory/tail-memory.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { SegmentStore } from './segment-store.ts'

const BLOCK = 4096
const DIRECT_FROM = 32 * KIB
const SEEDS = Array.from({ length: 30 }, (_, at) => at + 1)

let disk: SimulatedDisk
let store: SegmentStore
let segment: LogSegment
let random = seededRandom(1)
let all = Buffer.of()

beforeEach(() => {
  disk = SimulatedDisk.create()
  disk.makeFolder('/log')
  store = new SegmentStore(disk)
  segment = segmentAt(0, disk)
  random = seededRandom(1)
  all = Buffer.of()
})

/** Bytes that are appended, and that memory has. @returns the block that they are in. */
function append(bytes: number): MemoryBlock {
  const block = new MemoryBlock(alignedMemory(bytes))
  block.memory.set(random.bytes(Math.min(bytes, 1000)))
  block.memory.fill(random.below(256), 1000)
  segment.remember(all.length, bytes, block, 0)
  all = Buffer.concat([all, block.memory])
  segment.sizeBytes = all.length
  return block
}

function write(toBytes: number, isWhole: boolean, to = segment): Promise<Error | null> {
  return new Promise((resolve) => {
    let isDone = false
    store.write(to, toBytes, isWhole ? toBytes : 0, (error) => {
      if (isDone) throw new Error('told twice')
      isDone = true
      resolve(error)
    })
  })
}

function contents(of = segment): Buffer {
  return Buffer.from(disk.readFile(of.path) ?? [])
}

/** The file has what memory has, as far as the segment says. */
function expectStored(bytes: number): void {
  expect(segment.storedBytes).toBe(bytes)
  expect(contents().length).toBe(bytes)
  expect(contents().equals(all.subarray(0, bytes))).toBe(true)
  expect(segment.uses).toBe(0)
}

/** Handles of direct I/O, and how they were used. */
function watchDirect(): { opened: number; closed: number; writes: number } {
  const seen = { opened: 0, closed: 0, writes: 0 }
  const openDirect = disk.openDirect.bind(disk)
  vi.spyOn(disk, 'openDirect').mockImplementation((...asked) => {
    const file: OpenFile | undefined = openDirect(...asked)
    if (file === undefined) return undefined
    seen.opened += 1
    vi.spyOn(file, 'close').mockImplementation(() => void (seen.closed += 1))
    const writeTo = file.write.bind(file)
    vi.spyOn(file, 'write').mockImplementation((...parts) => {
      seen.writes += 1
      writeTo(...parts)
    })
    return file
  })
  return seen
}

function failOn(wanted: DiskOperation, code: string, from = 0): void {
  let left = from
  disk.fault = (operation, path) =>
    operation === wanted && left-- <= 0 ? diskError(code, path) : undefined
}

describe('which way', () => {
  test('few bytes go through the page cache, all of them', async () => {
    const direct = watchDirect()
    append(DIRECT_FROM - 1)
    expect(await write(DIRECT_FROM - 1, false)).toBeNull()
    expectStored(DIRECT_FROM - 1)
    expect(direct.opened).toBe(0)
  })

  test('more go around it, by whole blocks; the rest stays in memory', async () => {
    const direct = watchDirect()
    append(DIRECT_FROM)
    append(BLOCK + 5)
    expect(await write(DIRECT_FROM + BLOCK + 5, false)).toBeNull()
    expectStored(DIRECT_FROM + BLOCK)
    expect(direct).toEqual({ opened: 1, closed: 1, writes: 1 })
    expect(await write(all.length, false)).toBeNull() // five bytes are few
    expectStored(all.length)
    expect(direct.opened).toBe(1)
  })

  test('all of it when it is wanted', async () => {
    const direct = watchDirect()
    append(100_001)
    expect(await write(100_001, true)).toBeNull()
    expectStored(100_001)
    expect(direct).toEqual({ opened: 1, closed: 1, writes: 1 })
  })

  test('up to where was asked, not to the end', async () => {
    append(100_000)
    append(100_000)
    expect(await write(70_000, true)).toBeNull()
    expectStored(70_000)
    expect(await write(70_100, false)).toBeNull()
    expectStored(70_100)
  })

  test('without direct I/O all go through the page cache; it is asked for once', async () => {
    disk.hasDirectIo = false
    const asked = vi.spyOn(disk, 'openDirect')
    append(3 * DIRECT_FROM + 1)
    expect(await write(2 * DIRECT_FROM, false)).toBeNull()
    expectStored(2 * DIRECT_FROM)
    expect(await write(all.length, false)).toBeNull()
    expectStored(all.length)
    append(DIRECT_FROM)
    expect(await write(all.length, true)).toBeNull()
    expectStored(all.length)
    expect(asked).toHaveBeenCalledTimes(1)
  })

  test('nothing to write is no write', async () => {
    append(10)
    expect(await write(10, true)).toBeNull()
    const writes = vi.fn<() => undefined>()
    disk.fault = (operation) => (operation === 'write' ? writes() : undefined)
    expect(await write(10, true)).toBeNull()
    expect(writes).not.toHaveBeenCalled()
    expectStored(10)
  })
})

describe('the block that the file has only the beginning of', () => {
  test('is written anew, whole, from what the file and memory have', async () => {
    const first = append(5000)
    expect(await write(5000, true)).toBeNull()
    const direct = watchDirect()
    append(60_000)
    segment.tailViews(0, 1) // still in memory
    expect(await write(all.length, false)).toBeNull()
    expectStored(Math.floor(all.length / BLOCK) * BLOCK)
    expect(direct.writes).toBe(1)
    expect(first.memory.length).toBe(5000)
  })

  test('also when its beginning is in the file alone', async () => {
    const first = append(5000)
    expect(await write(5000, true)).toBeNull()
    for (const user of first.users) user.forget(first)
    first.memory.fill(0) // used anew
    expect(segment.tailFromBytes).toBe(Number.POSITIVE_INFINITY)
    append(60_000)
    expect(await write(all.length, true)).toBeNull()
    expectStored(all.length)
  })

  test('when it cannot be read that is the error, and nothing is written', async () => {
    const first = append(5000)
    expect(await write(5000, true)).toBeNull()
    for (const user of first.users) user.forget(first)
    append(60_000)
    const direct = watchDirect()
    failOn('read', 'EIO')
    expect((await write(all.length, true))?.message).toMatch('EIO')
    disk.fault = () => undefined
    expectStored(5000)
    expect(direct).toEqual({ opened: 1, closed: 1, writes: 0 })
    expect(await write(all.length, true)).toBeNull()
    expectStored(all.length)
  })
})

describe('short writes', () => {
  test.each([true, false])('go on where they ended, with direct I/O: %s', async (hasDirectIo) => {
    disk.hasDirectIo = hasDirectIo
    for (const bytes of [700, 90_000, 5, 40_000]) append(bytes)
    disk.longestWriteBytes = 9000
    expect(await write(all.length, true)).toBeNull()
    expectStored(all.length)
  })

  test('more pieces than one call takes', async () => {
    for (let count = 0; count < 2500; count++) append(3)
    const writes = vi.spyOn(segment.file(), 'write')
    expect(await write(all.length, false)).toBeNull()
    expectStored(7500)
    const pieces = writes.mock.calls.map(([views]) => views.length)
    expect(Math.max(...pieces)).toBeLessThanOrEqual(1024) // IOV_MAX of Linux
    expect(pieces.reduce((sum, count) => sum + count, 0)).toBe(2500)
  })

  test('a write that moves nothing is an error, not an endless loop', async () => {
    append(10)
    disk.longestWriteBytes = 0
    expect((await write(10, true))?.message).toBe('EIO: nothing was written')
    expect([segment.storedBytes, segment.uses]).toEqual([0, 0])
  })
})

describe('errors', () => {
  test.each(['EIO', 'ENOSPC'])('%s of a direct write: all of it is written again', async (code) => {
    append(100_000)
    const direct = watchDirect()
    disk.longestWriteBytes = 10_000
    failOn('write', code, 3)
    expect((await write(all.length, true))?.message).toMatch(code)
    expect([segment.storedBytes, segment.uses]).toEqual([0, 0])
    expect(direct.closed).toBe(1)
    disk.fault = () => undefined
    expect(await write(all.length, true)).toBeNull()
    expectStored(all.length)
    expect(direct.closed).toBe(2)
  })

  test('of the rest behind whole blocks: those are stored', async () => {
    append(100_000)
    failOn('write', 'ENOSPC', 1)
    expect((await write(all.length, true))?.message).toMatch('ENOSPC')
    expectStored(24 * BLOCK)
    disk.fault = () => undefined
    expect(await write(all.length, true)).toBeNull()
    expectStored(all.length)
  })

  test('of a buffered write: what was written before is stored', async () => {
    append(3000)
    disk.longestWriteBytes = 1000
    failOn('write', 'ENOSPC', 2)
    expect((await write(3000, true))?.message).toMatch('ENOSPC')
    disk.fault = () => undefined
    expectStored(2000)
    expect(await write(3000, true)).toBeNull()
    expectStored(3000)
  })

  test.each([
    { what: 'the segment', from: 0 },
    { what: 'the handle for direct I/O', from: 1 },
  ])('$what cannot be opened', async ({ from }) => {
    append(DIRECT_FROM)
    failOn('open', 'EMFILE', from)
    expect((await write(DIRECT_FROM, true))?.message).toMatch('EMFILE')
    expect([segment.storedBytes, segment.uses]).toEqual([0, 0])
    disk.fault = () => undefined
    expect(await write(DIRECT_FROM, true)).toBeNull()
    expectStored(DIRECT_FROM)
  })
})

test('two segments that are written at the same time share no memory', async () => {
  const other = segmentAt(1000, disk)
  const block = new MemoryBlock(alignedMemory(200_000))
  block.memory.fill(7)
  other.remember(0, block.memory.length, block, 0)
  append(300_000)
  for (let turn = 0; turn < 3; turn++) {
    other.storedBytes = 0
    segment.storedBytes = 0
    const both = [write(300_000, true), write(200_000, true, other)]
    expect(await Promise.all(both)).toEqual([null, null])
    expectStored(300_000)
    expect(contents(other).equals(Buffer.alloc(200_000, 7))).toBe(true)
    if (turn === 1) store.rest()
  }
})

test('a write larger than what is copied together at once', async () => {
  append(2 * MIB)
  append(4 * MIB + 17)
  expect(await write(all.length, true)).toBeNull()
  expectStored(all.length)
})

test.each(SEEDS)('the file has what memory had, seed %i', async (seed) => {
  random = seededRandom(seed)
  disk.hasDirectIo = random.below(3) > 0
  const kept: MemoryBlock[] = []
  const ends: number[] = []
  for (let step = 0; step < 40; step++) {
    for (let count = random.below(5); count > 0; count--) {
      kept.push(append(1 + random.below(random.below(2) === 0 ? 500 : 60_000)))
      ends.push(all.length)
    }
    const { storedBytes } = segment
    const toBytes = storedBytes + random.below(all.length - storedBytes + 1)
    disk.longestWriteBytes =
      random.below(3) === 0 ? 1 + random.below(30_000) : Number.POSITIVE_INFINITY
    if (random.below(5) === 0) failOn('write', 'ENOSPC', random.below(4))
    const error = await write(toBytes, random.below(2) === 0)
    disk.fault = () => undefined
    if (error === null) expect(segment.storedBytes).toBeGreaterThan(toBytes - BLOCK)
    expect(segment.storedBytes).toBeLessThanOrEqual(Math.max(storedBytes, toBytes))
    expect(segment.storedBytes).toBeGreaterThanOrEqual(storedBytes)
    const stored = segment.storedBytes
    expect(contents().subarray(0, stored).equals(all.subarray(0, stored))).toBe(true)
    while ((ends[0] ?? Number.POSITIVE_INFINITY) <= stored && random.below(4) > 0) {
      const block = kept.shift() as MemoryBlock
      ends.shift()
      for (const user of block.users) user.forget(block)
      block.memory.fill(255) // used anew
    }
  }
  disk.longestWriteBytes = Number.POSITIVE_INFINITY
  expect(await write(all.length, true)).toBeNull()
  expectStored(all.length)
})

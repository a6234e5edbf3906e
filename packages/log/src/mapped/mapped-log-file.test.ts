import { KIB, MIB, seededRandom } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  batchSizeOf,
  checkBatch,
  CURRENT_MAGIC,
  encodeRecordBatch,
  ErrorCode,
  magicOf,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { FileSystem, OpenFile } from '../files/file-system.ts'
import { memoryFileSystem } from '../files/memory-file-system.ts'
import { diskError, SimulatedDisk } from '../files/simulated-disk.ts'
import { MappedLogFile } from './mapped-log-file.ts'

const PATH = '/data/00000000000000000000.log'

function batchOf(value: string, sizeBytes = value.length): Buffer {
  const filled = Buffer.alloc(sizeBytes, value)
  return Buffer.from(encodeRecordBatch({ records: [{ timestamp: 1, key: null, value: filled }] }))
}

function newDisk(): SimulatedDisk {
  const disk = SimulatedDisk.create()
  disk.isPersistentMemory = true
  disk.makeFolder('/data')
  return disk
}

function openOn(files: FileSystem, clock = new ManualClock(0)): MappedLogFile {
  return MappedLogFile.open({ files, clock }, PATH, 'write')
}

function contentOf(file: OpenFile): Buffer {
  const bytes = Buffer.alloc(file.sizeBytes())
  file.readNow(bytes, 0)
  return bytes
}

/** The whole batches from the beginning on, as recovery finds them. */
function batchesOf(bytes: Buffer): Buffer {
  let at = 0
  while (at + BATCH_HEADER_BYTES <= bytes.length && magicOf(bytes, at) === CURRENT_MAGIC) {
    if (checkBatch(bytes, at, bytes.length) !== ErrorCode.NONE) break
    at += batchSizeOf(bytes, at)
  }
  return bytes.subarray(0, at)
}

test.each([1, 16, 17, 20, 24, 25])('pieces may begin with %i bytes of a batch', (headBytes) => {
  const file = openOn(newDisk())
  const [first, second] = [batchOf('a', 1001), batchOf('b', 500)]
  file.writeNow([first], 0)
  const pieces = [second.subarray(0, headBytes), second.subarray(headBytes), first]
  expect(file.writeNow(pieces, first.length)).toBe(second.length + first.length)
  expect(contentOf(file).equals(Buffer.concat([first, second, first]))).toBe(true)
  file.close()
})

test('what was written is read back, by copy and in place, with zeros behind it', () => {
  const disk = newDisk()
  const file = openOn(disk)
  const [first, second] = [batchOf('a', 1000), batchOf('b', 70 * KIB)]
  expect(file.writeNow([first], 0)).toBe(first.length)
  expect(file.writeNow([second, first], first.length)).toBe(second.length + first.length)
  const all = Buffer.concat([first, second, first])
  expect(contentOf(file).equals(all)).toBe(true)
  const lent = file.borrow(first.length, second.length)
  expect(Buffer.from(lent.bytes).equals(second)).toBe(true)
  lent.release()
  const size = disk.stat(PATH)?.sizeBytes ?? 0
  expect(size).toBeGreaterThan(all.length)
  expect(
    disk
      .readFile(PATH)
      ?.subarray(all.length)
      .every((byte) => byte === 0),
  ).toBe(true)
  file.close()
  expect(disk.stat(PATH)?.sizeBytes).toBe(all.length)
})

test('an append that power cuts short is there whole or not at all', async () => {
  const [first, second] = [batchOf('old', 300), [batchOf('new', 900), batchOf('er', 100)]]
  const both = Buffer.concat([first, ...second])
  const ends = new Set<number>()
  for (let stores = 0; stores < 16; stores++) {
    for (let seed = 1; seed <= 40; seed++) {
      const disk = newDisk()
      const file = openOn(disk)
      file.writeNow([first], 0)
      await disk.syncFolder('/data')
      let left = stores
      disk.fault = (operation, path) => {
        return operation === 'store' && left-- <= 0 ? diskError('EIO', path) : undefined
      }
      let isAcknowledged = true
      try {
        file.writeNow(second, first.length)
      } catch {
        isAcknowledged = false
      }
      const found = disk.cutPower(seededRandom(seed)).readFile(PATH)
      const batches = batchesOf(Buffer.from(found ?? []))
      const isWhole = batches.equals(both) || (!isAcknowledged && batches.equals(first))
      expect(isWhole, `${batches.length} bytes after ${stores} stores, seed ${seed}`).toBe(true)
      ends.add(batches.length)
    }
  }
  expect([...ends].toSorted((a, b) => a - b)).toEqual([first.length, both.length])
})

test('a cut gives zeros again where records were', () => {
  const disk = newDisk()
  const file = openOn(disk)
  const [first, second] = [batchOf('a', 500), batchOf('b', 100)]
  file.writeNow([first, first], 0)
  const lent = file.borrow(0, 2 * first.length)
  file.truncate(first.length)
  file.writeNow([second], first.length)
  expect(contentOf(file).equals(Buffer.concat([first, second]))).toBe(true)
  const bytes = disk.readFile(PATH)?.subarray(first.length + second.length)
  expect(bytes?.every((byte) => byte === 0)).toBe(true)
  expect(lent.bytes).toHaveLength(2 * first.length)
  lent.release()
})

test('without room it stays as it was, and says so before anything is stored', () => {
  const disk = newDisk()
  const file = openOn(disk)
  const first = batchOf('a', 1000)
  file.writeNow([first], 0)
  disk.fault = (operation, path) => {
    return operation === 'write' ? diskError('ENOSPC', path) : undefined
  }
  expect(() => file.writeNow([batchOf('b', MIB)], first.length)).toThrow('ENOSPC')
  expect(contentOf(file).equals(first)).toBe(true)
  expect(file.writeNow([first], first.length), 'as far as it has grown').toBe(first.length)
})

test('sees what others wrote to it', () => {
  const disk = newDisk()
  const file = openOn(disk)
  const [first, second] = [batchOf('a', 1000), batchOf('b', 1000)]
  disk.open(PATH, 'update').writeNow([first], 0)
  expect(file.readNow(Buffer.alloc(first.length), 0)).toBe(first.length)
  disk.open(PATH, 'update').writeNow([first], first.length)
  file.writeNow([second], 2 * first.length)
  expect(contentOf(file).equals(Buffer.concat([first, first, second]))).toBe(true)
})

test('a disk is not taken for memory', () => {
  const disk = SimulatedDisk.create()
  disk.makeFolder('/data')
  const file = openOn(disk)
  expect(() => file.writeNow([batchOf('a')], 0)).toThrow('is not on persistent memory')
})

test('bytes that are lent outlive it', () => {
  const files = memoryFileSystem()
  files.makeFolder('/data')
  const file = openOn(files)
  const first = batchOf('a', 1000)
  file.writeNow([first], 0)
  const lent = file.borrow(0, first.length)
  file.close()
  expect(Buffer.from(lent.bytes).equals(first)).toBe(true)
  lent.release()
  lent.release()
})

/** Somebody else cuts the file to `sizeBytes`. */
function cutTo(disk: SimulatedDisk, sizeBytes: number): void {
  const other = disk.open(PATH, 'update')
  other.truncate(sizeBytes)
  other.close()
}

test('a file that somebody cut is told of within a second, by reads and by appends', () => {
  const uses: Record<string, (file: MappedLogFile, at: number) => unknown> = {
    borrow: (file) => file.borrow(0, 100),
    read: (file) => file.readNow(Buffer.alloc(100), 0),
    append: (file, at) => file.writeNow([batchOf('b', 100)], at),
  }
  for (const [name, use] of Object.entries(uses)) {
    const [disk, clock] = [newDisk(), new ManualClock(0)]
    const file = openOn(disk, clock)
    const first = batchOf('a', 1000)
    file.writeNow([first], 0)
    cutTo(disk, 500)
    clock.advance(1000)
    expect(() => use(file, first.length), name).toThrow('was truncated by somebody else')
    expect(() => use(file, first.length), `${name}, again`).toThrow('it has 500 bytes of')
  }
})

test('a file that somebody cut does not grow over the hole', () => {
  const disk = newDisk()
  const file = openOn(disk)
  const first = batchOf('a', 1000)
  file.writeNow([first], 0)
  cutTo(disk, 500)
  const large = batchOf('b', 70 * KIB)
  expect(() => file.writeNow([large], first.length)).toThrow('was truncated by somebody else')
  expect(() => file.syncNow()).toThrow('was truncated by somebody else')
  file.close()
  expect(disk.stat(PATH)?.sizeBytes).toBe(500)
})

test('nor one that was cut while it was not open', () => {
  const disk = newDisk()
  const first = batchOf('a', 1000)
  const before = openOn(disk)
  before.writeNow([first], 0)
  before.close()
  cutTo(disk, 500)
  const file = openOn(disk)
  expect(() => file.writeNow([first], first.length)).toThrow('was truncated by somebody else')
  expect(disk.stat(PATH)?.sizeBytes).toBe(500)
})

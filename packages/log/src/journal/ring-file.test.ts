import { seededRandom } from '@pafka/base'
import { temporaryFolder } from '@pafka/testing'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import type { OpenFile } from '../files/file-system.ts'
import { nodeFileSystem } from '../files/node-file-system.ts'
import { diskError, type DiskOperation, SimulatedDisk } from '../files/simulated-disk.ts'
import { alignedMemory } from '../memory/aligned-memory.ts'
import { type Barrier, RingFile } from './ring-file.ts'

const BLOCK = 4096
const PIECE = 4 * BLOCK
const PATH = '/journal/ring'
const SEEDS = 40

let disk: SimulatedDisk
let operations: DiskOperation[]

beforeEach(() => {
  disk = diskWith(true)
})

/** Counts what reaches the file of the ring. */
function diskWith(hasDirectIo: boolean): SimulatedDisk {
  const made = SimulatedDisk.create()
  made.hasDirectIo = hasDirectIo
  made.makeFolder('/journal')
  operations = []
  made.fault = (operation, path) => {
    if (path === PATH) operations.push(operation)
    return undefined
  }
  return made
}

function failOn(wanted: DiskOperation, code = 'EIO', from = 0): void {
  let left = from
  disk.fault = (operation, path) =>
    operation === wanted && left-- <= 0 ? diskError(code, path) : undefined
}

/** A ring of which some pieces are prepared, with its name on disk. */
async function ringWith(pieces = 2): Promise<RingFile> {
  const ring = new RingFile(disk, PATH, PIECE)
  while (ring.preparedBytes < pieces * PIECE) expect(await prepare(ring)).toBeNull()
  await disk.syncFolder('/journal')
  operations = []
  return ring
}

function prepare(ring: RingFile): Promise<Error | null> {
  return new Promise((resolve) => ring.prepare(resolve))
}

function write(
  ring: RingFile,
  bytes: Buffer,
  positionBytes: number,
  barrier: Barrier,
): Promise<Error | null> {
  return new Promise((resolve) => ring.write(bytes, positionBytes, barrier, resolve))
}

function filled(blocks: number, value: number): Buffer {
  return alignedMemory(blocks * BLOCK).fill(value)
}

async function contents(ring: RingFile, positionBytes: number, bytes: number): Promise<Buffer> {
  const into = alignedMemory(bytes)
  return into.subarray(0, await ring.read(into, positionBytes))
}

/** Runs tests on a disk with direct I/O and on one without. */
function overBoth(what: string, tests: (hasDirectIo: boolean) => void): void {
  describe.each([true, false])(`${what}, with direct I/O: %s`, (hasDirectIo) => {
    beforeEach(() => {
      disk = diskWith(hasDirectIo)
    })
    tests(hasDirectIo)
  })
}

overBoth('room', (hasDirectIo) => {
  test('says how it works, and room is made by zeros that are synced, piece by piece', async () => {
    const ring = new RingFile(disk, PATH, PIECE)
    expect(ring.io).toBe(hasDirectIo ? 'direct' : 'buffered')
    const first = ring.preparedBytes
    expect(first).toBe(hasDirectIo ? PIECE : 0) // one was tried, to see if it is allowed
    expect(ring.sizeBytes).toBe(PIECE) // a disk that fills up leaves it that
    operations = []
    expect(await prepare(ring)).toBeNull()
    expect(operations).toEqual(['write', 'sync'])
    expect(ring.preparedBytes).toBe(first + PIECE)
    expect(await prepare(ring)).toBeNull()
    expect([ring.preparedBytes, ring.sizeBytes]).toEqual([first + 2 * PIECE, first + 2 * PIECE])
    expect((await contents(ring, 0, 4 * PIECE)).equals(Buffer.alloc(first + 2 * PIECE))).toBe(true)
  })

  test('a file that is there is taken as it is, by whole blocks, up to its end', async () => {
    const bytes = 2 * PIECE + BLOCK + 5
    const file = disk.open(PATH, 'write')
    file.writeNow([Buffer.alloc(bytes, 7)], 0)
    const ring = new RingFile(disk, PATH, PIECE)
    const whole = 2 * PIECE + BLOCK
    expect([ring.preparedBytes, ring.sizeBytes]).toEqual([whole, whole])
    expect(await prepare(ring)).toBeNull()
    expect([ring.preparedBytes, ring.sizeBytes]).toEqual([3 * PIECE, 3 * PIECE])
    expect((await contents(ring, 0, whole)).equals(Buffer.alloc(whole, 7))).toBe(true)
  })

  test('room that could not be made does not count', async () => {
    const ring = await ringWith()
    const { preparedBytes } = ring
    failOn('write', 'ENOSPC')
    expect((await prepare(ring))?.message).toMatch('ENOSPC')
    disk.fault = () => undefined
    disk.longestWriteBytes = BLOCK
    expect((await prepare(ring))?.message).toMatch('ENOSPC')
    disk.longestWriteBytes = Number.POSITIVE_INFINITY
    expect([ring.preparedBytes, ring.sizeBytes]).toEqual([preparedBytes, preparedBytes])
    expect(await prepare(ring)).toBeNull()
    failOn('sync')
    expect((await prepare(ring))?.message).toMatch('EIO')
    expect(ring.preparedBytes).toBe(preparedBytes + PIECE)
  })
})

overBoth('barriers', (hasDirectIo) => {
  test.each<{ barrier: Barrier; syncs: number }>([
    { barrier: 'none', syncs: 0 },
    { barrier: 'own', syncs: hasDirectIo ? 0 : 1 },
    { barrier: 'all', syncs: 1 },
  ])('a round with barrier $barrier is one write and $syncs syncs', async ({ barrier, syncs }) => {
    const ring = await ringWith()
    expect(await write(ring, filled(3, 9), BLOCK, barrier)).toBeNull()
    expect(operations).toEqual(['write', ...Array.from({ length: syncs }, () => 'sync')])
    expect((await contents(ring, BLOCK, 3 * BLOCK)).equals(Buffer.alloc(3 * BLOCK, 9))).toBe(true)
  })

  test.each<Barrier>(['own', 'all'])('barrier %s outlives any power cut', async (barrier) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      disk = diskWith(hasDirectIo)
      const ring = await ringWith()
      expect(await write(ring, filled(2, 9), BLOCK, barrier)).toBeNull()
      const kept = Buffer.from(disk.cutPower(seededRandom(seed)).readFile(PATH) ?? [])
      const isKept = kept.subarray(BLOCK, 3 * BLOCK).equals(Buffer.alloc(2 * BLOCK, 9))
      expect([seed, isKept]).toEqual([seed, true])
    }
  })

  test('a round without a barrier may be lost, and one with barrier all keeps it', async () => {
    const lost: number[] = []
    const lostWithAll: number[] = []
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (const last of ['none', 'all'] as const) {
        disk = diskWith(hasDirectIo)
        const ring = await ringWith()
        expect(await write(ring, filled(1, 9), 0, 'none')).toBeNull()
        expect(await write(ring, filled(1, 8), BLOCK, last)).toBeNull()
        const kept = Buffer.from(disk.cutPower(seededRandom(seed)).readFile(PATH) ?? [])
        const isKept = kept.subarray(0, BLOCK).equals(Buffer.alloc(BLOCK, 9))
        if (!isKept) (last === 'all' ? lostWithAll : lost).push(seed)
      }
    }
    expect(lost.length).toBeGreaterThan(0)
    expect(lostWithAll).toEqual([])
  })

  test('sync covers what was written without a barrier', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      disk = diskWith(hasDirectIo)
      const ring = await ringWith()
      await write(ring, filled(1, 9), BLOCK, 'none')
      await ring.sync()
      const kept = Buffer.from(disk.cutPower(seededRandom(seed)).readFile(PATH) ?? [])
      expect(kept.subarray(BLOCK, 2 * BLOCK).equals(Buffer.alloc(BLOCK, 9))).toBe(true)
    }
  })
})

overBoth('short writes and errors', (hasDirectIo) => {
  test.each<Barrier>(['none', 'own', 'all'])(
    'short writes go on where they ended, barrier %s',
    async (barrier) => {
      const ring = await ringWith()
      disk.longestWriteBytes = BLOCK
      const bytes = Buffer.concat([filled(1, 1), filled(1, 2), filled(1, 3)])
      const round = alignedMemory(3 * BLOCK)
      bytes.copy(round)
      expect(await write(ring, round, PIECE, barrier)).toBeNull()
      expect(operations.filter((one) => one === 'write')).toHaveLength(3)
      // the sync, if there is one, comes when all of it is written
      expect(operations.slice(0, 3)).toEqual(['write', 'write', 'write'])
      expect((await contents(ring, PIECE, 3 * BLOCK)).equals(bytes)).toBe(true)
    },
  )

  test('an error of a write is told once, and nothing is synced or tried again', async () => {
    const ring = await ringWith()
    let writes = 0
    disk.fault = (operation, path) => {
      writes += operation === 'write' ? 1 : 0
      return operation === 'write' ? diskError('EIO', path) : undefined
    }
    for (const barrier of ['none', 'own', 'all'] as const) {
      expect((await write(ring, filled(2, 9), 0, barrier))?.message).toMatch('EIO')
    }
    expect(writes).toBe(3)
  })

  test('an error in the rest of a short write fails the round', async () => {
    const ring = await ringWith()
    disk.longestWriteBytes = BLOCK
    failOn('write', 'ENOSPC', 2)
    expect((await write(ring, filled(4, 9), 0, 'all'))?.message).toMatch('ENOSPC')
  })

  test('no sync is believed after one that failed', async () => {
    const ring = await ringWith()
    failOn('sync')
    const first = await write(ring, filled(1, 9), 0, 'all')
    expect(first?.message).toMatch('EIO')
    disk.fault = () => undefined
    expect(await write(ring, filled(1, 9), 0, 'all')).toBe(first)
    await expect(ring.sync()).rejects.toBe(first)
    const { preparedBytes } = ring
    expect(await prepare(ring)).toBe(first)
    expect(ring.preparedBytes).toBe(preparedBytes)
    // what needs no sync says nothing about what came before
    expect(await write(ring, filled(1, 9), 0, 'none')).toBeNull()
    expect(await write(ring, filled(1, 9), 0, 'own')).toBe(hasDirectIo ? null : first)
  })

  test('reads end at the end of the file, and tell what the device says', async () => {
    const ring = await ringWith(2)
    expect(await ring.read(alignedMemory(PIECE), 2 * PIECE - BLOCK)).toBe(BLOCK)
    expect(await ring.read(alignedMemory(BLOCK), 4 * PIECE)).toBe(0)
    failOn('read')
    await expect(ring.read(alignedMemory(BLOCK), 0)).rejects.toThrow('EIO')
  })
})

test('where the flag is taken and the write is not, it works without', async () => {
  let isFirst = true
  disk.fault = (operation, path) => {
    if (operation !== 'write' || !isFirst) return undefined
    isFirst = false
    return diskError('EINVAL', path)
  }
  const ring = new RingFile(disk, PATH, PIECE)
  expect([ring.io, ring.preparedBytes]).toEqual(['buffered', 0])
  expect(await prepare(ring)).toBeNull()
  expect(await write(ring, filled(1, 9), 0, 'own')).toBeNull()
})

test('a write that moves nothing is an error, not an endless loop', async () => {
  disk = diskWith(false)
  const ring = await ringWith()
  disk.longestWriteBytes = 0
  const error = await write(ring, filled(1, 9), 0, 'none')
  expect(error?.message).toBe('EIO: nothing was written')
})

test.each<DiskOperation>(['open', 'write'])('an error of the first %s is thrown', (operation) => {
  failOn(operation)
  expect(() => new RingFile(disk, PATH, PIECE)).toThrow('EIO')
})

test.each([true, false])('all handles are closed, with direct I/O: %s', (hasDirectIo) => {
  disk = diskWith(hasDirectIo)
  const opens = [vi.spyOn(disk, 'open'), vi.spyOn(disk, 'openDirect')]
  const ring = new RingFile(disk, PATH, PIECE)
  const handles = opens.flatMap(({ mock }) => mock.results.map(({ value }) => value as OpenFile))
  const closes = handles.filter(Boolean).map((handle) => vi.spyOn(handle, 'close'))
  expect(closes).toHaveLength(hasDirectIo ? 2 : 1)
  ring.close()
  for (const close of closes) expect(close).toHaveBeenCalledTimes(1)
})

test('a ring that is closed while room is made is open until it is', async () => {
  await using folder = await temporaryFolder()
  const ring = new RingFile(nodeFileSystem, `${folder.path}/ring`, PIECE)
  const preparing = prepare(ring)
  ring.close()
  await ring.settled()
  expect(await preparing).toBeNull()
  expect(() => ring.sizeBytes).toThrow(/fd.*out of range/)
})

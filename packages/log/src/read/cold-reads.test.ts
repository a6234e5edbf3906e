import { join } from 'node:path'

import { KIB, MIB, seededRandom } from '@pafka/base'
import { ManualClock, temporaryFolder } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { nodeFileSystem } from '../files/node-file-system.ts'
import { diskError } from '../files/simulated-disk.ts'
import type { ColdFile } from './cold-file.ts'
import type { ColdRange, ColdRead } from './cold-read.ts'
import { ColdReads } from './cold-reads.ts'
import { TestDevice, turn } from './cold-test-device.ts'

const BUDGET_BYTES = 16 * MIB
const FILE_BYTES = 12 * MIB + 1234
const content = Buffer.from(seededRandom(1).bytes(FILE_BYTES))

let device = new TestDevice()
let clock = new ManualClock()
let reads = coldReads(device)
let file = device.write('/a', content)

beforeEach(() => {
  device = new TestDevice()
  clock = new ManualClock()
  reads = coldReads(device)
  file = device.write('/a', content)
})

function coldReads(files: TestDevice, memoryBytes = BUDGET_BYTES): ColdReads {
  return new ColdReads({ files, clock, memoryBytes, concurrency: 2 })
}

function range(positionBytes: number, lengthBytes: number, other?: Partial<ColdRange>): ColdRange {
  const all = { positionBytes, lengthBytes, leastBytes: lengthBytes, endBytes: FILE_BYTES }
  return { ...all, canWait: true, ...other }
}

async function bytesOf(asked: ColdRange, from: ColdFile = file): Promise<ColdRead> {
  const read = await reads.read(from, asked)
  if (read === undefined) throw new Error('refused')
  return read
}

/** Reads, checks and releases. */
async function check(asked: ColdRange, from: ColdFile = file): Promise<number> {
  const read = await bytesOf(asked, from)
  const { positionBytes } = asked
  const wanted = content.subarray(positionBytes, positionBytes + read.bytes.length)
  expect(wanted.equals(read.bytes)).toBe(true)
  const length = read.bytes.length
  read.release()
  return length
}

describe('bytes', () => {
  test.each([MIB, 8 * KIB])('are those of the file, by %d at most at a time', async (most) => {
    device.mostBytes = most
    for (const [at, length] of [
      [0, 1],
      [4095, 2],
      [4096, 4096],
      [MIB - 1, MIB + 7],
      [FILE_BYTES - 5000, 5000],
      [777, 100],
    ] as const) {
      expect(await check(range(at, length))).toBe(length)
    }
  })

  test('stop where the reader says that the file ends', async () => {
    const endBytes = MIB + 10
    expect(await check(range(MIB, MIB, { endBytes }))).toBe(10)
    expect(await check(range(MIB + 10, MIB, { endBytes }))).toBe(0)
    expect(await check(range(FILE_BYTES, 10))).toBe(0)
  })

  test('are gone after the release, which may be repeated', async () => {
    const read = await bytesOf(range(0, 10))
    read.release()
    read.release()
    expect(read.bytes.length).toBe(0)
  })

  test('beyond the end are read again when the file has grown', async () => {
    const grows = device.write('/grows', content.subarray(0, 10_000))
    expect(await check(range(0, 50_000, { endBytes: 9000 }), grows)).toBe(9000)
    device.write('/grows', content.subarray(9000, 100_000), 9000)
    expect(await check(range(5000, 50_000, { endBytes: 60_000 }), grows)).toBe(50_000)
    expect(await check(range(0, 100_000, { endBytes: 100_000 }), grows)).toBe(100_000)
  })

  test('that were not committed when they were read are never served', async () => {
    const torn = Buffer.from(content.subarray(0, 2 * MIB)).fill(0, 9000)
    const grows = device.write('/grows', torn)
    expect(await check(range(0, 50_000, { endBytes: 9000 }), grows)).toBe(9000)
    device.write('/grows', content.subarray(9000, 20_000), 9000)
    expect(await check(range(0, 12_000, { endBytes: 20_000 }), grows)).toBe(12_000)
    expect(await check(range(0, 50_000, { endBytes: 20_000 }), grows)).toBe(20_000)
  })

  test('of a file that is shorter than it should be end early, and are not kept', async () => {
    const short = device.write('/short', content.subarray(0, 10_000))
    expect(await check(range(100, 50_000), short)).toBe(9900)
    expect(await check(range(20_000, 50_000), short)).toBe(0)
    device.write('/short', content)
    expect(await check(range(100, 50_000), short)).toBe(50_000)
  })

  test('of a file whose bytes changed are read again once it is forgotten', async () => {
    const held = await bytesOf(range(MIB, 10))
    device.write('/a', Buffer.alloc(10, 7), MIB)
    reads.forget(file)
    const fresh = await bytesOf(range(MIB, 10))
    expect([...fresh.bytes]).toEqual(Array.from({ length: 10 }, () => 7))
    expect(content.subarray(MIB, MIB + 10).equals(held.bytes)).toBe(true)
    held.release()
    fresh.release()
    expect(reads.stats.takenBytes).toBe(64 * KIB)
    expect(device.openHandles).toBe(1)
    reads.forget(file)
    expect([reads.stats.takenBytes, device.openHandles]).toEqual([0, 0])
  })
})

describe('readers of the same bytes', () => {
  test('share one read of the device', async () => {
    await Promise.all(Array.from({ length: 10 }, () => check(range(MIB, MIB))))
    expect(device.reads).toHaveLength(1)
    await check(range(MIB, 1000))
    expect(device.reads).toHaveLength(1)
    expect(reads.stats).toMatchObject({ served: 11, deviceReads: 1, deviceBytes: MIB })
  })

  test('who go forward together cost no more than one', async () => {
    for (let at = 0; at < 10 * MIB; at += MIB - 1000) {
      await Promise.all(Array.from({ length: 10 }, () => check(range(at, MIB))))
    }
    expect(reads.stats.deviceBytes).toBeLessThan(FILE_BYTES + MIB)
    expect(reads.stats.served).toBe(110)
  })
})

describe('a reader who goes forward', () => {
  test('finds the next bytes read before it asks', async () => {
    await check(range(0, 100_000))
    await device.quiet()
    for (let at = 90_000; at < 10 * MIB; at += 90_000) {
      device.isHeld = true // no read that begins now ends
      expect(await check(range(at, 100_000))).toBe(100_000)
      await device.finishAll()
    }
    const { deviceReads, deviceBytes } = reads.stats
    expect(deviceBytes).toBeLessThan(FILE_BYTES + 64 * KIB)
    expect(deviceReads).toBeLessThan(14)
  })

  test('takes what is at hand when that is enough', async () => {
    await check(range(0, MIB))
    await device.quiet() // has the next one, too
    device.isHeld = true
    await check(range(MIB, MIB - 100_000))
    const asked = range(2 * MIB - 100_000, MIB, { leastBytes: 60_000 })
    expect(await check(asked)).toBe(100_000)
    await device.finishAll()
    expect(await check(asked)).toBe(MIB)
  })

  test('shares the memory with others who do, so that hardly anything is read twice', async () => {
    const readers = Array.from({ length: 24 }, async (_, at) => {
      const own = device.write(`/own-${at}`, content.subarray(0, 4 * MIB))
      for (let next = 0; next < 4 * MIB;) {
        const asked = range(next, MIB / 2, { leastBytes: 64 * KIB, endBytes: 4 * MIB })
        next += await check(asked, own)
      }
    })
    await Promise.all(readers)
    await device.quiet()
    expect(reads.stats.deviceBytes).toBeLessThan(24 * 4 * MIB * 1.1)
  })

  test('is told from one who jumps, for whom nothing more is read', async () => {
    for (const at of [9, 3, 7, 1, 5]) await check(range(at * MIB, 64 * KIB))
    await device.quiet()
    expect(reads.stats).toMatchObject({ deviceReads: 5, deviceBytes: 5 * 64 * KIB })
  })

  test('does not notice when reading ahead fails', async () => {
    device.disk.fault = (operation) =>
      operation === 'read' && device.isHeld ? diskError('EIO', '/a') : undefined
    const read = await bytesOf(range(0, MIB))
    device.isHeld = true
    read.release()
    await device.finishAll()
    expect(device.reads).toHaveLength(2)
    expect(await check(range(MIB, MIB))).toBe(MIB)
  })
})

describe('the device', () => {
  test('has so many reads in flight and no more', async () => {
    device.isHeld = true
    const all = Array.from({ length: 9 }, (_, at) => check(range((9 - at) * MIB, 1000)))
    await turn()
    expect(device.inFlight).toBe(2)
    await device.finishAll()
    await Promise.all(all)
    expect(device.mostInFlight).toBe(2)
  })

  test('serves files in turns', async () => {
    const other = device.write('/b', content)
    device.isHeld = true
    const many = Array.from({ length: 10 }, (_, at) => check(range((10 - at) * MIB, 1000)))
    const one = check(range(0, 1000), other)
    for (let left = 3; left > 0; left--) await device.finishOne()
    expect(device.reads.slice(0, 4).map(({ path }) => path)).toContain('/b')
    await device.finishAll()
    expect(await one).toBe(1000)
    await Promise.all(many)
  })

  test('fails the readers of what it cannot read, and nobody else', async () => {
    const other = device.write('/b', content)
    const [good, ...bad] = [
      check(range(0, MIB), other),
      check(range(0, MIB)),
      check(range(MIB - 5000, 3000)),
    ]
    device.disk.fault = (operation, path) =>
      operation === 'read' && path === '/a' ? diskError('EIO', path) : undefined
    for (const failing of bad) await expect(failing).rejects.toThrow('EIO')
    expect(await good).toBe(MIB)
    device.disk.fault = () => undefined
    expect(await check(range(0, MIB))).toBe(MIB)
  })

  test('without direct I/O is read through the page cache', async () => {
    device.disk.hasDirectIo = false
    const first = check(range(MIB, MIB))
    expect(file.uses).toBe(1)
    expect(await first).toBe(MIB)
    await turn()
    expect([file.uses, device.reads.length]).toEqual([0, 0])
  })

  test('that takes direct I/O only at other places is read through the page cache', async () => {
    device.disk.fault = (operation) =>
      operation === 'read' && device.inFlight > 0 ? diskError('EINVAL', '/a') : undefined
    expect(await check(range(MIB, MIB))).toBe(MIB)
    await turn()
    expect([file.uses, device.openHandles]).toEqual([0, 0])
  })

  test('is read by the open file when there is no name any more', async () => {
    file.hold()
    await device.disk.remove('/a')
    expect(await check(range(MIB, MIB))).toBe(MIB)
    const missing = device.write('/missing', content)
    await device.disk.remove('/missing')
    await expect(check(range(0, 10), missing)).rejects.toThrow('ENOENT')
  })
})

const small = MIB

describe('memory', () => {
  test('is kept within the budget by readers who come and go', async () => {
    reads = coldReads(device, small)
    for (let at = 0; at < 100; at++) await check(range((at * 997_331) % (11 * MIB), 100_000))
    expect(reads.stats.peakBytes).toBeLessThanOrEqual(small)
    expect(reads.stats.peakBytes).toBeGreaterThan(small / 2)
  })

  test('that others hold is waited for, or not, as the reader can', async () => {
    reads = coldReads(device, small)
    const held: ColdRead[] = []
    // the last one has the spare piece
    for (let at = 1; at <= 8; at++) held.push(await bytesOf(range(at * MIB, 100 * KIB)))
    const waits = check(range(9 * MIB, 100 * KIB))
    const asked = range(10 * MIB, 100 * KIB, { canWait: false })
    expect(await reads.read(file, asked)).toBeUndefined()
    expect(device.reads).toHaveLength(8)
    held.pop()?.release()
    expect(await waits).toBe(100 * KIB)
    for (const read of held) read.release()
    expect(await check(asked)).toBe(100 * KIB)
    expect(reads.stats.peakBytes).toBeLessThanOrEqual(small)
    expect(reads.stats.refused).toBe(1)
  })

  test('is refused to who cannot wait, even behind one who can', async () => {
    reads = coldReads(device, small)
    device.isHeld = true
    const held: Promise<ColdRead>[] = []
    for (let at = 1; at <= 8; at++) held.push(bytesOf(range(at * MIB, 100 * KIB)))
    const waits = check(range(9 * MIB, 100 * KIB))
    const cannot = reads.read(file, range(10 * MIB, 100 * KIB, { canWait: false }))
    const joined = reads.read(file, range(9 * MIB, 100, { canWait: false }))
    await device.finishAll()
    expect([await cannot, await joined]).toEqual([undefined, undefined])
    for (const read of held) (await read).release()
    expect(await waits).toBe(100 * KIB)
  })

  test('for more than the budget is found once at a time', async () => {
    reads = coldReads(device, small)
    const long = 3 * MIB
    const first = await bytesOf(range(MIB, long))
    const second = bytesOf(range(5 * MIB, long))
    expect(await check(range(9 * MIB, 1000))).toBe(1000)
    expect(device.reads).toHaveLength(2)
    expect(content.subarray(MIB, MIB + long).equals(first.bytes)).toBe(true)
    first.release()
    const { bytes } = await second
    expect(content.subarray(5 * MIB, 8 * MIB).equals(bytes)).toBe(true)
    expect(reads.stats.peakBytes).toBeLessThan(small + long + 64 * KIB)
  })
})

describe('when nobody reads', () => {
  test('memory and open files are given back', async () => {
    await check(range(0, MIB))
    const held = await bytesOf(range(4 * MIB, 100))
    await device.quiet()
    clock.advance(10_000)
    expect(device.openHandles).toBe(1)
    clock.advance(10_000)
    expect(reads.stats.takenBytes).toBe(64 * KIB)
    expect(content.subarray(4 * MIB, 4 * MIB + 100).equals(held.bytes)).toBe(true)
    held.release()
    clock.advance(20_000)
    expect(reads.stats.takenBytes).toBe(0)
    expect(device.openHandles).toBe(0)
    expect(await check(range(0, MIB))).toBe(MIB)
  })
})

test('a disk gives the same bytes, whether it can be read past the page cache or not', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'old')
  nodeFileSystem.writeFile(path, content)
  const open = nodeFileSystem.open(path, 'read')
  const onDisk = { path, deleted: false, file: () => open, hold: () => {}, release: () => {} }
  reads = new ColdReads({ files: nodeFileSystem, clock, memoryBytes: MIB, concurrency: 2 })
  const random = seededRandom(3)
  for (let at = 0; at < FILE_BYTES; at += random.below(100_000)) {
    const asked = range(at, 1 + random.below(100_000), { leastBytes: 1 })
    expect(await check(asked, onDisk)).toBeGreaterThan(0)
  }
  expect(await check(range(FILE_BYTES - 10_000, 90_000), onDisk)).toBe(10_000)
  await reads.close()
  open.close()
})

test('a deleted file is not looked for by its name', async () => {
  device.write('/renamed', content.subarray(0, 5000))
  const held = device.disk.open('/renamed', 'read')
  const renamed: ColdFile = {
    path: '/renamed',
    deleted: true,
    file: () => held,
    hold: () => {},
    release: () => {},
  }
  device.disk.rename('/renamed', '/renamed.deleted')
  device.write('/renamed', Buffer.alloc(5000, 1))
  expect(await check(range(0, 5000, { endBytes: 5000 }), renamed)).toBe(5000)
  expect(device.reads).toEqual([])
})

test('open files are bounded', async () => {
  const start = content.subarray(0, 5000)
  const many = Array.from({ length: 100 }, (_, at) => device.write(`/many-${at}`, start))
  for (const each of many) await check(range(0, 10, { endBytes: 5000 }), each)
  expect(device.openHandles).toBeLessThanOrEqual(64)
})

test('closing fails who waits, and ends when the device is done', async () => {
  const held = await bytesOf(range(0, 100))
  device.isHeld = true
  const answers = [1, 2, 3, 4].map((at) => check(range(at * MIB, 100)))
  const outcomes = Promise.allSettled(answers)
  let isClosed = false
  const closed = reads.close().then(() => (isClosed = true))
  await turn()
  expect(isClosed).toBe(false)
  await device.finishAll()
  await closed
  const statuses = (await outcomes).map(({ status }) => status)
  expect(statuses).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
  await expect(check(range(0, 100))).rejects.toThrow('reads are closed')
  expect(content.subarray(0, 100).equals(held.bytes)).toBe(true)
  held.release()
  expect([reads.stats.takenBytes, device.openHandles]).toEqual([0, 0])
})

import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { type LogFields, MIB, seededRandom, silentLogger, systemClock } from '@pafka/base'
import { ManualClock, temporaryFolder } from '@pafka/testing'
import { expect, onTestFinished, test, vi } from 'vitest'

import { Ballast, type BallastOptions } from './ballast.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { diskError, SimulatedDisk } from './simulated-disk.ts'
import { type Space, UNKNOWN_SPACE } from './space.ts'

const FOLDER = '/data'
const FILE = '/data/ballast'
const SIZE_BYTES = MIB
const MINUTE_MS = 60_000

class Rig {
  readonly clock = new ManualClock()
  readonly events: string[] = []
  readonly disk: SimulatedDisk
  freeBytes = 4 * SIZE_BYTES

  constructor(disk: SimulatedDisk = SimulatedDisk.create()) {
    this.disk = disk
    disk.makeFolder(FOLDER)
  }

  ballast(options: Partial<BallastOptions> = {}): Ballast {
    const note = (event: string, _fields?: LogFields): void => void this.events.push(event)
    const ballast = new Ballast({
      folder: FOLDER,
      sizeBytes: SIZE_BYTES,
      files: this.disk,
      clock: this.clock,
      logger: { debug: () => {}, info: note, warn: note, error: note },
      spaceOf: async () => ({ ...UNKNOWN_SPACE, usableBytes: this.freeBytes }),
      ...options,
    })
    onTestFinished(() => ballast.close())
    return ballast
  }

  async started(options: Partial<BallastOptions> = {}): Promise<Ballast> {
    const ballast = this.ballast(options)
    ballast.start()
    await held(ballast)
    return ballast
  }

  names(): string[] {
    return this.disk.list(FOLDER)
  }
}

const held = (ballast: Ballast): Promise<void> =>
  vi.waitFor(() => expect(ballast.heldBytes).toBeGreaterThan(0), { interval: 1 })

/** Turns enough for work in the background to come to its end, if it has one. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('it is full of what no file system can shrink', async () => {
  const rig = new Rig()
  const ballast = await rig.started()
  expect(ballast.heldBytes).toBe(SIZE_BYTES)
  const bytes = rig.disk.readFile(FILE) ?? new Uint8Array(0)
  expect(bytes.length).toBe(SIZE_BYTES)
  const used = new Set(bytes.subarray(0, 4096))
  expect(used.size).toBe(256)
  expect(rig.names()).toEqual(['ballast'])
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])('it survives power loss whole, seed %d', async (seed) => {
  const rig = new Rig()
  rig.disk.longestWriteBytes = 100_000
  await rig.started()
  await settled()
  const after = rig.disk.cutPower(seededRandom(seed))
  expect(after.readFile(FILE)?.length).toBe(SIZE_BYTES)
  expect(after.list(FOLDER)).toEqual(['ballast'])
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'power lost while it is made leaves none or all of it, and the next start has it, seed %d',
  async (seed) => {
    const random = seededRandom(seed)
    const rig = new Rig()
    rig.disk.longestWriteBytes = 200_000
    rig.ballast().start()
    for (let turn = random.below(12); turn > 0; turn -= 1) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const next = new Rig(rig.disk.cutPower(random))
    const left = next.disk.stat(FILE)?.sizeBytes
    expect([undefined, SIZE_BYTES]).toContain(left)
    await next.started()
    expect(next.names()).toEqual(['ballast'])
    expect(next.disk.stat(FILE)?.sizeBytes).toBe(SIZE_BYTES)
  },
)

test('an earlier run is taken over, not written again; one of another size is', async () => {
  const rig = new Rig()
  const first = await rig.started()
  await first.close()
  let writes = 0
  rig.disk.fault = (operation) => {
    if (operation === 'write') writes += 1
    return undefined
  }
  const second = await rig.started()
  await second.close()
  expect(writes).toBe(0)
  const third = await rig.started({ sizeBytes: SIZE_BYTES / 2 })
  expect(third.heldBytes).toBe(SIZE_BYTES / 2)
  expect(rig.disk.stat(FILE)?.sizeBytes).toBe(SIZE_BYTES / 2)
})

test('a disk without plenty of room keeps it for logs, until there is', async () => {
  const rig = new Rig()
  const ballast = rig.ballast()
  for (const freeBytes of [4 * SIZE_BYTES - 1, 0, -1]) {
    rig.freeBytes = freeBytes
    ballast.start()
    await settled()
    expect(rig.names()).toEqual([])
  }
  rig.freeBytes = 4 * SIZE_BYTES
  rig.clock.advance(MINUTE_MS)
  await held(ballast)
  expect(rig.events).toEqual([])
})

test('it is released once, and comes back when there is plenty of room', async () => {
  const rig = new Rig()
  const ballast = await rig.started()
  rig.freeBytes = 0
  expect(await Promise.all([ballast.release(), ballast.release()])).toEqual([true, true])
  expect(ballast.heldBytes).toBe(0)
  expect(rig.names()).toEqual([])
  expect(await ballast.release()).toBe(false)
  rig.clock.advance(MINUTE_MS)
  await settled()
  expect(rig.names()).toEqual([])
  rig.freeBytes = 100 * SIZE_BYTES
  rig.clock.advance(MINUTE_MS)
  await held(ballast)
  expect(rig.events).toEqual(['ballast-released'])
  expect(await ballast.release()).toBe(true)
  expect(rig.events).toEqual(['ballast-released', 'ballast-released'])
})

test("before the start an earlier run's is released, so that recovery has room", async () => {
  const rig = new Rig()
  await (await rig.started()).close()
  const ballast = rig.ballast()
  expect(await ballast.release()).toBe(true)
  expect(rig.names()).toEqual([])
})

test('released while it is made, it gives up and leaves nothing', async () => {
  const rig = new Rig()
  rig.disk.longestWriteBytes = 10_000
  const ballast = rig.ballast()
  ballast.start()
  await vi.waitFor(() => expect(rig.names()).toEqual(['ballast.tmp']), { interval: 1 })
  expect(await ballast.release()).toBe(false)
  expect(rig.names()).toEqual([])
  rig.clock.advance(MINUTE_MS)
  await held(ballast)
})

test('a disk that is full after all is tried again, and told of once', async () => {
  const rig = new Rig()
  let writes = 0
  rig.disk.fault = (operation, path) => {
    if (operation !== 'write') return undefined
    writes += 1
    return writes % 3 === 0 ? diskError('ENOSPC', path) : undefined
  }
  const ballast = rig.ballast()
  ballast.start()
  await settled()
  rig.clock.advance(MINUTE_MS)
  await settled()
  expect(writes).toBe(6)
  expect(rig.names()).toEqual([])
  expect(rig.events).toEqual(['ballast-failed'])
  rig.disk.fault = () => undefined
  rig.clock.advance(MINUTE_MS)
  await held(ballast)
})

test('a file that cannot be removed gives no room, and does not throw', async () => {
  const rig = new Rig()
  const ballast = await rig.started()
  rig.disk.fault = (operation, path) => {
    return operation === 'remove' ? diskError('EROFS', path) : undefined
  }
  expect(await ballast.release()).toBe(false)
  expect(rig.events).toEqual(['ballast-failed'])
  rig.disk.fault = () => undefined
  expect(await ballast.release()).toBe(true)
})

test('closed, it does nothing more, and the file stays', async () => {
  const rig = new Rig()
  const ballast = await rig.started()
  await ballast.close()
  rig.freeBytes = 0
  rig.clock.advance(10 * MINUTE_MS)
  await settled()
  expect(rig.names()).toEqual(['ballast'])
})

test('closed while it is made, it ends soon and leaves nothing', async () => {
  const rig = new Rig()
  rig.disk.longestWriteBytes = 1000
  const ballast = rig.ballast()
  ballast.start()
  await vi.waitFor(() => expect(rig.names()).toEqual(['ballast.tmp']), { interval: 1 })
  await ballast.close()
  expect(rig.names()).toEqual([])
})

async function spaceOf(folder: string): Promise<Space> {
  const { bavail, bsize } = await statfs(folder)
  return { ...UNKNOWN_SPACE, usableBytes: bavail * bsize }
}

async function realBallast(folder: string, sizeBytes: number): Promise<Ballast> {
  const options = { files: nodeFileSystem, clock: systemClock, logger: silentLogger }
  const ballast = new Ballast({ folder, sizeBytes, spaceOf, ...options })
  onTestFinished(() => ballast.close())
  ballast.start()
  await held(ballast)
  return ballast
}

test('a real one has real blocks', async () => {
  await using folder = await temporaryFolder()
  await realBallast(folder.path, SIZE_BYTES)
  const { size, blocks } = await stat(join(folder.path, 'ballast'))
  expect(size).toBe(SIZE_BYTES)
  if (process.platform !== 'win32') expect(blocks * 512).toBeGreaterThanOrEqual(SIZE_BYTES)
})

const run = promisify(execFile)
const mayMount = process.platform === 'linux' && process.getuid?.() === 0

test.skipIf(!mayMount)(
  'on a full disk its release makes room for what must be written',
  async () => {
    await using folder = await temporaryFolder()
    const disk = join(folder.path, 'small')
    await mkdir(disk)
    await run('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk])
    try {
      const ballast = await realBallast(disk, SIZE_BYTES)
      const somebody = writeFile(join(disk, 'somebody-else'), Buffer.alloc(16 * MIB))
      await expect(somebody).rejects.toThrow('ENOSPC')
      const checkpoint = join(disk, 'checkpoint')
      await expect(writeFile(checkpoint, Buffer.alloc(SIZE_BYTES / 2))).rejects.toThrow('ENOSPC')
      expect(await ballast.release()).toBe(true)
      await writeFile(checkpoint, Buffer.alloc(SIZE_BYTES / 2))
      expect((await readFile(checkpoint)).length).toBe(SIZE_BYTES / 2)
      expect((await readdir(disk)).toSorted()).toEqual(['checkpoint', 'somebody-else'])
      await ballast.close()
    } finally {
      await run('umount', [disk])
    }
  },
)

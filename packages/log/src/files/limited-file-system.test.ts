import { join } from 'node:path'

import { ManualClock, temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { DeviceTime } from './device-time.ts'
import { readAt, syncFile, writeWhole } from './file-calls.ts'
import type { FileSystem, OpenFile } from './file-system.ts'
import { type FolderLimits, limitedFileSystem } from './limited-file-system.ts'
import { memoryFileSystem } from './memory-file-system.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { diskError, SimulatedDisk } from './simulated-disk.ts'

/** 1000 bytes take a second, an operation 100 ms. */
const LIMITS = { bytesPerSecond: 1000, operationsPerSecond: 10, folders: ['/slow'] }

/** A limited folder `/slow` beside `/quick`, in time that stands still until told to advance. */
class LimitedTestDevice {
  readonly clock: ManualClock = new ManualClock(0)
  readonly inner: FileSystem
  readonly files: FileSystem
  /** By which timers are late. */
  lateMs = 0
  /** By which the next one comes too early. */
  earlyMs = 0
  blockedMs = 0
  timers = 0

  constructor(limits: Partial<FolderLimits> = {}, inner: FileSystem = memoryFileSystem()) {
    this.inner = inner
    const time: DeviceTime = {
      nowMs: () => this.clock.monotonicMs(),
      wake: (delayMs, action) => {
        this.timers += 1
        this.clock.setTimer(delayMs + this.lateMs - this.earlyMs, action)
        this.earlyMs = 0
      },
      block: (delayMs) => {
        this.blockedMs += delayMs
        this.clock.advance(delayMs)
      },
    }
    this.files = limitedFileSystem(inner, { ...LIMITS, time, ...limits })
    this.files.makeFolder('/slow')
    this.files.makeFolder('/quick')
  }

  /** A file with so many bytes that were written by others. */
  found(path: string, bytes: number): OpenFile {
    this.inner.writeFile(path, new Uint8Array(bytes))
    return this.files.open(path, 'update')
  }

  /** How long something takes that is begun now, in ms of the clock. */
  readonly took = async (begin: (done: () => void) => void): Promise<number> => {
    const startMs = this.clock.monotonicMs()
    let endMs = -1
    begin(() => (endMs = this.clock.monotonicMs()))
    await turns()
    for (let steps = 0; endMs < 0 && steps < LONGEST_MS; steps += 1) {
      this.clock.advance(1)
      // oxlint-disable-next-line no-await-in-loop -- who waits by a promise hears of it then
      await turns()
    }
    return endMs - startMs
  }
}

const LONGEST_MS = 100_000

/** What the files below have ended is told. */
function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

const sync = (file: OpenFile) => (done: () => void) => file.sync(done)
const names = (files: FileSystem, folder: string) => (done: () => void) =>
  void files.syncFolder(folder).finally(done)
const read = (file: OpenFile, at: number, bytes: number) => (done: () => void) =>
  file.read(new Uint8Array(bytes), at, done)

test('files elsewhere are those of the file system below, and cost nothing', async () => {
  const { inner, files, took, clock } = new LimitedTestDevice()
  const file = inner.open('/quick/a', 'write')
  const given: FileSystem = Object.assign(Object.create(inner) as FileSystem, {
    open: () => file,
    openDirect: () => file,
  })
  const limits = { bytesPerSecond: 1, operationsPerSecond: 1, folders: ['/slow'] }
  const over = limitedFileSystem(given, limits)
  expect(over.open('/quick/a', 'update')).toBe(file)
  expect(over.openDirect('/quick/a', 'update', true)).toBe(file)
  expect(over.open('/slowly/a', 'update')).toBe(file)
  expect(over.open('/slow/a', 'update')).not.toBe(file)
  expect(over.patient).toBeUndefined()
  files.writeFile('/quick/b', new Uint8Array(1e6))
  expect(await took(names(files, '/quick'))).toBe(0)
  expect(clock.monotonicMs()).toBe(0)
})

test('a sync takes what was written since the last one, and an operation', async () => {
  const { files, took, clock } = new LimitedTestDevice()
  const file = files.open('/slow/a', 'write')
  expect(await took((done) => file.write([new Uint8Array(300)], 0, done))).toBe(0)
  expect(file.writeNow([new Uint8Array(200)], 300)).toBe(200)
  expect(await took(sync(file))).toBe(600)
  expect(await took(sync(file))).toBe(100)
  clock.advance(5000)
  expect(await took(sync(file))).toBe(100)
  expect(file.sizeBytes()).toBe(500)
})

test('a device does one thing after the other, for all of its files', async () => {
  const device = new LimitedTestDevice()
  const { files, clock } = device
  const ended: [string, number][] = []
  const begin = (name: string): void => {
    const file = files.open(`/slow/${name}`, 'write')
    file.writeNow([new Uint8Array(400)], 0)
    file.sync(() => ended.push([name, clock.monotonicMs()]))
  }
  for (const name of ['a', 'b', 'c']) begin(name)
  await turns()
  clock.advance(10_000)
  expect(ended).toEqual([
    ['a', 500],
    ['b', 1000],
    ['c', 1500],
  ])
  const [first, second] = [files.open('/slow/a', 'update'), files.open('/slow/b', 'update')]
  first.writeNow([new Uint8Array(100)], 0)
  second.writeNow([new Uint8Array(100)], 0)
  expect(await device.took(sync(first))).toBe(300) // the bytes of both
  expect(await device.took(sync(second))).toBe(100)
})

test('timers that are late do not make the device slower', async () => {
  const device = new LimitedTestDevice()
  device.lateMs = 1
  const file = device.files.open('/slow/a', 'write')
  for (let count = 0; count < 20; count += 1) {
    expect(await device.took(sync(file))).toBe(count === 0 ? 101 : 100)
  }
  expect(device.clock.monotonicMs()).toBe(2001)
  device.lateMs = 500 // somebody kept the thread: no more than a timer's grain is given
  await device.took(sync(file))
  device.lateMs = 0
  expect(await device.took(sync(file))).toBe(98)
})

test('a timer that comes too early is waited for again', async () => {
  const device = new LimitedTestDevice()
  device.earlyMs = 40
  expect(await device.took(sync(device.files.open('/slow/a', 'write')))).toBe(100)
  expect(device.timers).toBe(2)
})

test('writes wait while too much is dirty', async () => {
  const { files, took, clock } = new LimitedTestDevice({ dirtyBytes: 10_000 })
  const file = files.open('/slow/a', 'write')
  const write = (bytes: number) => (done: () => void) =>
    file.write([new Uint8Array(bytes)], 0, done)
  expect(await took(write(10_000))).toBe(0)
  expect(await took(write(3000))).toBe(3000)
  expect(file.writeNow([new Uint8Array(500)], 0)).toBe(500)
  expect(clock.monotonicMs()).toBe(3500)
  files.writeFile('/slow/b', new Uint8Array(250))
  expect(clock.monotonicMs()).toBe(3750)
  clock.advance(2000) // idle: so much is written out meanwhile
  expect(await took(write(2000))).toBe(0)
  expect(await took(write(1))).toBe(1)
  clock.advance(60_000) // half of it stays
  expect(await took(sync(file))).toBe(5100)
})

test('idle time before a write is no time that it was written out in', async () => {
  const { files, took, clock } = new LimitedTestDevice({ dirtyBytes: 1000 })
  const file = files.open('/slow/a', 'write')
  clock.advance(60_000)
  file.writeNow([new Uint8Array(1000)], 0)
  expect(await took(sync(file))).toBe(1100)
})

test('reads cost, but of what was written last', async () => {
  const device = new LimitedTestDevice({ cachedBytes: 64 * 1024 })
  const { files, took, clock } = device
  const old = device.found('/slow/old', 1000)
  expect(await took(read(old, 0, 500))).toBe(600)
  expect(await took(read(old, 0, 500))).toBe(600)
  expect(await took(read(old, 900, 500))).toBe(200) // fewer are there
  expect(await took(read(old, 1000, 500))).toBe(0)
  const file = files.open('/slow/new', 'write')
  for (let at = 0; at < 64_000; at += 1000) file.writeNow([new Uint8Array(1000)], at)
  expect(await took(read(file, 0, 64_000))).toBe(0)
  expect(await took(read(files.open('/slow/new', 'read'), 0, 1000))).toBe(1100) // another handle
  old.writeNow([new Uint8Array(60_000)], 1000)
  expect(await took(read(old, 900, 1000))).toBe(1100) // not all of it was written here
  expect(await took(read(old, 1000, 60_000))).toBe(0)
  expect(await took(read(file, 0, 1000))).toBe(1100)
  const now = clock.monotonicMs()
  expect(file.readNow(new Uint8Array(1000), 0)).toBe(1000)
  expect(clock.monotonicMs()).toBe(now)
})

test('what was cut off is not remembered', async () => {
  const { files, took } = new LimitedTestDevice()
  const file = files.open('/slow/a', 'write')
  file.writeNow([new Uint8Array(1000)], 0)
  file.truncate(2000)
  expect(await took(read(file, 0, 1000))).toBe(0)
  file.truncate(500)
  expect(file.sizeBytes()).toBe(500)
  expect(await took(read(file, 0, 500))).toBe(600)
  file.writeNow([new Uint8Array(500)], 500)
  expect(await took(read(file, 500, 500))).toBe(0)
  file.writeNow([new Uint8Array(10)], 2000) // begins anew
  expect(await took(read(file, 500, 500))).toBe(600)
  await files.remove('/slow/a')
  expect(files.stat('/slow/a')).toBeUndefined()
})

test('past the page cache each read and write is the device’s', async () => {
  const disk = SimulatedDisk.create()
  const device = new LimitedTestDevice({ bytesPerSecond: 40_960 }, disk)
  const { files, took } = device
  const block = new Uint8Array(4096)
  for (const durable of [false, true]) {
    const file = files.openDirect('/slow/a', 'write', durable)
    if (file === undefined) throw new Error('the disk has direct I/O')
    expect(await took((done) => file.write([block], 0, done))).toBe(200)
    expect(await took(read(file, 0, 4096))).toBe(200)
    expect(await took(sync(file))).toBe(100)
    const before = device.blockedMs
    expect([file.writeNow([block], 0), file.readNow(block, 0)]).toEqual([4096, 4096])
    file.syncNow()
    expect(device.blockedMs - before).toBe(500)
    file.close()
  }
  disk.hasDirectIo = false
  expect(files.openDirect('/slow/a', 'read', false)).toBeUndefined()
})

test('names are made durable by an operation, and hastened syncs are shorter', async () => {
  const { files, took, clock } = new LimitedTestDevice()
  expect(await took(names(files, '/slow'))).toBe(100)
  const file = files.open('/slow/a', 'write')
  file.writeNow([new Uint8Array(1000)], 0)
  await files.hastenSyncs('/slow')
  clock.advance(400)
  expect(await took(sync(file))).toBe(700) // what is left of them, and its own operation
})

test('nothing is mapped there', () => {
  const disk = SimulatedDisk.create()
  disk.isPersistentMemory = true
  const { files } = new LimitedTestDevice({}, disk)
  for (const folder of ['/slow', '/quick']) files.writeFile(`${folder}/a`, new Uint8Array(4096))
  expect(files.map('/slow/a', 4096)).toBeUndefined()
  expect(files.map('/quick/a', 4096)?.sizeBytes).toBe(4096)
})

test('errors pass through, at once', async () => {
  const disk = SimulatedDisk.create()
  const device = new LimitedTestDevice({}, disk)
  const { files, clock } = device
  const file = files.open('/slow/a', 'write')
  file.writeNow([new Uint8Array(1000)], 0)
  disk.fault = (operation) => diskError('EIO', operation)
  const bytes = new Uint8Array(10)
  await expect(readAt(file, bytes, 0)).rejects.toThrow('EIO: simulated, read')
  await expect(writeWhole(file, bytes, 0)).rejects.toThrow('EIO: simulated, write')
  await expect(syncFile(file)).rejects.toThrow('EIO: simulated, sync')
  await expect(files.syncFolder('/slow')).rejects.toThrow('EIO: simulated, sync')
  expect(() => file.readNow(bytes, 0)).toThrow('EIO: simulated, read')
  expect(() => file.writeNow([bytes], 0)).toThrow('EIO: simulated, write')
  expect(() => file.syncNow()).toThrow('EIO: simulated, sync')
  expect(() => file.truncate(0)).toThrow('EIO: simulated, truncate')
  expect(() => files.open('/slow/b', 'write')).toThrow('EIO: simulated, open')
  expect(() => files.openDirect('/slow/b', 'write', true)).toThrow('EIO: simulated, open')
  expect(() => files.writeFile('/slow/b', bytes)).toThrow('EIO: simulated, open')
  await expect(files.remove('/slow/a')).rejects.toThrow('EIO: simulated, remove')
  expect([clock.monotonicMs(), device.timers, device.blockedMs]).toEqual([0, 0, 0])
})

test('patient calls give slow files there, and the others’ elsewhere', async () => {
  await using root = await temporaryFolder()
  const [slow, quick] = [join(root.path, 'slow'), join(root.path, 'quick')]
  const limits = { bytesPerSecond: 1e9, operationsPerSecond: 1e5, folders: [slow] }
  const calls = limitedFileSystem(nodeFileSystem, limits).patient
  if (calls === undefined) throw new Error('patient calls are handed on')
  const kinds: (string | undefined)[] = []
  for (const folder of [slow, quick]) {
    const path = join(folder, 'a')
    await calls.makeFolder(folder)
    const opened = [
      await calls.create(path),
      await calls.open(path, 'read'),
      await calls.openDirect(path, 'read'),
    ]
    for (const file of opened) {
      if (file !== undefined) kinds.push(file.constructor.name)
      file?.close()
    }
  }
  // some file systems have no direct I/O
  const one = kinds.length / 2
  const expected = [
    ...Array<string>(one).fill('LimitedFile'),
    ...Array<string>(one).fill('NodeFile'),
  ]
  expect(one).toBeGreaterThanOrEqual(2)
  expect(kinds).toEqual(expected)
})

test('the time of the system: no sync is sooner than it may be', async () => {
  const limits = { bytesPerSecond: 1e9, operationsPerSecond: 200, folders: ['/slow'] }
  const files = limitedFileSystem(new LimitedTestDevice().inner, limits)
  const file = files.open('/slow/a', 'write')
  const startMs = performance.now()
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let count = 0; count < 4; count += 1) await syncFile(file)
  file.syncNow()
  expect(performance.now() - startMs).toBeGreaterThan(5 * 5 - 2)
})

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a rate of %d is none', (rate) => {
  expect(() => new LimitedTestDevice({ bytesPerSecond: rate })).toThrow(
    `bytesPerSecond of a limited device is more than 0, not ${rate}`,
  )
  expect(() => new LimitedTestDevice({ operationsPerSecond: rate })).toThrow(
    `operationsPerSecond of a limited device is more than 0, not ${rate}`,
  )
})

import { KIB, MIB, SECOND_MS, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
  type Space,
} from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll, TOPIC_ID } from './test-store.ts'

const DIRS = ['/data/a', '/data/b']
const VALUE = Buffer.alloc(10 * KIB)

async function append(store: LogStore, partition: number): Promise<void> {
  const log = store.get('t', partition)
  if (log === undefined) throw new Error('no such log')
  log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
  await committed(log)
}

test('a full log dir does not hold back what others have stored', async () => {
  const files = SimulatedDisk.create()
  const journal = { folder: '/journal', limitBytes: 8 * MIB, tailBytes: 16 * MIB }
  const store = await openStore({ files, store: { dirs: DIRS, channel: 'journal', journal } })
  for (const partition of [0, 1]) {
    store.create({ topic: 't', topicId: TOPIC_ID, partition }, defaultLogConfig)
  }
  for (let count = 0; count < 10; count += 1) await append(store, 0)
  await append(store, 1)
  const used = store.journal?.usedBytes ?? 0
  const full = store.get('t', 1)?.dir ?? ''
  expect(store.get('t', 0)?.dir).not.toBe(full)
  files.fault = (operation, path) =>
    operation === 'write' && path.startsWith(full) ? diskError('ENOSPC', path) : undefined
  await expect(store.checkpoint()).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
  expect(store.journal?.usedBytes).toBeLessThan(used / 4)
  files.fault = () => undefined
  await store.close()
})

/** Of a disk of 20 MiB: what the files in its folder leave. */
function spaceLeft(files: SimulatedDisk, folder: string, device: number): Space {
  const totalBytes = 20 * MIB
  const sizes = files.list(folder).flatMap((name) => {
    const path = `${folder}/${name}`
    if (files.stat(path)?.isFolder !== true) return files.stat(path)?.sizeBytes ?? 0
    return files.list(path).map((file) => files.stat(`${path}/${file}`)?.sizeBytes ?? 0)
  })
  const usedBytes = sizes.reduce((sum, size) => sum + size, 0)
  return { totalBytes, usableBytes: Math.max(0, totalBytes - usedBytes), device }
}

test('a log dir takes no more than it has room for, and the others go on', async () => {
  const files = SimulatedDisk.create()
  const clock = new ManualClock(TIME_MS)
  const journal = { folder: '/journal', limitBytes: 8 * MIB, tailBytes: 16 * MIB }
  const spaceOf = async (path: string): Promise<Space> => {
    if (path === '/data/b') return spaceLeft(files, path, 2)
    return { totalBytes: 1024 * MIB, usableBytes: 900 * MIB, device: 1 }
  }
  const events: string[] = []
  const logger = { ...silentLogger, error: (event: string) => void events.push(event) }
  const store = await openStore({
    files,
    clock,
    logger,
    store: { dirs: DIRS, channel: 'journal', journal, spaceOf },
  })
  const [other, full] = [0, 1].map((partition) =>
    store.create(
      { topic: 't', topicId: TOPIC_ID, partition, dir: DIRS[partition] },
      defaultLogConfig,
    ),
  ) as [PartitionLog, PartitionLog]
  await turns()
  let taken = 0
  const batch = (): Buffer => batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }])
  while (taken < 3000 && full.appendAsLeader(batch(), CLIENT).errorCode === 0) {
    taken += 1
    await committed(full)
    if (taken % 100 === 0) clock.advance(SECOND_MS)
  }
  // no write has failed: nothing is left in memory, and in the ring
  expect([taken > 1500, taken < 2048, full.isOnline]).toEqual([true, true, true])
  expect(events).toEqual(['disk-full'])
  for (let count = 0; count < 2000; count += 1) {
    other.appendAsLeader(batch(), CLIENT)
    await committed(other)
  }
  await store.checkpoint()
  expect(store.journal?.usedBytes).toBe(0)
  expect(await readAll(full)).toHaveLength(taken * batch().length)
  await store.close()
})

describe('a disk that somebody else fills', () => {
  const JOURNAL = { folder: '/data/a/journal', limitBytes: 8 * MIB, tailBytes: 16 * MIB }
  let files: SimulatedDisk
  let clock: ManualClock
  let store: LogStore
  let events: string[]
  let usableBytes = 0
  /** A write there finds no room, whatever is thrown off. */
  let isFull = false

  beforeEach(async () => {
    files = SimulatedDisk.create()
    clock = new ManualClock(TIME_MS)
    events = []
    usableBytes = 900 * MIB
    isFull = false
    files.fault = (operation, path) => {
      const isThere = operation === 'write' && path.startsWith('/data/b')
      return isThere && isFull ? diskError('ENOSPC', path) : undefined
    }
    await open()
    for (const [partition, dir] of DIRS.entries()) {
      store.create({ topic: 't', topicId: TOPIC_ID, partition, dir }, defaultLogConfig)
    }
    await turns()
  })

  async function open(): Promise<void> {
    const spaceOf = async (path: string): Promise<Space> => ({
      totalBytes: 1024 * MIB,
      usableBytes: path === '/data/b' ? usableBytes : 900 * MIB,
      device: path === '/data/b' ? 2 : 1,
    })
    const note = (event: string): void => void events.push(event)
    const logger = { ...silentLogger, warn: note, error: note }
    const places = { dirs: DIRS, channel: 'journal', journal: JOURNAL, spaceOf } as const
    store = await openStore({ files, clock, logger, store: places })
  }

  async function later(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(SECOND_MS)
      await turns()
    }
  }

  /** @returns how many were committed while so many seconds went by */
  async function send(count: number): Promise<number> {
    const log = store.get('t', 0) as PartitionLog
    const before = log.highWatermark
    for (let sent = 0; sent < count; sent += 1) {
      log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
      await turns(1)
    }
    await later(10)
    return log.highWatermark - before
  }

  test('has its ballast thrown off before others wait', async () => {
    await turns(1000)
    expect(files.stat('/data/b/ballast')).toBeDefined()
    await append(store, 1)
    usableBytes = 0
    await later(60)
    expect(files.stat('/data/b/ballast')).toBeUndefined()
    expect(events).toContain('disk-full')
  })

  test('slows those who append there, and nobody else', async () => {
    usableBytes = 30 * MIB // of 1,024
    await later(60)
    await append(store, 0)
    expect(store.pressure).toBe(0)
    await append(store, 1)
    expect(store.pressure).toBeGreaterThan(0.5)
    await later(601)
    expect(store.pressure).toBe(0)
  })

  test('goes offline when others wait for what it cannot take, and loses nothing', async () => {
    for (let count = 0; count < 5; count += 1) await append(store, 1)
    usableBytes = 0
    isFull = true
    await later(60)
    expect(await send(2000)).toBe(2000)
    expect(events).toContain('log-dir-failed')
    expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([true, false])
    files = files.kill()
    usableBytes = 900 * MIB
    await open()
    expect([0, 1].map((one) => store.get('t', one)?.logEndOffset)).toEqual([2000, 5])
  })

  test('lets the others go on as soon as its partition is deleted', async () => {
    for (let count = 0; count < 5; count += 1) await append(store, 1)
    usableBytes = 0
    isFull = true
    await later(60)
    const log = store.get('t', 0) as PartitionLog
    while (store.pressure < 0.9) {
      log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
      await turns(1)
    }
    await store.delete([store.get('t', 1) as PartitionLog])
    await later(3)
    expect([store.pressure, log.highWatermark]).toEqual([0, log.logEndOffset])
  })
})

async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

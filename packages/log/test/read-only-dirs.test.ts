import { type LogFields, silentLogger } from '@pafka/base'
import { type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { ReadOnlyBelow } from './read-only-below.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import {
  CLIENT,
  createLog,
  openStore,
  overEachChannel,
  parentOfFolders,
  readAll,
} from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll, placesOf } from './tier-stage.ts'

const DIRS = ['/fast', '/slow', '/slower']

let files: SimulatedDisk
let disk: ReadOnlyBelow
let told: [string, LogFields | undefined][]

function open(): Promise<LogStore> {
  files.isPersistentMemory = parentOfFolders() === '/dev/shm'
  const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow', '/slower')]
  const error = (event: string, fields?: LogFields): void => void told.push([event, fields])
  const logger = { ...silentLogger, error }
  const store = { dirs: DIRS, tiers }
  const clock = new ManualClock(TIME_MS)
  return openStore({ files: disk.files, clock, config: SMALL, dir: '/fast', logger, store })
}

/** A log in /fast whose sealed segments lie in /slow, but for those that came after. */
async function split(store: LogStore): Promise<PartitionLog> {
  const log = createLog(store, SMALL)
  await append(log, 9)
  await store.flush()
  await store.checkpoint()
  expect((await moveAll(store, idOf(store, '/slow'))).length).toBeGreaterThan(1)
  await append(log, 9)
  await store.flush()
  await store.checkpoint()
  for (const segment of log.parts.segments.all()) segment.unload()
  return log
}

beforeEach(() => {
  files = SimulatedDisk.create()
  disk = new ReadOnlyBelow(files)
  told = []
})

overEachChannel(() => {
  test('a tier that becomes read-only is read, is told of once, and gets no more', async () => {
    const store = await open()
    const log = await split(store)
    const before = placesOf(store, log)
    disk.folder = '/slow'
    expect((await readAll(log)).length).toBe(log.parts.segments.sizeBytes)
    for (let second = 0; second < 3; second += 1) await store.tiers.measure()
    expect(told).toMatchObject([['log-dir-failed', { dir: '/slow', partitions: 1, code: 'EROFS' }]])
    expect(told[0]?.[1]?.['cause']).toMatch(/the log dir \/slow is read-only: EROFS/)
    expect(store.tiers.paths().map(({ isOnline }) => isOnline)).toEqual([true, false, true])
    const toSlow = idOf(store, '/slow')
    const wanted = [...store.tiers.segments()]
    expect(wanted.map((segment) => store.tiers.move(segment, toSlow))).toEqual(
      wanted.map(() => undefined),
    )
    expect(placesOf(store, log)).toEqual(before)
    for (const segment of log.parts.segments.all()) segment.unload()
    const all = await readAll(log)
    await append(log, 3)
    await store.close()
    expect(told.filter(([event]) => event === 'log-unreadable')).toEqual([])
    disk.folder = undefined
    const again = await open()
    expect(onlyLog(again).logEndOffset).toBe(21)
    expect((await readAll(onlyLog(again))).subarray(0, all.length)).toEqual(all)
    await again.close()
  })

  test('a home that becomes read-only is read, and takes no appends', async () => {
    const store = await open()
    const log = await split(store)
    const all = await readAll(log)
    for (const segment of log.parts.segments.all()) segment.unload()
    disk.folder = '/fast'
    await store.tiers.measure()
    expect(told).toMatchObject([['log-dir-failed', { dir: '/fast', code: 'EROFS' }]])
    const { errorCode } = log.appendAsLeader(batchOf(numbered(1, 0, TIME_MS)), CLIENT)
    expect(errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect((await readAll(log)).equals(all)).toBe(true)
    disk.folder = undefined
    await store.close()
  })

  test('what is written to a file that is only read fails as its disk does', async () => {
    const store = await open()
    const log = await split(store)
    disk.folder = '/slow'
    await expect(log.truncateTo(2)).rejects.toThrow('EROFS')
    disk.folder = undefined
    await store.close()
  })
})

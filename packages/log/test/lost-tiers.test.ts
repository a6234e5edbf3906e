import { HOUR_MS, type LogFields, silentLogger } from '@pafka/base'
import { alignedMemory, type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { diskError } from '../src/files/simulated-disk.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import {
  CLIENT,
  createLog,
  openStore,
  overChannel,
  overEachChannel,
  readAll,
} from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveSegment, placesOf, splitLog } from './tier-stage.ts'

const DIRS = ['/fast', '/slow', '/slower']

let files: SimulatedDisk
let clock: ManualClock
let told: [string, LogFields | undefined][]

function open(): Promise<LogStore> {
  const tiers = [tierOf('NVME', '/fast'), tierOf('SSD', '/slow'), tierOf('HDD', '/slower')]
  const error = (event: string, fields?: LogFields): void => void told.push([event, fields])
  const logger = { ...silentLogger, error }
  return openStore({
    files,
    clock,
    config: SMALL,
    dir: '/fast',
    logger,
    store: { dirs: DIRS, tiers },
  })
}

async function codeAt(log: PartitionLog, offset: number): Promise<ErrorCode> {
  const read = await log.read(offset, 100, { minOneBatch: true, upTo: log.highWatermark })
  read.release()
  return read.errorCode
}

function onlineOf(store: LogStore): boolean[] {
  return store.tiers.paths().map(({ isOnline }) => isOnline)
}

/** With an empty folder in its place, as where a disk was mounted. */
function unmount(path: string): void {
  files.rename(path, '/away')
  files.makeFolder(path)
}

async function mount(path: string): Promise<void> {
  await files.removeFolder(path)
  files.rename('/away', path)
}

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
  told = []
})

overEachChannel(() => {
  test('a path that is lost takes down what lies on it, says so once, and comes back', async () => {
    const store = await open()
    const log = await splitLog(store, '/slow')
    const all = await readAll(log)
    const first = log.parts.segments.active?.baseOffset ?? 0
    unmount('/slow')
    await store.tiers.measure()
    await store.tiers.measure()
    expect(onlineOf(store)).toEqual([true, false, true])
    expect(told.map(([event]) => event)).toEqual(['log-dir-failed'])
    expect(told[0]?.[1]).toMatchObject({ dir: '/slow', partitions: 1, code: 'ENODEV' })
    expect(await codeAt(log, 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(await codeAt(log, first)).toBe(ErrorCode.NONE)
    expect([log.isOnline, log.logStartOffset]).toEqual([true, 0])
    await append(log, 3)
    expect(log.logEndOffset).toBe(12)
    await store.close()
    expect(files.list('/slow')).toEqual([])
    await mount('/slow')
    const again = await open()
    const back = again.get('topic', 0)
    expect(back?.logEndOffset).toBe(12)
    if (back !== undefined) expect((await readAll(back)).subarray(0, all.length)).toEqual(all)
    await again.close()
  })

  test('nothing is moved to a path that is lost, nor from it', async () => {
    const store = await open()
    const log = await splitLog(store, '/slow')
    const [ofSlow] = store.tiers.segments()
    if (ofSlow === undefined) throw new Error('nothing to move')
    unmount('/slow')
    await store.tiers.measure()
    expect(store.tiers.move(ofSlow, idOf(store, '/slower'))).toBeUndefined()
    await append(log, 9)
    await store.flush()
    await store.checkpoint()
    const fast = idOf(store, '/fast')
    const ofFast = [...store.tiers.segments()].find(({ pathId }) => pathId === fast)
    if (ofFast === undefined) throw new Error('nothing to move')
    expect(store.tiers.move(ofFast, idOf(store, '/slow'))).toBeUndefined()
    expect(await moveSegment(store, ofFast, idOf(store, '/slower'))).toBe(true)
    expect(files.list('/slow')).toEqual([])
    await store.close()
  })

  test('a copy that came to lie on what is mounted there by then does not count', async () => {
    const store = await open()
    const log = await splitLog(store, '/slow')
    const all = await readAll(log)
    const [segment] = store.tiers.segments()
    if (segment === undefined) throw new Error('nothing to move')
    unmount('/slower')
    const early = store.tiers.move(segment, idOf(store, '/slower'))
    expect(early).toBeDefined()
    await expect(early?.beginCopy()).rejects.toThrow('the log dir /slower is lost')
    early?.release()
    expect(files.list('/slower')).toEqual([])
    expect(await readAll(log)).toEqual(all)
    await store.close()
  })

  test('a path that is lost while a segment is copied to it gets none', async () => {
    const store = await open()
    const log = await splitLog(store, '/slow')
    const all = await readAll(log)
    const [segment] = store.tiers.segments()
    if (segment === undefined) throw new Error('nothing to move')
    const move = store.tiers.move(segment, idOf(store, '/slower'))
    const copy = await move?.beginCopy()
    const memory = alignedMemory(65_536)
    const count = (await move?.read(memory, 0)) ?? 0
    await copy?.write(memory.subarray(0, count), 0)
    await copy?.sync()
    files.writeFile('/slower/meta.properties', Buffer.from('version=1\ncluster.id=another\n'))
    await expect(copy?.commit()).rejects.toThrow('the log dir /slower is lost')
    await copy?.abandon()
    move?.release()
    expect(new Set(placesOf(store, log))).toEqual(new Set(['/slow', 'home']))
    expect(await readAll(log)).toEqual(all)
    expect(onlineOf(store)).toEqual([true, true, false])
    await store.close()
  })

  test('a disk whose reads fail is lost when it takes no write either', async () => {
    const store = await open()
    const log = await splitLog(store, '/slow')
    files.fault = (operation, path) => {
      if (!path.startsWith('/slow/')) return undefined
      const isCached = path.endsWith('meta.properties')
      return isCached && operation === 'read' ? undefined : diskError('EIO', path)
    }
    await store.tiers.measure()
    expect(onlineOf(store)).toEqual([true, true, true])
    expect(await codeAt(log, 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    await new Promise((resolve) => setImmediate(resolve))
    expect(onlineOf(store)).toEqual([true, false, true])
    files.fault = () => undefined
    await store.close()
  })

  test('one file that cannot be read takes down nothing else', async () => {
    const store = await open()
    const log = await splitLog(store, '/slow')
    const bases = log.parts.segments.all().map(({ baseOffset }) => baseOffset)
    const bad = `/slow/moved/topic-0/${'0'.repeat(20)}.log`
    files.fault = (_, path) => (path === bad ? diskError('EIO', path) : undefined)
    expect(await codeAt(log, 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    await new Promise((resolve) => setImmediate(resolve))
    expect(await codeAt(log, bases[1] ?? 0)).toBe(ErrorCode.NONE)
    expect(onlineOf(store)).toEqual([true, true, true])
    files.fault = () => undefined
    await store.close()
  })

  test('what has expired on a lost path goes, now and when it is back', async () => {
    const store = await open()
    const log = await splitLog(store, '/slow')
    unmount('/slow')
    await store.tiers.measure()
    log.setConfig({ ...log.config, retentionMs: HOUR_MS })
    clock.advance(2 * HOUR_MS)
    await append(log, 1)
    await store.enforceRetention(clock.nowMs())
    clock.advance(0)
    expect(await codeAt(log, log.logStartOffset)).toBe(ErrorCode.NONE)
    expect(log.isOnline).toBe(true)
    await store.close()
    await mount('/slow')
    const again = await open()
    expect(again.get('topic', 0)?.logStartOffset).toBe(log.logStartOffset)
    expect(files.list('/slow/moved/topic-0').filter((name) => name.endsWith('.log'))).toEqual([])
    await again.close()
  })
})

test('a lost path that is the home of partitions takes no appends for them', async () => {
  const store = await open()
  const log = createLog(store, SMALL)
  await append(log, 3)
  files.rename('/fast', '/away')
  await store.tiers.measure()
  expect(log.isOnline).toBe(false)
  const { errorCode } = log.appendAsLeader(batchOf(numbered(1, 0, TIME_MS)), CLIENT)
  expect(errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(store.placesFor([log.config])).toEqual([idOf(store, '/slow')])
  files.rename('/away', '/fast')
  await store.close()
})

overChannel('journal', () => {
  test('what was away for a start that was closed in order is there again', async () => {
    const log = await splitLog(await open(), '/slow')
    const sent = await readAll(log)
    files = files.kill()
    files.rename('/slow', '/away')
    files.writeFile('/slow', Buffer.from('no folder'))
    for (let starts = 2; starts > 0; starts--) {
      const without = await open()
      expect(await codeAt(onlyLog(without), 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
      await without.close()
    }
    await files.remove('/slow')
    files.rename('/away', '/slow')
    const store = await open()
    const back = onlyLog(store)
    expect([back.logEndOffset, await readAll(back)]).toEqual([9, sent])
    await store.close()
  })
})

import { HOUR_MS, type LogFields, silentLogger } from '@pafka/base'
import { type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { idempotent, TIME_MS } from './test-batches.ts'
import {
  CLIENT,
  committed,
  createLog,
  openStore,
  overChannel,
  overEachChannel,
  readAll,
} from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll, splitLog } from './tier-stage.ts'

const DIRS = ['/fast', '/mnt/slow']
const NEW = '/mnt/slow/.pafka-new-dir'

let files: SimulatedDisk
let clock: ManualClock
let told: [string, LogFields | undefined][]

function open(dirs: readonly string[] = DIRS): Promise<LogStore> {
  const [fast = '', ...slow] = dirs
  const tiers = [tierOf('NVME', fast), tierOf('HDD', ...slow)]
  told = []
  const error = (event: string, fields?: LogFields): void => void told.push([event, fields])
  const logger = { ...silentLogger, error }
  return openStore({ files, clock, config: SMALL, dir: fast, logger, store: { dirs, tiers } })
}

async function end(store: LogStore, how: string): Promise<void> {
  if (how === 'stop') await store.close()
  else files = files.kill()
}

/** Without what was mounted there. @param names folders that lie in the mount point */
function unmount(path: string, names: readonly string[] | undefined): void {
  files.rename(path, '/away')
  if (names === undefined) return
  files.makeFolder(path)
  for (const name of names) files.makeFolder(`${path}/${name}`)
}

async function mount(path: string): Promise<void> {
  await files.removeFolder(path)
  files.rename('/away', path)
}

function onlineOf(store: LogStore): boolean[] {
  return store.dirs().map(({ isOnline }) => isOnline)
}

/** What does not lie there is served, appended to, and told of; the rest is not taken for gone. */
async function expectRest(store: LogStore, sent: Buffer): Promise<void> {
  const log = onlyLog(store)
  const newest = log.parts.segments.active?.baseOffset ?? 0
  expect([log.isOnline, log.logStartOffset]).toEqual([true, 0])
  expect(await codeAt(log, 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(await codeAt(log, newest - 1)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  const rest = await readAll(log, newest)
  expect(sent.subarray(sent.length - rest.length)).toEqual(rest)
  await expect(log.offsetForTimestamp(0)).rejects.toThrow('is not there')
  expect(await log.offsetForTimestamp(TIME_MS + 1)).toBeUndefined()
  expect([...store.tiers.segments()]).toEqual([])
  expect(store.placesOf(log).get('/fast')).toBe(rest.length)
}

/** Of an idempotent producer. @returns the offset that it gets */
function send(log: PartitionLog, sequence: number): number {
  return log.appendAsLeader(idempotent({ producerId: 1, sequence }), CLIENT).baseOffset
}

async function codeAt(log: PartitionLog, offset: number): Promise<ErrorCode> {
  const read = await log.read(offset, 100, { minOneBatch: true, upTo: log.highWatermark })
  read.release()
  return read.errorCode
}

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
})

overEachChannel(() => {
  describe.each(['stop', 'kill'])('a path with segments that is not mounted after a %s', (how) => {
    test.each([
      ['an empty folder', '/mnt/slow', []],
      ['no folder', '/mnt/slow', undefined],
      ['what a file system has of its own', '/mnt/slow', ['lost+found']],
      ['an empty folder above it', '/mnt', []],
    ])('is offline, left alone, and back with all it had: %s', async (_, point, names) => {
      const before = await open()
      const sent = await readAll(await splitLog(before, '/mnt/slow'))
      const id = idOf(before, '/mnt/slow')
      await end(before, how)
      unmount(point, names)
      for (let starts = 0; starts < 2; starts += 1) {
        const without = await open()
        expect(onlineOf(without)).toEqual([true, false])
        await expectRest(without, sent)
        expect(told[0]?.[0]).toBe('log-dir-failed')
        expect(told[0]?.[1]).toMatchObject({ dir: '/mnt/slow', code: 'ENODEV' })
        // after a kill the journal may have records for it, and says so first
        const why = `/mnt/slow(, which had the id ${id}, is not there| is empty), though `
        expect(told[0]?.[1]?.['cause']).toMatch(new RegExp(why))
        await end(without, how)
        expect(names && files.list(point)).toEqual(names)
        expect(files.stat(point) === undefined).toBe(names === undefined)
      }
      await mount(point)
      const store = await open()
      expect([onlineOf(store), told]).toEqual([[true, true], []])
      expect(await readAll(onlyLog(store))).toEqual(sent)
      await store.close()
    })
  })

  test('what comes while it is away is there as well, and old records are known', async () => {
    const before = await open()
    const log = await splitLog(before, '/mnt/slow')
    for (let sequence = 0; sequence < 6; sequence += 1) send(log, sequence)
    await committed(log)
    await before.flush()
    await before.checkpoint()
    await moveAll(before, idOf(before, '/mnt/slow'))
    const sent = await readAll(log)
    await before.close()
    unmount('/mnt/slow', [])
    for (const how of ['kill', 'stop', 'kill', 'stop']) {
      const without = await open()
      const same = onlyLog(without)
      // as if its answer had been lost
      expect(send(same, 5)).toBe(14)
      await append(same, 5)
      await without.flush()
      await without.checkpoint()
      await without.cleanIfDirty(clock.nowMs())
      await without.enforceRetention(clock.nowMs())
      await append(same, 3)
      await end(without, how)
    }
    await mount('/mnt/slow')
    const store = await open()
    const back = onlyLog(store)
    expect([back.logStartOffset, back.logEndOffset]).toEqual([0, 47])
    expect((await readAll(back)).subarray(0, sent.length)).toEqual(sent)
    expect(told).toEqual([])
    await store.close()
  })

  test('what is deleted meanwhile is gone when it is back, and nothing else', async () => {
    const before = await open()
    const log = await splitLog(before, '/mnt/slow')
    const sent = await readAll(log)
    const second = log.parts.segments.all()[1]?.baseOffset ?? 0
    const sizes = log.parts.segments.all().map(({ sizeBytes }) => sizeBytes)
    await before.close()
    unmount('/mnt/slow', [])
    const without = await open()
    const same = onlyLog(without)
    expect(await same.deleteRecordsBefore(second + 1)).toBe(ErrorCode.NONE)
    same.setConfig({ ...same.config, retentionBytes: sent.length })
    await without.enforceRetention(clock.nowMs())
    expect(same.logStartOffset).toBe(second + 1)
    clock.advance(HOUR_MS)
    await without.close()
    await mount('/mnt/slow')
    const store = await open()
    const back = onlyLog(store)
    expect(back.parts.segments.first?.baseOffset).toBe(second)
    const rest = await readAll(back)
    expect(rest).toEqual(sent.subarray(sent.length - rest.length))
    expect(back.parts.segments.all().map(({ sizeBytes }) => sizeBytes)).toEqual(sizes.slice(1))
    expect(files.list('/mnt/slow/moved/topic-0')).toHaveLength(sizes.length - 2)
    await store.close()
  })

  test('is not compacted before all is there', async () => {
    const before = await open()
    const log = await splitLog(before, '/mnt/slow')
    const sent = await readAll(log)
    await before.close()
    unmount('/mnt/slow', [])
    const without = await open()
    const same = onlyLog(without)
    same.setConfig({ ...same.config, cleanupPolicy: 'compact' })
    await without.clean(same)
    expect(without.dirtyRatio(same)).toBe(0)
    await without.close()
    await mount('/mnt/slow')
    const store = await open()
    expect(await readAll(onlyLog(store))).toEqual(sent)
    await store.close()
  })

  test('what a crash leaves to look into is not opened without it', async () => {
    const store = await open()
    const sent = await readAll(await splitLog(store, '/mnt/slow'))
    await store.close()
    // nobody knows any more how far the files were good
    const names = ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint', 'journal.id']
    for (const name of names) await files.remove(`/fast/${name}`)
    if (files.stat('/fast/journal') !== undefined) await files.removeFolder('/fast/journal')
    unmount('/mnt/slow', [])
    const without = await open()
    expect(without.get('topic', 0)).toBeUndefined()
    expect(told.map(([event]) => event)).toEqual(['log-dir-failed', 'partition-not-opened'])
    await without.close()
    await mount('/mnt/slow')
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(sent)
    await again.close()
  })

  test('a disk that had no segments may be another one', async () => {
    const store = await open()
    await append(createLog(store, SMALL), 9)
    const id = idOf(store, '/mnt/slow')
    await store.close()
    unmount('/mnt/slow', [])
    const again = await open()
    expect(onlineOf(again)).toEqual([true, true])
    expect(idOf(again, '/mnt/slow')).not.toBe(id)
    await again.close()
  })

  test('a path that is new may be added', async () => {
    const store = await open()
    const sent = await readAll(await splitLog(store, '/mnt/slow'))
    await store.close()
    const again = await open([...DIRS, '/mnt/new'])
    expect(onlineOf(again)).toEqual([true, true, true])
    expect(await readAll(onlyLog(again))).toEqual(sent)
    await again.close()
  })

  test('a disk is given up by a file that says so', async () => {
    const before = await open()
    await splitLog(before, '/mnt/slow')
    const id = idOf(before, '/mnt/slow')
    await before.close()
    unmount('/mnt/slow', [])
    files.writeFile(NEW, new Uint8Array())
    for (let starts = 0; starts < 2; starts += 1) {
      const store = await open()
      expect(onlineOf(store)).toEqual([true, true])
      expect(idOf(store, '/mnt/slow')).not.toBe(id)
      expect(files.stat(NEW)).toBeUndefined()
      await store.close()
    }
    // not mounted again, it is still known that there are segments somewhere
    await files.removeFolder('/mnt/slow')
    const store = await open()
    expect(onlineOf(store)).toEqual([true, false])
    await store.close()
  })

  test('a list of ids that is damaged says nothing', async () => {
    const store = await open()
    await splitLog(store, '/mnt/slow')
    await store.close()
    files.writeFile('/fast/known-dirs', Buffer.from('0\n9\nnot a list'))
    const again = await open()
    expect([onlineOf(again), told]).toEqual([[true, true], []])
    await again.close()
    expect(new TextDecoder().decode(files.readFile('/fast/known-dirs'))).toMatch(/^0\n2\n/)
  })
})

overChannel('journal', () => {
  test('a partition whose newest segment was begun there waits for it', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await append(log, 1)
    store.tiers.spillAfter(idOf(store, '/fast'), 0)
    await append(log, 9)
    const { topicId } = log
    const directoryId = idOf(store, '/mnt/slow')
    expect(log.parts.segments.active?.moved?.directoryId).toBe(directoryId)
    const sent = await readAll(log)
    files = files.kill()
    unmount('/mnt/slow', [])
    const without = await open()
    expect(without.get('topic', 0)).toBeUndefined()
    expect(told.map(([event]) => event)).toEqual(['log-dir-failed', 'partition-not-opened'])
    const why = `the log dir /mnt/slow, which had the id ${directoryId}, is not there`
    expect(told[1]?.[1]).toMatchObject({ topic: 'topic', partition: 0, cause: why })
    const place = { directoryId, path: '/mnt/slow' }
    expect(without.missingPlaceOf('topic', topicId, 0)).toEqual(place)
    await without.close()
    await mount('/mnt/slow')
    const again = await open()
    expect(again.missingPlaceOf('topic', topicId, 0)).toBeUndefined()
    expect(await readAll(onlyLog(again))).toEqual(sent)
    await again.close()
  })

  test('nor is one opened beside which a move was cut short', async () => {
    const store = await open()
    const sent = await readAll(await splitLog(store, '/mnt/slow'))
    await store.close()
    const name = `topic-0/${'0'.repeat(20)}.log`
    files.writeFile(`/fast/${name}`, files.readFile(`/mnt/slow/moved/${name}`) ?? Buffer.of())
    unmount('/mnt/slow', [])
    const without = await open()
    expect(without.get('topic', 0)).toBeUndefined()
    await without.close()
    expect(files.stat(`/fast/${name}`)).toBeDefined()
    await mount('/mnt/slow')
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(sent)
    await again.close()
  })
})

test('a path that is taken out of the configuration is told at each start', async () => {
  const before = await open()
  const sent = await readAll(await splitLog(before, '/mnt/slow'))
  const directoryId = idOf(before, '/mnt/slow')
  const all = onlyLog(before).parts.segments.all()
  const segments = all.filter(({ moved }) => moved !== undefined).length
  await before.close()
  for (let starts = 0; starts < 2; starts += 1) {
    const without = await open(['/fast', '/mnt/other'])
    const said = { dir: '/mnt/slow', directoryId, segments }
    expect(told).toContainEqual(['log-dir-not-configured', said])
    await expectRest(without, sent)
    await without.close()
  }
  const again = await open([...DIRS, '/mnt/other'])
  expect([told, await readAll(onlyLog(again))]).toEqual([[], sent])
  await again.close()
})

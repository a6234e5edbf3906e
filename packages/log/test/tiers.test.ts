import { HOUR_MS, silentLogger } from '@pafka/base'
import {
  alignedMemory,
  defaultLogConfig,
  diskError,
  type LogStore,
  type LogStoreOptions,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel, readAll } from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll, moveSegment, placesOf } from './tier-stage.ts'

const DIRS = ['/fast', '/slow', '/slower']

let files: SimulatedDisk
let clock: ManualClock

function open(dirs = DIRS, changes: Partial<LogStoreOptions> = {}): Promise<LogStore> {
  const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow', '/slower')]
  const store = { dirs, tiers, ...changes }
  return openStore({ files, clock, config: SMALL, dir: '/fast', logger: silentLogger, store })
}

/** A log with segments of its own; all but the last may be moved. */
async function filled(store: LogStore, batches = 9): Promise<PartitionLog> {
  const log = createLog(store, SMALL)
  await append(log, batches)
  await store.flush()
  await store.checkpoint()
  return log
}

/** Log files in a folder, by name. */
function logsIn(folder: string): string[] {
  if (files.stat(folder) === undefined) return []
  return files.list(folder).filter((name) => name.includes('.log'))
}

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
})

overEachChannel(() => {
  test('sealed segments move, are read there, and are found by the next start', async () => {
    const first = await open()
    const log = await filled(first)
    const all = await readAll(log)
    const moved = await moveAll(first, idOf(first, '/slow'))
    expect(moved.length).toBeGreaterThan(1)
    const count = log.describe().segments
    const places = [...moved.map(() => '/slow'), 'home']
    expect(placesOf(first, log)).toEqual(places)
    expect(moved).toHaveLength(count - 1)
    expect(await readAll(log)).toEqual(all)
    expect(logsIn('/fast/topic-0')).toHaveLength(1)
    await first.close()

    const second = await open()
    const again = onlyLog(second)
    expect(placesOf(second, again)).toEqual(places)
    expect(await readAll(again)).toEqual(all)
    await append(again, 3)
    expect(again.logEndOffset).toBe(12)
    await second.close()
  })

  test('segments move on to a third dir, and back to where their log has its home', async () => {
    const store = await open()
    const log = await filled(store)
    const all = await readAll(log)
    const moved = await moveAll(store, idOf(store, '/slow'))
    expect(await moveAll(store, idOf(store, '/slower'))).toEqual(moved)
    expect(placesOf(store, log)).toEqual([...moved.map(() => '/slower'), 'home'])
    expect(logsIn('/slow/moved/topic-0')).toEqual([])
    expect(await readAll(log)).toEqual(all)
    expect(await moveAll(store, idOf(store, '/fast'))).toEqual(moved)
    expect(new Set(placesOf(store, log))).toEqual(new Set(['home']))
    expect(logsIn('/slower/moved/topic-0')).toEqual([])
    expect(await readAll(log)).toEqual(all)
    await store.close()
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(all)
    await again.close()
  })

  test('who reads a segment while it moves reads on', async () => {
    const store = await open()
    const log = await filled(store)
    const all = await readAll(log)
    const [segment] = store.tiers.segments()
    if (segment === undefined) throw new Error('nothing to move')
    const held = await log.read(0, 200, { minOneBatch: true, upTo: log.highWatermark })
    const reading = readAll(log)
    const done = moveSegment(store, segment, idOf(store, '/slow'), async () => {
      expect(await readAll(log)).toEqual(all)
    })
    expect(await reading).toEqual(all)
    expect(await done).toBe(true)
    expect(Buffer.from(held.records)).toEqual(all.subarray(0, held.records.length))
    held.release()
    expect(await readAll(log)).toEqual(all)
    await store.close()
  })

  test('a partition with segments in a dir that is not there is served but for those', async () => {
    const first = await open()
    const log = await filled(first)
    const all = await readAll(log)
    const other = first.create(
      { topic: 'other', topicId: 'AAAAAAAAAAAAAAAAAAAABQ', partition: 0, dir: '/fast' },
      { ...defaultLogConfig, ...SMALL },
    )
    await append(other, 2)
    await moveAll(first, idOf(first, '/slow'))
    const { topicId } = log
    await first.close()

    const second = await open(['/fast', '/slower'])
    const without = onlyLog(second)
    const newest = without.parts.segments.active?.baseOffset ?? 0
    await expect(readAll(without)).rejects.toThrow('read at 0 gives 56')
    const rest = await readAll(without, newest)
    expect(rest).toEqual(all.subarray(all.length - rest.length))
    expect([without.logEndOffset, without.isOnline]).toEqual([log.logEndOffset, true])
    expect(second.isMissed('topic', topicId, 0)).toBe(false)
    expect(second.get('other', 0)?.logEndOffset).toBe(2)
    await second.close()

    const third = await open()
    expect(third.isMissed('topic', topicId, 0)).toBe(false)
    expect(await readAll(onlyLog(third))).toEqual(all)
    await third.close()
  })

  test('a segment whose file is gone keeps its partition from being served', async () => {
    const first = await open()
    await filled(first)
    await moveAll(first, idOf(first, '/slow'))
    await first.close()
    const [name = ''] = logsIn('/slow/moved/topic-0')
    await files.remove(`/slow/moved/topic-0/${name}`)
    const second = await open()
    expect(second.get('topic', 0)).toBeUndefined()
    await second.close()
  })

  test('retention deletes a moved segment with its mark, and a start finds neither', async () => {
    const store = await open()
    const log = await filled(store)
    const moved = await moveAll(store, idOf(store, '/slow'))
    log.setConfig({ ...log.config, retentionMs: HOUR_MS })
    clock.advance(2 * HOUR_MS)
    await append(log, 1)
    await store.enforceRetention(clock.nowMs())
    expect(log.logStartOffset).toBeGreaterThan(moved.at(-1) ?? 0)
    clock.advance(0)
    await store.close()
    expect(logsIn('/slow/moved/topic-0')).toEqual([])
    expect(files.list('/fast/topic-0').filter((name) => name.includes('.moved.'))).toEqual([])
    const again = await open()
    expect(onlyLog(again).logStartOffset).toBe(log.logStartOffset)
    await again.close()
  })

  test('a deleted partition takes its moved segments along, and a new one has none', async () => {
    const store = await open()
    const log = await filled(store)
    await moveAll(store, idOf(store, '/slow'))
    await store.delete([log])
    const anew = createLog(store, SMALL)
    await append(anew, 1)
    expect(await readAll(anew)).toHaveLength(log.parts.segments.sizeBytes / 9)
    clock.advance(HOUR_MS)
    await store.close()
    expect(files.list('/slow/moved')).toEqual([])
  })

  test('a segment that was cut off meanwhile does not come back by its move', async () => {
    const store = await open()
    const log = await filled(store)
    const [segment] = [...store.tiers.segments()].slice(-1)
    if (segment === undefined) throw new Error('nothing to move')
    const isMoved = await moveSegment(store, segment, idOf(store, '/slow'), async () => {
      await log.truncateTo(segment.baseOffset)
    })
    expect(isMoved).toBe(false)
    expect(logsIn('/slow/moved/topic-0')).toEqual([])
    await append(log, 2)
    expect(log.logEndOffset).toBe(segment.baseOffset + 2)
    await store.close()
    const again = await open()
    expect(onlyLog(again).logEndOffset).toBe(segment.baseOffset + 2)
    await again.close()
  })

  test('a log that is cut in a moved segment goes on there', async () => {
    const store = await open()
    const log = await filled(store)
    const all = await readAll(log)
    await moveAll(store, idOf(store, '/slow'))
    await log.truncateTo(1)
    await append(log, 5)
    expect(log.logEndOffset).toBe(6)
    expect((await readAll(log)).subarray(0, 60)).toEqual(all.subarray(0, 60))
    await store.close()
    const again = await open()
    expect(onlyLog(again).logEndOffset).toBe(6)
    await readAll(onlyLog(again))
    await again.close()
  })

  test('the active segment, and one that the journal may bring back, stay', async () => {
    const store = await open()
    const log = await filled(store)
    const before = [...store.tiers.segments()].map(({ baseOffset }) => baseOffset)
    expect(before).toEqual(
      log.parts.segments
        .all()
        .slice(0, -1)
        .map(({ baseOffset }) => baseOffset),
    )
    await append(log, 9)
    const after = [...store.tiers.segments()].map(({ baseOffset }) => baseOffset)
    if (store.journal !== undefined) expect(after).toEqual(before)
    expect(after).not.toContain(log.parts.segments.active?.baseOffset)
    await store.close()
  })

  test('what a crash left of moves goes, and the marked files stay', async () => {
    const first = await open()
    const log = await filled(first)
    const all = await readAll(log)
    const moved = await moveAll(first, idOf(first, '/slow'))
    await first.close()
    const name = `${String(moved[0]).padStart(20, '0')}.log`
    const bytes = files.readFile(`/slow/moved/topic-0/${name}`) ?? new Uint8Array()
    files.makeFolder('/slower/moved/topic-0')
    files.writeFile(`/slower/moved/topic-0/${name}`, Buffer.from('another'))
    files.writeFile(`/slow/moved/topic-0/${name}.copy`, Buffer.from('half'))
    files.writeFile(`/fast/topic-0/${name}`, bytes)
    files.writeFile(`/fast/topic-0/${name}.copy`, Buffer.from('half'))
    const second = await open()
    expect(await readAll(onlyLog(second))).toEqual(all)
    expect(logsIn('/slower/moved/topic-0')).toEqual([])
    expect(logsIn('/slow/moved/topic-0')).toHaveLength(moved.length)
    expect(logsIn('/fast/topic-0')).toHaveLength(1)
    await second.close()
  })

  test('paths tell what they hold and have room for', async () => {
    const spaceOf = async (): Promise<{ totalBytes: number; usableBytes: number }> => ({
      totalBytes: 100_000_000,
      usableBytes: 50_000_000,
    })
    const store = await open(DIRS, { spaceOf })
    const log = await filled(store)
    await store.tiers.measure()
    const before = store.tiers.paths()
    expect(before.map(({ path, tier }) => [path, tier])).toEqual([
      ['/fast', 0],
      ['/slow', 1],
      ['/slower', 1],
    ])
    await moveAll(store, idOf(store, '/slow'))
    const after = store.tiers.paths()
    const activeBytes = log.parts.segments.active?.sizeBytes ?? 0
    const movedBytes = log.parts.segments.sizeBytes - activeBytes
    expect(after[1]?.usedBytes).toBe(movedBytes)
    expect((before[0]?.usedBytes ?? 0) - (after[0]?.usedBytes ?? 0)).toBe(movedBytes)
    await store.tiers.measure()
    expect(store.tiers.paths()[1]?.capacityBytes).toBe(50_000_000 + movedBytes)
    await store.close()
  })
})

overEachChannel(() => {
  test('who listens is told what may be moved, what was, and what is gone', async () => {
    const store = await open()
    const told: string[] = []
    store.tiers.listen({
      put: ({ baseOffset, pathId }) => {
        const path = store.dirs().find(({ directoryId }) => directoryId === pathId)?.path
        told.push(`${baseOffset} ${path}`)
      },
      remove: ({ baseOffset }) => void told.push(`${baseOffset} gone`),
    })
    const log = await filled(store)
    const bases = log.parts.segments.all().map(({ baseOffset }) => baseOffset)
    const sealed = bases.slice(0, -1)
    expect(told).toEqual(sealed.map((base) => `${base} /fast`))
    told.length = 0
    const [first] = store.tiers.segments()
    if (first === undefined) throw new Error('nothing to move')
    await moveSegment(store, first, idOf(store, '/slow'))
    expect(told).toEqual([`${first.baseOffset} /slow`])
    told.length = 0
    await log.truncateTo(bases[1] ?? 0)
    expect(told).toEqual(
      sealed
        .toReversed()
        .map((base) => `${base} gone`)
        .toSorted(),
    )
    await store.close()
  })
})

overEachChannel(() => {
  test.each([
    ['/fast', '/slow'],
    ['/slow', '/fast'],
  ])('a move from %s to %s whose last sync fails loses nothing', async (from, to) => {
    const store = await open()
    const log = await filled(store)
    const all = await readAll(log)
    await moveAll(store, idOf(store, from))
    const [segment] = store.tiers.segments()
    if (segment === undefined) throw new Error('nothing to move')
    const move = store.tiers.move(segment, idOf(store, to))
    const copy = await move?.beginCopy()
    const memory = alignedMemory(65_536)
    const count = (await move?.read(memory, 0)) ?? 0
    await copy?.write(memory.subarray(0, count), 0)
    await copy?.sync()
    let syncs = to === '/fast' ? 1 : 0 // the copy's name, and then the mark's
    files.fault = (operation, path) => {
      const isHome = operation === 'sync' && path === '/fast/topic-0'
      return isHome && syncs-- <= 0 ? diskError('EIO', path) : undefined
    }
    await expect(copy?.commit()).rejects.toThrow('EIO')
    await copy?.abandon()
    move?.release()
    files.fault = () => undefined
    expect(await readAll(log)).toEqual(all)
    expect(store.dirs().map(({ path, isOnline }) => [path, isOnline])).toContainEqual([
      '/fast',
      false,
    ])
    files = files.kill()
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(all)
    await again.close()
  })
})

test('a compaction that cannot read a moved segment takes no dir down', async () => {
  const store = await openStore({
    files,
    clock,
    config: { ...SMALL, cleanupPolicy: 'compact', minCleanableDirtyRatio: 0.01 },
    dir: '/fast',
    store: { dirs: DIRS, channel: 'journal' },
  })
  const log = createLog(store, {
    ...SMALL,
    cleanupPolicy: 'compact',
    minCleanableDirtyRatio: 0.01,
  })
  for (let at = 0; at < 9; at++) {
    const value = Buffer.from(`value ${at}`)
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: Buffer.from('k'), value }]), CLIENT)
  }
  await committed(log)
  await store.checkpoint()
  await moveAll(store, idOf(store, '/slow'))
  files.fault = (_, path) => (path.startsWith('/slow') ? diskError('EIO', path) : undefined)
  await store.cleanIfDirty(clock.nowMs() + HOUR_MS)
  expect(store.dirs().every(({ isOnline }) => isOnline)).toBe(true)
  files.fault = () => undefined
})

import { HOUR_MS, MIB, seededRandom } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type LogConfig,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
  type TierName,
} from '@pafka/log'
import { randomUuid } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, overEachChannel, readAll } from './test-store.ts'
import { onlyLog, tierOf } from './tier-logs.ts'
import { idOf, moveAll, moveSegment, placesOf } from './tier-stage.ts'

// What went wrong in Pafka 0.3, by number; docs/original-bugs.md has them all.

const CONFIG: LogConfig = { ...defaultLogConfig, segmentBytes: 400, indexIntervalBytes: 100 }

interface Stage {
  readonly names?: readonly [TierName, TierName]
  readonly dirs?: readonly [string, string]
  /** In which the store has them. */
  readonly order?: readonly string[]
  readonly config?: LogConfig
}

let files: SimulatedDisk
let clock: ManualClock

function open({
  names = ['NVME', 'HDD'],
  dirs = ['/fast', '/slow'],
  order = dirs,
  config,
}: Stage = {}): Promise<LogStore> {
  const tiers = dirs.map((path, at) => tierOf(names[at] as TierName, path))
  const store = { dirs: order, tiers }
  return openStore({ files, clock, config: config ?? CONFIG, dir: dirs[0], store })
}

function create(store: LogStore, config = CONFIG): PartitionLog {
  return store.create({ topic: 'topic', topicId: randomUuid(), partition: 0 }, config)
}

async function append(log: PartitionLog, count: number, what = 'value'): Promise<void> {
  for (let at = 0; at < count; at++) {
    const value = Buffer.from(`${what} ${log.logEndOffset}`.padEnd(60))
    const key = Buffer.from(`key ${at % 3}`)
    log.appendAsLeader(batchOf([{ timestamp: clock.nowMs(), key, value }]), CLIENT)
  }
  await committed(log)
}

/** A log whose full segments lie on the second tier. */
async function tiered(store: LogStore, slow = '/slow'): Promise<PartitionLog> {
  const log = create(store)
  await append(log, 12)
  await store.flush()
  await store.checkpoint()
  expect((await moveAll(store, idOf(store, slow))).length).toBeGreaterThan(1)
  return log
}

/** Whether reads wait for a disk: of memory that is mapped they are there at once. */
function isOfFiles(store: LogStore): boolean {
  return store.mappedDirs.length === 0
}

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
})

overEachChannel(() => {
  test.each<[TierName, TierName]>([
    ['NVME', 'SSD'],
    ['PMEM', 'SSD'],
    ['SSD', 'HDD'],
  ])('bug 1: what was moved from %s to %s is there after a restart', async (...names) => {
    const first = await open({ names })
    const all = await readAll(await tiered(first))
    await first.close()
    const second = await open({ names })
    expect(await readAll(onlyLog(second))).toEqual(all)
    expect(placesOf(second, onlyLog(second))).toContain('/slow')
    await second.close()
  })

  test('bug 2: what was moved outlives a power cut', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      files = SimulatedDisk.create()
      const config = { ...CONFIG, flushMessages: 1 }
      const store = await open({ config })
      const all = await readAll(await tiered(store))
      files = files.cutPower(seededRandom(seed))
      const again = await open({ config })
      expect(await readAll(onlyLog(again)), `seed ${seed}`).toEqual(all)
      await again.close()
    }
  })

  test('bug 4: what was deleted does not come back where its room is used again', async () => {
    let store = await open()
    for (let lives = 0; lives < 6; lives++) {
      await append(create(store), 40, `old ${lives}`)
      await store.checkpoint()
      await store.delete([onlyLog(store)])
      clock.advance(HOUR_MS)
    }
    const log = create(store)
    await append(log, 2, 'new')
    const all = await readAll(log)
    for (const end of ['kill', 'power'] as const) {
      files = end === 'kill' ? files.kill() : files.cutPower(seededRandom(1))
      store = await open()
      const served = store.get('topic', 0)
      if (end === 'kill') expect(served?.logEndOffset).toBe(2)
      if (served !== undefined) {
        expect(all.subarray(0, (await readAll(served)).length)).toEqual(await readAll(served))
      }
    }
  })

  test.each([
    ['while it is copied', 'copy'],
    ['before it counts', 'before'],
    ['when it counts', 'after'],
  ])('bug 5: a move that a crash ends %s leaves one whole copy', async (_, when) => {
    const store = await open()
    const log = create(store)
    await append(log, 12)
    await store.flush()
    await store.checkpoint()
    const all = await readAll(log)
    const [segment] = store.tiers.segments()
    if (segment === undefined) throw new Error('nothing to move')
    const slow = idOf(store, '/slow')
    if (when === 'copy') {
      files.fault = (operation, path) => {
        return operation === 'write' && path.includes('.copy') ? diskError('EIO', path) : undefined
      }
    }
    const dies = async (): Promise<void> => {
      if (when === 'before') throw new Error('killed')
    }
    await moveSegment(store, segment, slow, dies).catch(() => undefined)
    files = files.kill()
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(all)
    await moveAll(again, idOf(again, '/slow'))
    expect(await readAll(onlyLog(again))).toEqual(all)
    await again.close()
  })

  test('bug 6: compaction leaves what was moved where a restart finds it', async () => {
    const config: LogConfig = {
      ...CONFIG,
      cleanupPolicy: 'compact',
      minCleanableDirtyRatio: 0.01,
      fileDeleteDelayMs: 0,
    }
    const store = await open({ config })
    const log = create(store, config)
    await append(log, 12)
    await store.flush()
    await store.checkpoint()
    await moveAll(store, idOf(store, '/slow'))
    await store.clean(log)
    await append(log, 12)
    await store.flush()
    await store.checkpoint()
    await moveAll(store, idOf(store, '/slow'))
    const all = await readAll(log)
    await store.close()
    const again = await open({ config })
    expect(await readAll(onlyLog(again))).toEqual(all)
    await again.close()
  })

  test('bug 7: a restart in the delay of a deletion leaves nothing behind', async () => {
    const first = await open()
    const log = await tiered(first)
    log.setConfig({ ...log.config, retentionMs: HOUR_MS, fileDeleteDelayMs: HOUR_MS })
    clock.advance(2 * HOUR_MS)
    await append(log, 1)
    await first.enforceRetention(clock.nowMs())
    files = files.kill()
    const second = await open()
    clock.advance(2 * HOUR_MS)
    await second.close()
    const kept = ['/fast/topic-0', '/slow/moved/topic-0'].flatMap((folder) => {
      return files.stat(folder) === undefined ? [] : files.list(folder)
    })
    expect(kept.filter((name) => /deleted|moved/.test(name))).toEqual([])
    expect(kept.filter((name) => name.endsWith('.log')).length).toBeLessThanOrEqual(2)
  })

  test('bugs 8 and 9: a consumer that never ends makes nobody wait', async () => {
    const store = await open()
    const log = create(store)
    await append(log, 12)
    await store.flush()
    await store.checkpoint()
    const held = await log.read(0, 200, { minOneBatch: true })
    const bytes = Buffer.from(held.records)
    await append(log, 3)
    expect((await moveAll(store, idOf(store, '/slow'))).length).toBeGreaterThan(1)
    await append(log, 3)
    expect(Buffer.from(held.records)).toEqual(bytes)
    held.release()
    await store.close()
  })

  test('bugs 8 and 9: nor does one whose read is under way in a file that is moved', async () => {
    const before = await open()
    await append(create(before), 15)
    const all = await readAll(onlyLog(before))
    await before.checkpoint()
    await before.close()
    const store = await open() // what memory had is gone: only files have it
    const log = onlyLog(store)
    const [first] = log.parts.segments
    files.slowness = () => 400
    let isRead = false
    const reading = log.read(0, 200, { minOneBatch: true }).finally(() => (isRead = true))
    files.slowness = () => 1
    if (!isOfFiles(store)) await reading // lent, and not given back
    expect((await moveAll(store, idOf(store, '/slow'))).length).toBeGreaterThan(1)
    expect(placesOf(store, log)[0]).toBe('/slow')
    expect([isRead, first?.uses]).toEqual(isOfFiles(store) ? [false, 1] : [true, 0])
    clock.advance(HOUR_MS)
    await append(log, 3)
    const found = await reading
    expect(found.errorCode).toBe(0)
    expect(found.records.length).toBeGreaterThan(0)
    expect(Buffer.from(found.records)).toEqual(all.subarray(0, found.records.length))
    found.release()
    expect(first?.uses).toBe(0)
    await store.close()
  })

  test('bug 10: an append of any size has room, or a segment of its own', async () => {
    const config = { ...CONFIG, segmentBytes: 70_000, maxMessageBytes: MIB }
    const store = await open({ config })
    const log = create(store, config)
    for (const sizeBytes of [1, 65_000, 65_465, 65_466, 69_000, 5, 69_900, 32_768, 32_768, 1]) {
      const value = Buffer.alloc(sizeBytes, 1)
      const { errorCode } = log.appendAsLeader(
        batchOf([{ timestamp: TIME_MS, key: null, value }]),
        CLIENT,
      )
      expect(errorCode).toBe(0)
      await committed(log)
    }
    expect(log.logEndOffset).toBe(10)
    await store.close()
  })

  test('bug 12: what is used is what is there, whatever was moved and deleted', async () => {
    const store = await open()
    const log = await tiered(store)
    const told = (): number[] => store.tiers.paths().map(({ usedBytes }) => usedBytes)
    await store.tiers.measure()
    const [fast = 0, slow = 0] = told()
    for (const path of ['/fast', '/slow', '/fast', '/slow']) {
      await moveAll(store, idOf(store, path))
      const kept = told()
      await store.tiers.measure()
      expect(kept).toEqual(told())
    }
    expect(told()).toEqual([fast, slow])
    log.setConfig({ ...log.config, retentionMs: HOUR_MS, fileDeleteDelayMs: 0 })
    clock.advance(2 * HOUR_MS)
    await store.enforceRetention(clock.nowMs())
    clock.advance(0)
    await store.tiers.measure()
    expect(told()[1]).toBe(0)
    await store.close()
  })

  test('bug 13: segments that are not full can leave, too', async () => {
    const config = { ...CONFIG, segmentBytes: 64 * MIB, maxMessageBytes: 8 * MIB }
    const store = await open({ config })
    const logs = Array.from({ length: 3 }, (_, partition) => {
      return store.create({ topic: 'many', topicId: randomUuid(), partition }, config)
    })
    const value = Buffer.alloc(MIB)
    for (const log of logs) {
      log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
      await committed(log)
    }
    expect([...store.tiers.segments()]).toEqual([])
    expect(await store.tiers.sealOldest(2)).toBe(2)
    await store.flush()
    await store.checkpoint()
    expect([...store.tiers.segments()]).toHaveLength(2)
    await store.close()
  })

  test.each([
    ['/ssd1', '/ssd10'],
    ['/ssd10', '/ssd1'],
  ] as const)(
    'bug 14: a path is not taken for one that begins like it: %s, %s',
    async (...dirs) => {
      const [home, slow] = dirs
      // whoever looks for a path meets the other one first, too
      for (const order of [dirs, dirs.toReversed()]) {
        files = SimulatedDisk.create()
        const stage = { names: ['SSD', 'HDD'], dirs, order } as const
        const first = await open(stage)
        const log = await tiered(first, slow)
        const all = await readAll(log)
        await first.tiers.measure()
        expect(first.tiers.paths().map(({ path }) => path)).toEqual(dirs)
        const movedBytes = log.sizeBytes - log.parts.active.sizeBytes
        const used = [...first.placesOf(log)].toSorted(([a], [b]) => (a < b ? -1 : 1))
        const homeBytes = log.parts.active.sizeBytes
        const told = [
          [home, homeBytes],
          [slow, movedBytes],
        ] as const
        expect(used).toEqual(told.toSorted(([a], [b]) => (a < b ? -1 : 1)))
        expect(first.tiers.paths()[1]?.usedBytes).toBe(movedBytes)
        await first.close()
        const second = await open(stage)
        expect(await readAll(onlyLog(second))).toEqual(all)
        await second.close()
      }
    },
  )

  test('bug 16: a first start writes next to nothing', async () => {
    const store = await open()
    create(store)
    const bytesIn = (folder: string): number =>
      files.list(folder).reduce((sum, name) => {
        const stat = files.stat(`${folder}/${name}`)
        return (
          sum + (stat?.isFolder === true ? bytesIn(`${folder}/${name}`) : (stat?.sizeBytes ?? 0))
        )
      }, 0)
    expect(bytesIn('/fast') + bytesIn('/slow')).toBeLessThan(8 * MIB)
    await store.close()
  })
})

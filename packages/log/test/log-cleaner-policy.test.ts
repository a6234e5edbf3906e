import type { CleanerOptions, LogConfig, PartitionLog } from '@pafka/log'
import { readBatches } from '@pafka/protocol'
import { describe, expect, test } from 'vitest'

import { append, compacted, contents, newest, stored, write } from './compacted-log.ts'
import { begin, settle, type World } from './log-cleaner-world.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, openStore, readAll } from './test-store.ts'

/** Begins a pass that waits for its rate, so that something can happen meanwhile. */
async function whileCleaning(world: World, action: () => Promise<void>): Promise<void> {
  const state = { isOver: false }
  const pass = world.store.clean(world.log).finally(() => (state.isOver = true))
  pass.catch(() => undefined)
  await settle()
  expect(state.isOver).toBe(false)
  await action()
  for (let turn = 0; turn < 1000 && !state.isOver; turn++) {
    world.clock.advance(1000)
    await settle()
  }
  await pass
}

const SLOW: Partial<CleanerOptions> = { maxBytesPerSecond: 100 }

describe('which logs are compacted', () => {
  test('only those whose new bytes pass min.cleanable.dirty.ratio', async () => {
    const { store, log, clock } = await begin({ config: { minCleanableDirtyRatio: 0.5 } })
    await write(store, log, ['a=1', 'b=1', 'c=1', 'd=1', 'active=1'])
    expect(store.dirtyRatio(log)).toBe(1)
    await store.cleanIfDirty(clock.nowMs())
    expect(store.dirtyRatio(log)).toBe(0)
    await write(store, log, ['a=2', 'b=2', 'c=2', 'active=2'])
    expect(store.dirtyRatio(log)).toBeCloseTo(0.5, 1)
    expect(store.dirtyRatio(log)).toBeLessThan(0.51)
    const before = await contents(log)
    await write(store, log, ['active=3'])
    expect(store.dirtyRatio(log)).toBeGreaterThan(0.5)
    await store.cleanIfDirty(clock.nowMs())
    expect(before).toContain('0 a=1')
    expect(await contents(log)).not.toContain('0 a=1')
  })

  test('the dirtiest first', async () => {
    const { store, log, clock, lines } = await begin({ config: { minCleanableDirtyRatio: 0.1 } })
    const wanted = { topic: 'topic', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 1 }
    const second = store.create(wanted, log.config)
    await write(store, log, ['a=1', 'b=1', 'c=1', 'd=1', 'x=1'])
    await store.cleanIfDirty(clock.nowMs())
    await write(store, log, ['a=2', 'x=2'])
    await write(store, second, ['a=1', 'a=2', 'x=1'])
    await store.cleanIfDirty(clock.nowMs())
    const paths = lines('log-cleaned').map(({ path }) => path)
    expect(paths).toEqual(['/data/topic-0', '/data/topic-1', '/data/topic-0'])
  })

  test('a record older than max.compaction.lag.ms is reason enough', async () => {
    const config = { minCleanableDirtyRatio: 1, maxCompactionLagMs: 5000 }
    const { store, log, clock } = await begin({ config })
    await write(store, log, ['a=1', 'b=1', 'active=1'])
    await store.clean(log)
    await write(store, log, ['a=2', 'active=2'])
    clock.advance(5000)
    await store.cleanIfDirty(clock.nowMs())
    expect(await contents(log)).toContain('0 a=1')
    clock.advance(1)
    await store.cleanIfDirty(clock.nowMs())
    expect(await contents(log)).not.toContain('0 a=1')
  })
})

describe('how far a log is compacted', () => {
  test('up to the first segment with a record younger than min.compaction.lag.ms', async () => {
    const { store, log, clock } = await begin({ config: { minCompactionLagMs: 1000 } })
    append(log, ['a=1'], { timestamp: TIME_MS - 2000 })
    append(log, ['a=2'], { timestamp: TIME_MS - 2000 })
    append(log, ['a=3'], { timestamp: TIME_MS - 500 })
    append(log, ['a=4'], { timestamp: TIME_MS - 2000 })
    append(log, ['a=5'], { timestamp: TIME_MS - 2000 })
    await stored(store, log)
    await store.clean(log)
    expect(await contents(log)).toEqual(['1 a=2', '2 a=3', '3 a=4', '4 a=5'])
    clock.advance(501)
    await store.clean(log)
    expect(await contents(log)).toEqual(['3 a=4', '4 a=5'])
  })

  test('records of the future too, where there is no min.compaction.lag.ms', async () => {
    const { store, log } = await begin()
    for (const value of [1, 2, 3]) append(log, [`a=${value}`], { timestamp: TIME_MS + 60_000 })
    await stored(store, log)
    await store.clean(log)
    expect(await contents(log)).toEqual(['1 a=2', '2 a=3'])
  })

  test('never the active segment, and not without a compact policy', async () => {
    const { store, log, clock } = await begin({ config: { segmentBytes: 10_000 } })
    await write(store, log, ['a=1', 'a=2', 'a=3'])
    await store.cleanIfDirty(clock.nowMs())
    expect(await contents(log)).toHaveLength(3)
    log.setConfig({ ...log.config, cleanupPolicy: 'delete', segmentBytes: 90 })
    await write(store, log, ['a=4', 'a=5'])
    await store.cleanIfDirty(clock.nowMs())
    expect(await contents(log)).toHaveLength(5)
  })
})

test('records without a key, from before the policy, go', async () => {
  const { store, log } = await begin({ config: { cleanupPolicy: 'delete' } })
  const noKey = batchOf([{ timestamp: TIME_MS, key: null, value: Buffer.from('x') }])
  expect(log.appendAsLeader(noKey, CLIENT).errorCode).toBe(0)
  await write(store, log, ['a=1', 'b=1'])
  log.setConfig({ ...log.config, cleanupPolicy: 'compact' })
  await store.clean(log)
  expect(await contents(log)).toEqual(['1 a=1', '2 b=1'])
})

test('a tombstone carries the time of its end in its batch, from the first pass on', async () => {
  const config = { deleteRetentionMs: 1000, segmentBytes: 200 }
  const { store, log, clock } = await begin({ config })
  append(log, ['a=', 'b=1'], { timestamp: TIME_MS - 5000 })
  await write(store, log, ['x=1', 'y=1', 'z=1'])
  const headers = async (): Promise<unknown> => {
    const [first] = readBatches(await readAll(log))
    return [first?.deleteHorizon, first?.baseTimestamp, first?.maxTimestamp]
  }
  await store.clean(log)
  expect(await headers()).toEqual([true, TIME_MS + 1000, TIME_MS - 5000])
  clock.advance(999)
  await write(store, log, ['b=2', 'y=2', 'z=2', 'v=2'])
  await store.clean(log)
  expect(await headers()).toEqual([true, TIME_MS + 1000, TIME_MS - 5000])
  expect(await contents(log)).toContain('0 a=null')
  clock.advance(1)
  await write(store, log, ['y=3', 'z=3', 'v=3'])
  await store.clean(log)
  expect(await contents(log)).not.toContain('0 a=null')
})

test('keys that do not fit the memory take several passes, each further', async () => {
  const cleaner = { dedupeBufferBytes: 24 * 101, loadFactor: 0.5 }
  const config = { minCleanableDirtyRatio: 0 }
  const small = await begin({ config, cleaner })
  const large = await begin({ config })
  const texts = Array.from({ length: 400 }, (_, at) => `${at % 170}=${at}`)
  for (const world of [small, large]) {
    await write(world.store, world.log, [...texts, 'active=1'])
    await world.store.cleanIfDirty(world.clock.nowMs())
  }
  expect(await contents(small.log)).toEqual(await contents(large.log))
  expect(await contents(small.log)).toHaveLength(171)
  const ends = small.lines('log-cleaned').map(({ mappedEnd }) => Number(mappedEnd))
  expect(ends).toHaveLength(8)
  expect(ends).toEqual(ends.toSorted((a, b) => a - b))
  expect(small.lines('log-cleaned').every(({ keys }) => Number(keys) <= 50)).toBe(true)
  expect(large.lines('log-cleaned')).toHaveLength(1)
})

test('a tombstone that a pass could not reach does not begin to age', async () => {
  const cleaner = { dedupeBufferBytes: 24 * 11, loadFactor: 0.5 }
  const { store, log } = await begin({ config: { segmentBytes: 200 }, cleaner })
  append(log, ['1=a', '2=a', '3=a', '4=a'])
  append(log, ['5=a', '6=a', '1='])
  await write(store, log, ['7=a', '8=a', '9=a'])
  await store.clean(log)
  const second = [...readBatches(await readAll(log))].find(({ baseOffset }) => baseOffset === 4)
  expect([second?.deleteHorizon, second?.recordsCount]).toEqual([false, 3])
  await store.clean(log)
  expect((await contents(log)).slice(0, 4)).toEqual(['1 2=a', '2 3=a', '3 4=a', '4 5=a'])
})

describe('what becomes of segments', () => {
  test('those that became small are put together, up to segment.bytes', async () => {
    const { store, log } = await begin({ config: { segmentBytes: 300 } })
    const texts = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? `${at}=1` : 'x=1'))
    await write(store, log, texts)
    const before = log.describe().segments
    await store.clean(log)
    await write(store, log, ['y=1', 'y=2', 'y=3', 'y=4', 'y=5'])
    await store.clean(log)
    expect(log.describe().segments).toBeLessThan(before - 5)
    expect(await contents(log)).toHaveLength(20 + 1 + 2)
  })

  test('the sizes of indexes bound them too', async () => {
    const config = { segmentBytes: 300, indexIntervalBytes: 0 }
    const { store, log } = await begin({ config })
    await write(
      store,
      log,
      Array.from({ length: 60 }, (_, at) => `${at}=1`),
    )
    log.setConfig({ ...log.config, segmentBytes: 100_000, segmentIndexBytes: 60 })
    await store.clean(log)
    await store.clean(log)
    expect(log.describe().segments).toBeGreaterThan(4)
    expect(await contents(log)).toHaveLength(60)
  })

  test('a segment of which all stays keeps its files', async () => {
    const { store, log, files } = await begin()
    await write(store, log, ['a=1', 'b=1', 'c=1', 'd=1'])
    const before = files.list('/data/topic-0').toSorted()
    await store.clean(log)
    expect(files.list('/data/topic-0').toSorted()).toEqual(before)
  })
})

describe('compact,delete', () => {
  const both: Partial<LogConfig> = { cleanupPolicy: 'compact,delete', retentionMs: 10_000 }

  test('segments that are too old go whole, keys that came again go too', async () => {
    const { store, log, clock } = await begin({ config: both })
    await write(store, log, ['old=1', 'a=1'])
    append(log, ['a=2'], { timestamp: TIME_MS + 5000 })
    append(log, ['a=3'], { timestamp: TIME_MS + 5000 })
    append(log, ['b=1'], { timestamp: TIME_MS + 5000 })
    await stored(store, log)
    await store.cleanIfDirty(clock.nowMs())
    expect(await contents(log)).toEqual(['0 old=1', '3 a=3', '4 b=1'])
    clock.advance(10_001)
    await store.enforceRetention(clock.nowMs())
    expect(await contents(log)).toEqual(['3 a=3', '4 b=1'])
    expect(log.logStartOffset).toBeGreaterThan(0)
  })

  test('compact alone keeps old segments', async () => {
    const { store, log, clock } = await begin({ config: { retentionMs: 10_000 } })
    await write(store, log, ['old=1', 'a=1'])
    clock.advance(20_000)
    await store.enforceRetention(clock.nowMs())
    expect(await contents(log)).toEqual(['0 old=1', '1 a=1'])
  })

  test('retention does not wait for a pass, and the pass does without what it took', async () => {
    const world = await begin({ config: both, cleaner: SLOW })
    const { store, log, clock } = world
    await write(store, log, ['old=1', 'old=2', 'old=3', 'old=4'])
    for (const text of ['a=1', 'a=2', 'a=3', 'b=1']) {
      append(log, [text], { timestamp: TIME_MS + 3_600_000 })
    }
    await stored(store, log)
    await whileCleaning(world, async () => {
      clock.advance(10_001)
      await store.enforceRetention(clock.nowMs())
      expect(await contents(log)).toEqual(['4 a=1', '5 a=2', '6 a=3', '7 b=1'])
    })
    expect(await contents(log)).toEqual(['6 a=3', '7 b=1'])
  })
})

const texts = ['a=1', 'a=2', 'b=1', 'a=3', 'b=2', 'c=1']

describe('a pass that is interrupted', () => {
  test('by the end of the store leaves the log as it was', async () => {
    const world = await begin({ cleaner: SLOW })
    const { store, log, files } = world
    await write(store, log, texts)
    const before = await contents(log)
    const pass = store.clean(log)
    await settle()
    await Promise.all([store.close(), expect(pass).rejects.toThrow('stopped')])
    expect(files.list('/data/topic-0').filter((name) => name.includes('cleaned'))).toEqual([])
    const again = await openStore({ files, config: compacted })
    expect(await contents(again.get('topic', 0) as PartitionLog)).toEqual(before)
  })

  test('by the deletion of the topic ends', async () => {
    const world = await begin({ cleaner: SLOW })
    await write(world.store, world.log, texts)
    const pass = whileCleaning(world, () => world.store.delete([world.log]))
    await expect(pass).rejects.toThrow('stopped')
    expect(world.files.list('/data').filter((name) => name.startsWith('topic-0'))).toEqual([])
  })

  test('by a truncation does not bring back what was cut', async () => {
    const world = await begin({ cleaner: SLOW })
    const { store, log } = world
    await write(store, log, texts)
    const pass = whileCleaning(world, async () => {
      await log.truncateTo(3)
      await write(store, log, ['d=1', 'd=2', 'd=3'])
    })
    await expect(pass).rejects.toThrow('truncated')
    expect(newest(await contents(log))).toEqual(['a=2', 'b=1', 'd=3'])
    expect(log.logEndOffset).toBe(6)
  })

  test('by a truncation inside of a segment does not bring back what was cut', async () => {
    const world = await begin({ cleaner: SLOW, config: { segmentBytes: 300 } })
    const { store, log } = world
    await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'd=1', 'x=1'])
    const pass = whileCleaning(world, async () => {
      await log.truncateTo(3)
      log.setConfig({ ...log.config, segmentBytes: 90 })
      await write(store, log, ['c=2', 'd=2'])
    })
    await expect(pass).rejects.toThrow('truncated')
    expect(newest(await contents(log))).toEqual(['a=2', 'b=1', 'c=2', 'd=2'])
  })
})

test('a log with damage is left alone, and others are compacted', async () => {
  const { store: first, log, clock, files, logger, lines } = await begin()
  const wanted = { topic: 'topic', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 1 }
  const beside = first.create(wanted, log.config)
  for (const one of [log, beside]) await write(first, one, ['a=1', 'a=2', 'b=1', 'a=3', 'c=1'])
  await first.close()
  const path = '/data/topic-0/00000000000000000001.log'
  const bytes = Buffer.from(files.readFile(path) ?? [])
  bytes.writeUInt8(bytes.readUInt8(66) ^ 1, 66)
  files.writeFile(path, bytes)
  const store = await openStore({ files, config: compacted, clock, logger })
  await store.cleanIfDirty(clock.nowMs())
  await store.cleanIfDirty(clock.nowMs())
  const [line, ...more] = lines('log-not-cleaned')
  expect([line?.['partition'], more]).toEqual([0, []])
  expect(store.cleanerFigures).toMatchObject({ passes: 1, uncleanableLogs: 1 })
  expect(line?.['cause']).toBe(`${path} has no good batch at 0`)
  expect(store.get('topic', 0)?.isOnline).toBe(true)
  expect(files.readFile(path)).toEqual(new Uint8Array(bytes))
  const second = store.get('topic', 1) as PartitionLog
  expect(await contents(second)).toEqual(['2 b=1', '3 a=3', '4 c=1'])
})

import { seededRandom } from '@pafka/base'
import { memoryFileSystem, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { Compression, readBatches, readRecords } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { describe, expect, test } from 'vitest'

import { append, compacted, contents, newest, write } from './compacted-log.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, createLog, openStore, readAll } from './test-store.ts'

test('of each key the newest record stays, in order and at its offset', async () => {
  const store = await openStore({ files: memoryFileSystem(), config: compacted })
  const log = createLog(store, compacted)
  await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'b=2', 'a=3', 'd=1', 'c=2', 'x=1'])
  await store.clean(log)
  expect(await contents(log)).toEqual(['4 b=2', '5 a=3', '6 d=1', '7 c=2', '8 x=1'])
  expect(log.logEndOffset).toBe(9)
  expect(log.logStartOffset).toBe(0)
})

test('a cleaned log is the same after a restart, and goes on', async () => {
  const files = memoryFileSystem()
  const first = await openStore({ files, config: compacted })
  const log = createLog(first, compacted)
  await write(first, log, ['a=1', 'a=2', 'b=1', 'a=3', 'b=2', 'c=1'])
  await first.clean(log)
  await first.close()
  const larger = { ...compacted, segmentBytes: 250 } // so that segments are joined
  const second = await openStore({ files, config: larger })
  const reopened = second.get('topic', 0) as PartitionLog
  expect(await contents(reopened)).toEqual(await contents(log))
  await write(second, reopened, ['a=4', 'd=1', 'e=1', 'e=2', 'e=3', 'f=1'])
  await second.clean(reopened)
  expect(await contents(reopened)).toEqual(['4 b=2', '5 c=1', '6 a=4', '7 d=1', '10 e=3', '11 f=1'])
  expect(reopened.describe().segments).toBeLessThan(6)
})

test('a read between two batches goes on with the second, however large that is', async () => {
  const config = { ...compacted, segmentBytes: 9000 }
  const files = memoryFileSystem()
  const store = await openStore({ files, config })
  const log = createLog(store, config)
  const large = 'x'.repeat(6000)
  await write(store, log, ['a=1', 'b=1', 'b=2', `c=${large}`, 'b=3', `d=${large}`])
  await store.clean(log)
  expect(log.parts.segments.count).toBe(2)
  for (const fromOffset of [1, 2, 3]) {
    const read = await log.read(fromOffset, 100, { minOneBatch: true })
    const [batch] = readBatches(Buffer.from(read.records))
    expect([batch?.baseOffset, read.nextOffset]).toEqual([3, 4])
    read.release()
  }
})

test('a tombstone stays for delete.retention.ms, then goes', async () => {
  const clock = new ManualClock(TIME_MS)
  const config = { ...compacted, deleteRetentionMs: 1000 }
  const store = await openStore({ files: memoryFileSystem(), config, clock })
  const log = createLog(store, config)
  await write(store, log, ['a=1', 'a=', 'b=1', 'c=1', 'd=1'])
  await store.clean(log)
  expect(await contents(log)).toContain('1 a=null')
  clock.advance(1001)
  await write(store, log, ['b=2', 'c=2', 'd=2', 'e=2'])
  await store.clean(log)
  expect(await contents(log)).not.toContain('1 a=null')
})

test('nothing younger than min.compaction.lag.ms is touched', async () => {
  const clock = new ManualClock(TIME_MS)
  const config = { ...compacted, minCompactionLagMs: 5000 }
  const store = await openStore({ files: memoryFileSystem(), config, clock })
  const log = createLog(store, config)
  await write(store, log, ['a=1', 'a=2', 'a=3', 'a=4', 'a=5', 'a=6'])
  await store.cleanIfDirty(clock.nowMs())
  expect(await contents(log)).toHaveLength(6)
  clock.advance(6000)
  await store.cleanIfDirty(clock.nowMs())
  expect((await contents(log)).length).toBeLessThan(6)
})

describe.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'a batch of codec %s',
  (codec) => {
    test('keeps it, its offsets, its times and its headers', async () => {
      const config = { ...compacted, segmentBytes: 400 }
      const store = await openStore({ files: memoryFileSystem(), config })
      const log = createLog(store, config)
      const headers = [{ key: 'h', value: Buffer.from('v') }]
      const records = ['a', 'b', 'a', 'c'].map((key, at) => {
        const timestamp = TIME_MS + 10 * at
        return { timestamp, key: Buffer.from(key), value: Buffer.from(`${at}`.repeat(60)), headers }
      })
      const bytes = batchOf(records, { compression: codec })
      expect(log.appendAsLeader(bytes, CLIENT).errorCode).toBe(0)
      await write(store, log, ['x=1', 'y=1', 'c=1', 'z=1', 'w=1', 'v=1', 'u=1'])
      await store.clean(log)
      const [first] = readBatches(await readAll(log))
      if (first === undefined) throw new TypeError('the batch is gone')
      expect(first.compression).toBe(Compression[codec])
      expect([first.recordsCount, first.baseOffset, first.lastOffset]).toEqual([2, 0, 3])
      expect(first.maxTimestamp).toBe(TIME_MS + 20)
      const kept = [...readRecords(first)]
      expect(kept.map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
        [1, TIME_MS + 10],
        [2, TIME_MS + 20],
      ])
      for (const record of kept) expect(record.headers()).toEqual(headers)
    })
  },
)

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('large batches of %s too', async (codec) => {
  const config = { ...compacted, segmentBytes: 10_000_000 }
  const store = await openStore({ files: memoryFileSystem(), config })
  const log = createLog(store, config)
  const random = seededRandom(5)
  const records = Array.from({ length: 300 }, (_, at) => {
    const value = Buffer.from(random.bytes(500)) // hard to compress: it stays large
    return { timestamp: TIME_MS + at, key: Buffer.from(`${at % 200}`), value }
  })
  expect(log.appendAsLeader(batchOf(records, { compression: codec }), CLIENT).errorCode).toBe(0)
  log.setConfig({ ...log.config, segmentBytes: 90 })
  await write(store, log, ['x=1', 'y=1'])
  await store.clean(log)
  const [first] = readBatches(await readAll(log))
  if (first === undefined) throw new TypeError('the batch is gone')
  expect([first.valid, first.compression]).toEqual([true, Compression[codec]])
  const kept = [...readRecords(first)].map(({ offset, value }) => [offset, value?.toString()])
  const expected = records.slice(100).map(({ value }, at) => [100 + at, value.toString()])
  expect(kept).toEqual(expected)
})

test('batches larger than what is read at once are compacted, wherever they stand', async () => {
  const config = { ...compacted, segmentBytes: 100_000 }
  const store = await openStore({
    files: memoryFileSystem(),
    config,
    store: { cleaner: { ioBufferBytes: 8192 } },
  })
  const log = createLog(store, config)
  const [small, large] = ['x', 'x'.repeat(10_000)]
  const longest = large.repeat(9)
  const values = [large, small, large, large, small, small, large, longest, small, longest]
  await write(
    store,
    log,
    values.map((value, at) => `${at % 5}=${value}`),
  )
  await store.clean(log)
  const kept = (await contents(log)).map((line) => line.replaceAll(/x+/g, (x) => `${x.length}`))
  expect(kept.slice(0, 3)).toEqual(['4 4=1', '5 0=1', '6 1=10000'])
  expect(kept.slice(3)).toEqual(['7 2=90000', '8 3=1', '9 4=90000'])
})

test('the broker times of a batch stay when records go', async () => {
  const clock = new ManualClock(TIME_MS + 5000)
  const config = { ...compacted, segmentBytes: 200, messageTimestampType: 'LogAppendTime' } as const
  const store = await openStore({ files: memoryFileSystem(), config, clock })
  const log = createLog(store, config)
  append(log, ['a=1', 'b=1', 'c='])
  await write(store, log, ['a=2', 'x=1', 'y=1', 'z=1'])
  await store.clean(log)
  const [first] = readBatches(await readAll(log))
  if (first === undefined) throw new TypeError('the batch is gone')
  expect([first.logAppendTime, first.deleteHorizon, first.recordsCount]).toEqual([true, true, 2])
  const times = [...readRecords(first)].map(({ timestamp }) => timestamp)
  expect(times).toEqual([TIME_MS + 5000, TIME_MS + 5000])
})

test.each(['kill', 'power cut'])('a %s at any operation of a pass loses nothing', async (how) => {
  let operations = 0
  for (let isOver = false; !isOver; operations++) {
    const disk = SimulatedDisk.create()
    const store = await openStore({ files: disk, config: compacted })
    const log = createLog(store, compacted)
    await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'b=2', 'a=3', 'd=1', 'c=2', 'e=1'])
    await store.flush()
    await store.checkpoint()
    let left = operations
    disk.fault = () => (left-- > 0 ? undefined : new Error('the process is gone'))
    const pass = store.clean(log)
    isOver = await pass.then(
      () => left > 0,
      () => false,
    )
    const files = how === 'kill' ? disk.kill() : disk.cutPower(seededRandom(operations))
    const again = await openStore({ files, config: compacted })
    const reopened = again.get('topic', 0) as PartitionLog
    expect(reopened.logEndOffset).toBe(9)
    expect(newest(await contents(reopened))).toEqual(['a=3', 'b=2', 'c=2', 'd=1', 'e=1'])
    await again.clean(reopened)
    expect(await contents(reopened)).toEqual(['4 b=2', '5 a=3', '6 d=1', '7 c=2', '8 e=1'])
    await again.close()
  }
  expect(operations).toBeGreaterThan(50)
})

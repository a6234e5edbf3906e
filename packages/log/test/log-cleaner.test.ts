import {
  type LogConfig,
  type LogStore,
  memoryFileSystem,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { readBatches, readRecords } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { describe, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll } from './test-store.ts'

const compacted: Partial<LogConfig> = {
  cleanupPolicy: 'compact',
  segmentBytes: 80, // one batch
  indexIntervalBytes: 100,
  fileDeleteDelayMs: 0,
}

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

test('compressed batches keep their codec', async () => {
  const config = { ...compacted, segmentBytes: 400 }
  const store = await openStore({ files: memoryFileSystem(), config })
  const log = createLog(store, config)
  const records = ['a', 'b', 'a', 'c'].map((key, at) => record(`${key}=${at}`))
  log.appendAsLeader(batchOf(records, { compression: 'gzip' }), CLIENT)
  await write(store, log, ['x=1', 'y=1', 'z=1', 'w=1', 'v=1'])
  await store.clean(log)
  const [first] = readBatches(await readAll(log))
  expect([first?.compression, first?.recordsCount, first?.lastOffset]).toEqual([1, 3, 3])
})

describe('a crash at any operation of a pass', () => {
  test.each(Array.from({ length: 40 }, (_, at) => at))('after %i', async (operations) => {
    const disk = SimulatedDisk.create()
    const store = await openStore({ files: disk, config: compacted })
    const log = createLog(store, compacted)
    await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'b=2', 'a=3', 'd=1', 'c=2', 'e=1'])
    let left = operations
    disk.fault = () => (left-- > 0 ? undefined : new Error('the process is gone'))
    await store.clean(log).catch(() => undefined)
    const files = disk.kill()
    const again = await openStore({ files, config: compacted })
    const reopened = again.get('topic', 0) as PartitionLog
    expect(reopened.logEndOffset).toBe(9)
    expect(newest(await contents(reopened))).toEqual(['a=3', 'b=2', 'c=2', 'd=1', 'e=1'])
    await again.clean(reopened)
    expect(newest(await contents(reopened))).toEqual(['a=3', 'b=2', 'c=2', 'd=1', 'e=1'])
    await again.close()
  })
})

function record(text: string): { timestamp: number; key: Buffer; value: Buffer | null } {
  const [key = '', value = ''] = text.split('=')
  return {
    timestamp: TIME_MS,
    key: Buffer.from(key),
    value: value === '' ? null : Buffer.from(value.padEnd(1)),
  }
}

/** One batch each; the last ones stay in the active segment. */
async function write(store: LogStore, log: PartitionLog, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    expect(log.appendAsLeader(batchOf([record(text)]), CLIENT).errorCode).toBe(0)
  }
  store.flushPending()
  await committed(log)
}

async function contents(log: PartitionLog): Promise<string[]> {
  const lines: string[] = []
  for (const batch of readBatches(await readAll(log))) {
    for (const { offset, key, value } of readRecords(batch)) {
      const text = value === null ? 'null' : Buffer.from(value).toString()
      lines.push(`${offset} ${Buffer.from(key ?? []).toString()}=${text}`)
    }
  }
  return lines
}

/** What a reader knows at the end: the last value of each key. */
function newest(lines: readonly string[]): string[] {
  const values = new Map<string, string>()
  for (const line of lines) {
    const [key = '', value = ''] = line.slice(line.indexOf(' ') + 1).split('=')
    values.set(key, value)
  }
  return [...values].map(([key, value]) => `${key}=${value}`).toSorted()
}

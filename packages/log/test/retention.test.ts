import { DAY_MS } from '@pafka/base'
import { type LogConfig, type LogStore, memoryFileSystem, type PartitionLog } from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll, overEachChannel } from './test-store.ts'

const small: Partial<LogConfig> = {
  segmentBytes: 300,
  indexIntervalBytes: 100,
  fileDeleteDelayMs: 500,
}

interface Scene {
  readonly store: LogStore
  readonly log: PartitionLog
  readonly clock: ManualClock
  /** Runs a pass; then first offset, end and number of segments. */
  readonly pass: () => Promise<number[]>
  readonly append: (batches: number) => Promise<void>
  readonly files: () => string[]
}

async function scene(changes: Partial<LogConfig>): Promise<Scene> {
  const config = { ...small, ...changes }
  const [files, clock] = [memoryFileSystem(), new ManualClock(TIME_MS)]
  const store = await openStore({ files, clock, config })
  const log = createLog(store, config)
  return {
    store,
    log,
    clock,
    files: () =>
      files
        .list('/data/topic-0')
        .filter((name) => name.includes('.log'))
        .toSorted(),
    pass: async () => {
      await store.enforceRetention(clock.nowMs())
      return [log.logStartOffset, log.logEndOffset, log.describe().segments]
    },
    append: async (batches) => {
      for (let at = 0; at < batches; at++) {
        log.appendAsLeader(batchOf(numbered(1, 0, clock.nowMs())), CLIENT)
      }
      await committed(log)
    },
  }
}

overEachChannel(() => {
  test('retention.ms counts from the youngest record of a segment', async () => {
    const { clock, pass, append } = await scene({ retentionMs: DAY_MS })
    await append(9)
    clock.advance(DAY_MS / 2)
    await append(3)
    expect(await pass()).toEqual([0, 12, 4])
    clock.advance(DAY_MS / 2 + 1)
    expect(await pass()).toEqual([9, 12, 1])
  })

  test('the active segment expires too, and the log end stays', async () => {
    const { log, clock, pass, append } = await scene({ retentionMs: DAY_MS })
    await append(7)
    clock.advance(DAY_MS + 1)
    expect(await pass()).toEqual([7, 7, 1])
    expect(await pass()).toEqual([7, 7, 1])
    await append(1)
    expect(log.logEndOffset).toBe(8)
  })

  test('an expired log keeps its end over a restart', async () => {
    const config = { ...small, retentionMs: DAY_MS }
    const [files, clock] = [memoryFileSystem(), new ManualClock(TIME_MS)]
    const store = await openStore({ files, clock, config })
    createLog(store, config).appendAsLeader(batchOf(numbered(5)), CLIENT)
    await store.flush()
    clock.advance(2 * DAY_MS)
    await store.enforceRetention(clock.nowMs())
    await store.close()
    const again = await openStore({ files, clock, config })
    expect(again.get('topic', 0)?.describe()).toMatchObject({ logStartOffset: 5, logEndOffset: 5 })
  })

  test('retention.bytes drops the oldest segments while the rest is large enough', async () => {
    const { log, pass, append } = await scene({ retentionBytes: 600 })
    await append(20)
    const [start = 0, end] = await pass()
    expect(end).toBe(20)
    expect(start).toBeGreaterThan(0)
    expect(log.sizeBytes).toBeGreaterThanOrEqual(600)
    expect(log.sizeBytes).toBeLessThan(600 + 300)
    expect((await readAll(log)).length).toBe(log.sizeBytes)
  })

  test('-1 keeps everything, and so does a compacted topic', async () => {
    for (const changes of [
      { retentionMs: -1 },
      { cleanupPolicy: 'compact', retentionMs: 1 },
    ] as const) {
      const { clock, pass, append } = await scene(changes)
      await append(9)
      clock.advance(400 * DAY_MS)
      expect(await pass()).toEqual([0, 9, 3])
    }
  })

  test('files go file.delete.delay.ms later', async () => {
    const { clock, pass, append, files } = await scene({ retentionMs: DAY_MS })
    await append(4)
    clock.advance(DAY_MS + 1)
    await pass()
    expect(files().filter((name) => name.endsWith('.deleted'))).toHaveLength(2)
    clock.advance(500)
    await new Promise((resolve) => setImmediate(resolve))
    expect(files()).toEqual(['00000000000000000004.log'])
  })

  test('deleted records are gone, whole segments of them with their files', async () => {
    const { store, log, append, clock } = await scene({ retentionMs: -1 })
    await append(10)
    expect(errorName(await log.deleteRecordsBefore(11))).toBe('OFFSET_OUT_OF_RANGE')
    expect(await log.deleteRecordsBefore(7)).toBe(0)
    expect(log.describe()).toMatchObject({ logStartOffset: 7, segments: 2 })
    expect(await log.deleteRecordsBefore(3)).toBe(0)
    expect(log.logStartOffset).toBe(7)
    expect(await log.deleteRecordsBefore(-1)).toBe(0)
    expect(log.logStartOffset).toBe(10)
    expect(await log.offsetForTimestamp(0)).toBeUndefined()
    clock.advance(500)
    await store.close()
  })

  test('deleting records takes no others away, however old they are', async () => {
    const { log, append, clock, pass } = await scene({ retentionMs: DAY_MS })
    await append(30)
    clock.advance(DAY_MS + 1)
    expect(await log.deleteRecordsBefore(2)).toBe(0)
    expect(log.describe()).toMatchObject({ logStartOffset: 2, logEndOffset: 30, segments: 10 })
    expect(await pass()).toEqual([30, 30, 1])
  })

  test('segment.ms rolls by the time of records', async () => {
    const { log, clock, append } = await scene({ segmentMs: 1000, segmentBytes: 100_000 })
    await append(5)
    clock.advance(1000)
    await append(5)
    expect(log.describe().segments).toBe(1)
    clock.advance(1)
    await append(5)
    expect(log.describe().segments).toBe(2)
  })

  test('max.compaction.lag.ms rolls where records are compacted, if it is less', async () => {
    const lag = { maxCompactionLagMs: 1000, segmentBytes: 100_000 }
    const cases: readonly [Partial<LogConfig>, number][] = [
      [{ cleanupPolicy: 'compact' }, 2],
      [{ cleanupPolicy: 'compact,delete' }, 2],
      [{ cleanupPolicy: 'delete' }, 1],
      [{ cleanupPolicy: 'compact', segmentMs: 900, maxCompactionLagMs: DAY_MS }, 2],
    ]
    for (const [changes, segments] of cases) {
      const { log, clock, append } = await scene({ ...lag, ...changes })
      for (const passedMs of [0, 1000, 1]) {
        clock.advance(passedMs)
        await append(1)
      }
      expect([changes, log.describe().segments]).toEqual([changes, segments])
    }
  })

  test('a full index rolls', async () => {
    const { log, append } = await scene({ segmentIndexBytes: 24, segmentBytes: 100_000 })
    await append(20)
    expect(log.describe().segments).toBeGreaterThan(2)
  })

  test('settings of a topic can change at any time', async () => {
    const { store, log, append, pass } = await scene({ retentionMs: -1 })
    await append(9)
    store.setConfig('topic', { ...log.config, retentionBytes: 0 })
    expect(await pass()).toEqual([9, 9, 1])
  })
})

import { type LogStore, memoryFileSystem, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { compacted, write } from './compacted-log.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import {
  CLIENT,
  committed,
  createLog,
  openStore,
  overChannel,
  overEachChannel,
} from './test-store.ts'

interface Summary {
  readonly rounds: number | undefined
  readonly bytes: number | undefined
  readonly appended: number | undefined
  readonly checkpoints: number | undefined
  readonly queued: number
}

function summaryOf(store: LogStore): Summary {
  const figures = store.journalFigures
  return {
    rounds: figures?.writeSeconds.cumulative().at(-1),
    bytes: figures?.roundBytes.sum,
    appended: figures?.appendedBytes,
    checkpoints: figures?.checkpointSeconds.cumulative().at(-1),
    queued: store.queuedBytes,
  }
}

overChannel('journal', () => {
  test('a journal counts its rounds, their bytes and its checkpoints', async () => {
    const store = await openStore({ files: SimulatedDisk.create() })
    const log = createLog(store)
    await store.checkpoint()
    const before = summaryOf(store)
    expect(before).toMatchObject({ rounds: 0, bytes: 0, appended: 0, queued: 0 })
    const batch = batchOf(numbered(5))
    log.appendAsLeader(Buffer.from(batch), CLIENT)
    log.appendAsLeader(Buffer.from(batch), CLIENT)
    store.flushPending()
    expect(summaryOf(store)).toEqual({ ...before, queued: 2 * batch.length })
    await committed(log)
    const appended = 2 * batch.length
    expect(summaryOf(store)).toEqual({ ...before, rounds: 1, bytes: 4096, appended })
    await store.checkpoint()
    expect(summaryOf(store).checkpoints).toBe((before.checkpoints ?? 0) + 1)
    await store.close()
  })

  test('a round takes as long as its write', async () => {
    const clock = new ManualClock(TIME_MS)
    const store = await openStore({ files: SimulatedDisk.create(), clock })
    const log = createLog(store)
    log.appendAsLeader(batchOf(numbered(1)), CLIENT)
    store.flushPending()
    clock.advance(70)
    await committed(log)
    expect(store.journalFigures?.writeSeconds.sum).toBeCloseTo(0.07, 6)
    await store.close()
  })
})

overChannel('file', () => {
  test('a store without a journal has nothing to tell of one', async () => {
    const store = await openStore({ files: memoryFileSystem() })
    expect(summaryOf(store)).toMatchObject({ rounds: undefined, queued: 0 })
    await store.close()
  })
})

/** Three of five records are sealed, and one of them is not the newest of its key. */
async function dirty(): Promise<{ store: LogStore; log: PartitionLog; clock: ManualClock }> {
  const clock = new ManualClock(TIME_MS)
  const store = await openStore({ files: memoryFileSystem(), config: compacted, clock })
  const log = createLog(store, compacted)
  await write(store, log, ['a=1', 'b=1', 'a=2', 'active=1'])
  return { store, log, clock }
}

overEachChannel(() => {
  test('the cleaner counts what it did', async () => {
    const { store, log, clock } = await dirty()
    const { cleanerFigures } = store
    expect({ ...cleanerFigures }).toEqual({
      passes: 0,
      durationMs: 0,
      readBytes: 0,
      writtenBytes: 0,
      droppedRecords: 0,
      uncleanableLogs: 0,
      maxDirtyRatio: 0,
    })
    await store.cleanIfDirty(clock.nowMs())
    const { readBytes, writtenBytes } = cleanerFigures
    expect(cleanerFigures).toMatchObject({ passes: 1, droppedRecords: 1, maxDirtyRatio: 0 })
    expect(readBytes).toBeGreaterThan(writtenBytes)
    await write(store, log, ['b=2', 'active=2'])
    await store.cleanIfDirty(clock.nowMs())
    expect(cleanerFigures).toMatchObject({ passes: 2, droppedRecords: 2 })
    expect(cleanerFigures.readBytes).toBeGreaterThan(readBytes)
    await store.close()
  })

  test('how dirty the dirtiest log is shows though it is not dirty enough', async () => {
    const { store, log, clock } = await dirty()
    store.setConfig('topic', { ...log.config, minCleanableDirtyRatio: 1 })
    await store.cleanIfDirty(clock.nowMs())
    expect(store.cleanerFigures).toMatchObject({ passes: 0, maxDirtyRatio: 1 })
    await store.close()
  })
})

import {
  diskError,
  type DiskOperation,
  type LogConfig,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { batchOf, idempotent, numbered, TIME_MS } from './test-batches.ts'
import {
  CLIENT,
  committed,
  createLog,
  openStore,
  readAll,
  TOPIC_ID,
  overChannel,
} from './test-store.ts'

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function failing(code: string, operation: DiskOperation) {
  return (asked: DiskOperation, path: string): Error | undefined =>
    asked === operation && path.endsWith('.log') ? diskError(code, path) : undefined
}

function send(log: PartitionLog, sequence: number): string {
  const result = log.appendAsLeader(idempotent({ producerId: 1, sequence }), CLIENT)
  return errorName(result.errorCode)
}

/** How a wait for all appends so far ended. */
function outcome(log: PartitionLog): Promise<string> {
  return committed(log).then(
    () => 'committed',
    () => 'failed',
  )
}

overChannel('file', () => {
  test('a full disk fails what was not written; when there is room appends go on', async () => {
    const [disk, clock] = [SimulatedDisk.create(), new ManualClock(TIME_MS)]
    const store = await openStore({ files: disk, clock })
    const log = createLog(store)
    send(log, 0)
    await committed(log)
    const before = await readAll(log)
    disk.fault = failing('ENOSPC', 'write')
    expect(send(log, 1)).toBe('NONE')
    expect(await outcome(log)).toBe('failed')
    expect(send(log, 1)).toBe('KAFKA_STORAGE_ERROR')
    expect((await readAll(log)).equals(before)).toBe(true)
    expect([log.logEndOffset, log.isOnline]).toEqual([1, false])
    disk.fault = () => undefined
    clock.advance(1000)
    await turns()
    expect(log.isOnline).toBe(true)
    expect(send(log, 1)).toBe('NONE')
    expect(await outcome(log)).toBe('committed')
    expect(store.dirs()[0]?.isOnline).toBe(true)
  })

  test('a write that was cut short by a full disk leaves no half batch', async () => {
    const [disk, clock] = [SimulatedDisk.create(), new ManualClock(TIME_MS)]
    const store = await openStore({ files: disk, clock })
    const log = createLog(store)
    let writes = 0
    disk.longestWriteBytes = 20
    disk.fault = (operation, path) => {
      if (operation !== 'write' || !path.endsWith('.log')) return undefined
      writes += 1
      return writes > 2 ? diskError('ENOSPC', path) : undefined
    }
    send(log, 0)
    expect(await outcome(log)).toBe('failed')
    disk.fault = () => undefined
    clock.advance(1000)
    await turns()
    expect(disk.stat('/data/topic-0/00000000000000000000.log')?.sizeBytes).toBe(0)
    expect(send(log, 0)).toBe('NONE')
    expect(await outcome(log)).toBe('committed')
  })

  test.each(['write', 'sync'] as const)('EIO of a %s takes the dir offline', async (operation) => {
    const config: Partial<LogConfig> = { flushMessages: 1 }
    const disk = SimulatedDisk.create()
    const failed: string[] = []
    const observer = { committed() {}, failed: (dir: string) => void failed.push(dir) }
    const store = await openStore({ files: disk, config, store: { observer } })
    const log = createLog(store, config)
    send(log, 0)
    await committed(log)
    const before = await readAll(log)
    disk.fault = failing('EIO', operation)
    send(log, 1)
    expect(await outcome(log)).toBe('failed')
    expect(failed).toEqual(['/data'])
    expect(send(log, 1)).toBe('KAFKA_STORAGE_ERROR')
    expect((await readAll(log)).equals(before)).toBe(true)
    disk.fault = () => undefined
    expect(store.dirs()[0]).toMatchObject({ path: '/data', isOnline: false })
    const other = { topic: 'other', topicId: TOPIC_ID, partition: 0 }
    expect(() => store.create(other, log.config)).toThrow('no log dir is online')
  })

  test('new partitions go to the dir that still works', async () => {
    const disk = SimulatedDisk.create()
    const store = await openStore({ files: disk, store: { dirs: ['/a', '/b'] } })
    const make = (partition: number): PartitionLog => {
      return store.create({ topic: 't', topicId: TOPIC_ID, partition }, log.config)
    }
    const log = createLog(store)
    expect([log.dir, make(0).dir, make(1).dir, make(2).dir]).toEqual(['/a', '/b', '/a', '/b'])
    disk.fault = (operation, path) =>
      operation === 'write' && path.startsWith('/a/') ? diskError('EIO', path) : undefined
    send(log, 0)
    expect(await outcome(log)).toBe('failed')
    expect([make(3).dir, make(4).dir]).toEqual(['/b', '/b'])
    expect(store.dirs().map((dir) => dir.isOnline)).toEqual([false, true])
  })

  test('flush.messages=1 commits what is durable only', async () => {
    const config: Partial<LogConfig> = { flushMessages: 1 }
    const disk = SimulatedDisk.create()
    const store = await openStore({ files: disk, config })
    const log = createLog(store, config)
    log.appendAsLeader(batchOf(numbered(1)), CLIENT)
    store.flushPending()
    expect(log.highWatermark).toBe(0)
    await committed(log)
    let syncs = 0
    disk.fault = (operation, path) => {
      if (operation === 'sync' && path.endsWith('.log')) syncs += 1
      return undefined
    }
    for (let at = 0; at < 50; at++) log.appendAsLeader(batchOf(numbered(1)), CLIENT)
    await committed(log)
    expect([log.highWatermark, syncs]).toEqual([51, 1])
  })

  test('flush.ms makes writes durable so long after the first of them', async () => {
    const [disk, clock] = [SimulatedDisk.create(), new ManualClock(TIME_MS)]
    const config: Partial<LogConfig> = { flushMs: 100 }
    const store = await openStore({ files: disk, clock, config })
    const log = createLog(store, config)
    send(log, 0)
    await committed(log)
    clock.advance(99)
    send(log, 1)
    await committed(log)
    await turns()
    expect(log.describe().recoveryPoint).toBe(0)
    clock.advance(1)
    await turns()
    expect(log.describe().recoveryPoint).toBe(2)
  })

  test('a read that the disk refuses is an error, not a crash', async () => {
    const disk = SimulatedDisk.create()
    const store = await openStore({ files: disk })
    const log = createLog(store)
    send(log, 0)
    await committed(log)
    disk.fault = failing('EIO', 'read')
    const read = await log.read(0, 1000, { minOneBatch: true })
    expect([errorName(read.errorCode), read.records.length]).toEqual(['KAFKA_STORAGE_ERROR', 0])
    disk.fault = () => undefined
    expect((await readAll(log)).length).toBeGreaterThan(0)
  })
})

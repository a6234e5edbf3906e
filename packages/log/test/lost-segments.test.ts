import { MIB, seededRandom, type Logger, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type LogConfig,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { batchOf, idempotent, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll, TOPIC_ID } from './test-store.ts'

const CONFIG: LogConfig = { ...defaultLogConfig, segmentBytes: 2000 }

let disk: SimulatedDisk
let clock: ManualClock
let store: LogStore
let events: string[] = []

const logger: Logger = { ...silentLogger, error: (event) => void events.push(event) }

async function open(): Promise<void> {
  const journal = { folder: '/data/journal', limitBytes: 8 * MIB, tailBytes: 32 * MIB }
  const options = { store: { channel: 'journal', journal } } as const
  events = []
  store = await openStore({ files: disk, clock, config: CONFIG, logger, ...options })
}

function log(partition = 0): PartitionLog {
  return store.get('t', partition) as PartitionLog
}

async function send(partition: number, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const value = Buffer.from(`${partition} ${log(partition).logEndOffset}`.padEnd(100))
    log(partition).appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
    await committed(log(partition))
  }
}

/** Newest first. */
function segments(): string[] {
  const names = disk.list('/data/t-0').filter((name) => name.endsWith('.log'))
  return names.map((name) => `/data/t-0/${name}`).toSorted((a, b) => (a < b ? 1 : -1))
}

async function remove(paths: readonly string[]): Promise<void> {
  for (const path of paths) await disk.remove(path)
}

function halve(path = ''): void {
  disk.open(path, 'update').truncate(Math.floor((disk.stat(path)?.sizeBytes ?? 0) / 2))
}

const SPOILS: readonly [string, () => Promise<void> | void][] = [
  ['all segments are gone', () => remove(segments())],
  ['the last one is gone', () => remove(segments().slice(0, 1))],
  ['the last but one is gone', () => remove(segments().slice(1, 2))],
  ['the last two are gone', () => remove(segments().slice(0, 2))],
  ['the last but one is cut', () => halve(segments()[1])],
]

beforeEach(async () => {
  disk = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
  await open()
  for (const partition of [0, 1]) store.create({ topic: 't', topicId: TOPIC_ID, partition }, CONFIG)
})

describe.each([4, 30])('with %s records behind the checkpoint', (count) => {
  let from = 0
  let newest: Buffer
  let other: Buffer

  async function prepare(): Promise<void> {
    await send(0, 20)
    await send(1, 20)
    await store.flush()
    await store.checkpoint()
    from = log().logEndOffset
    await send(0, count)
    await send(1, count)
    newest = await readAll(log(), from)
    other = await readAll(log(1))
    disk = disk.kill()
  }

  /** The records that the journal has are there, with their offsets. */
  async function check(): Promise<void> {
    expect(log().logEndOffset).toBeGreaterThanOrEqual(from + count)
    const served = await readAll(log(), from)
    expect(served.subarray(0, newest.length).equals(newest)).toBe(true)
    expect((await readAll(log(1))).equals(other)).toBe(true)
  }

  test.each(SPOILS)('all that the journal has is there though %s', async (_, spoil) => {
    await prepare()
    await spoil()
    for (let starts = 0; starts < 3; starts++) {
      await open()
      await check()
      await send(0, 1)
      disk = disk.kill()
    }
  })

  test.each(SPOILS)('and though the start that finds that %s dies', async (_, spoil) => {
    for (let calls = 0; calls < 140; calls += 7) {
      disk = SimulatedDisk.create()
      await open()
      const wanted = { topic: 't', topicId: TOPIC_ID }
      for (const partition of [0, 1]) store.create({ ...wanted, partition }, CONFIG)
      await prepare()
      await spoil()
      let left = calls
      disk.fault = (operation, path) => {
        if (operation === 'read' || operation === 'open') return undefined
        return left-- > 0 ? undefined : diskError('EIO', path)
      }
      await open().catch(() => undefined)
      disk = calls % 2 === 0 ? disk.kill() : disk.cutPower(seededRandom(calls + 1))
      await open()
      await check()
    }
  })
})

test('what retention took before a crash is no loss', async () => {
  await send(0, 20)
  await store.checkpoint()
  await send(0, 20)
  log().setConfig({ ...CONFIG, retentionBytes: 1, fileDeleteDelayMs: 0 })
  await store.enforceRetention(TIME_MS)
  const start = log().logStartOffset
  expect(start).toBeGreaterThan(20)
  disk = disk.kill()
  await open()
  expect([log().logStartOffset, log().logEndOffset, events]).toEqual([start, 40, []])
})

describe('a hole at the end of a log', () => {
  let edge = 0

  beforeEach(async () => {
    await send(0, 30)
    await store.close()
    disk = disk.kill()
    edge = Number(segments()[0]?.slice('/data/t-0/'.length, -'.log'.length))
    await remove(segments().slice(0, 1))
    await open()
  })

  test('has nothing for who comes to it, until something is appended', async () => {
    await readAll(log())
    expect([log().logEndOffset, log().highWatermark]).toEqual([30, 30])
    expect(log().bytesFrom(edge)).toBe(0)
    await send(0, 1)
    expect(log().bytesFrom(edge)).toBeGreaterThan(0)
    const read = await log().read(edge, 1000, { minOneBatch: true })
    expect(read.nextOffset).toBe(31)
    read.release()
  })

  test('and one who begins there is told so once', async () => {
    const read = await log().read(edge, 1000, { minOneBatch: true })
    expect([read.records.length, log().bytesFrom(edge)]).toEqual([0, 0])
    read.release()
  })
})

test('a producer whose records are lost goes on where it was', async () => {
  const producer = { producerId: 7, count: 1 }
  for (let sequence = 0; sequence < 30; sequence++) {
    log().appendAsLeader(idempotent({ ...producer, sequence }), CLIENT)
  }
  await committed(log())
  for (let stops = 0; stops < 2; stops++) {
    await store.close()
    disk = disk.kill()
    await open()
  }
  await store.close()
  disk = disk.kill()
  await remove(segments().slice(0, 1))
  await open()
  expect(events).toEqual(['segment-lost-bytes'])
  const { errorCode } = log().appendAsLeader(idempotent({ ...producer, sequence: 30 }), CLIENT)
  expect(errorCode).toBe(0)
})

import { KIB, MIB, SECOND_MS, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
  type Space,
} from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll, TOPIC_ID } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
const RESERVE_BYTES = 64 * KIB
const VALUE = Buffer.alloc(10_000, 'x')
const BALLAST = '/journal/ballast'
/** Of the journal's disk, which is another than that of the log dir. */
const PLENTY: Space = { totalBytes: 4 * MIB, usableBytes: 100 * MIB, device: 2 }

let files: SimulatedDisk
let clock: ManualClock
let store: LogStore
let space: Space | undefined
let events: string[] = []

const note = (event: string): void => void events.push(event)

async function open(channel: 'journal' | 'file' = 'journal'): Promise<void> {
  events = []
  const sizes = { limitBytes: 16 * PIECE_BYTES, tailBytes: 4 * MIB, pieceBytes: PIECE_BYTES }
  const config = { segmentBytes: 40_000, fileDeleteDelayMs: 60_000 }
  const logger = { ...silentLogger, info: note, warn: note, error: note }
  const journal = { folder: '/journal', ...sizes }
  const spaceOf = async (path: string): Promise<Space> => {
    if (path !== '/journal') return { totalBytes: 4 * MIB, usableBytes: 100 * MIB, device: 1 }
    return space ?? { totalBytes: -1, usableBytes: -1 }
  }
  store = await openStore({ files, clock, logger, config, store: { channel, journal, spaceOf } })
  await turns()
}

function log(partition = 0): PartitionLog {
  const config = { ...defaultLogConfig, segmentBytes: 40_000 }
  const found = store.get('t', partition)
  return found ?? store.create({ topic: 't', topicId: TOPIC_ID, partition }, config)
}

function send(partition = 0): string {
  const records = [{ timestamp: TIME_MS, key: null, value: VALUE }]
  return errorName(log(partition).appendAsLeader(batchOf(records), CLIENT).errorCode)
}

/** Each is answered before the next is sent. @returns how many were taken. */
async function append(count: number, partition = 0): Promise<number> {
  for (let taken = 0; taken < count; taken += 1) {
    if (send(partition) === 'KAFKA_STORAGE_ERROR') return taken
    await committed(log(partition))
  }
  return count
}

/** No byte more in the journal's folder, but over the ring, while `isFull`. */
function fill(isFull = (): boolean => true): void {
  files.fault = (operation, path) => {
    const isSmallFile = path.startsWith('/journal/') && !path.endsWith('/ring')
    return operation === 'write' && isSmallFile && isFull() ? diskError('ENOSPC', path) : undefined
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function later(ms = SECOND_MS): Promise<void> {
  await turns()
  clock.advance(ms)
  await turns()
}

beforeEach(async () => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
  space = PLENTY
  await open()
})

/** Appends are refused. @returns how many of partition 0 were taken */
async function fillUp(): Promise<number> {
  fill()
  const taken = await append(1000)
  expect(taken).toBeLessThan(1000)
  return taken
}

describe('room on the disk of the journal', () => {
  test.each([
    ['its own', PLENTY, RESERVE_BYTES],
    ['that of a log dir', { ...PLENTY, device: 1 }, undefined],
    ['not known', { totalBytes: 4 * MIB, usableBytes: 100 * MIB }, undefined],
    ['not measured', undefined, undefined],
  ])('is set aside if the disk is its own: %s', async (_, given, sizeBytes) => {
    await store.close()
    await files.remove(BALLAST)
    space = given
    await open()
    expect(files.stat(BALLAST)?.sizeBytes).toBe(sizeBytes)
    expect(files.stat('/data/ballast')?.sizeBytes).toBe(RESERVE_BYTES)
  })

  test('is given to a checkpoint that finds none, and nobody is refused', async () => {
    fill(() => files.stat(BALLAST) !== undefined)
    expect(await append(300)).toBe(300)
    expect(files.stat(BALLAST)).toBeUndefined()
    expect(events).toEqual(['ballast-released'])
    files.fault = () => undefined
    await later(60 * SECOND_MS)
    expect(files.stat(BALLAST)?.sizeBytes).toBe(RESERVE_BYTES)
  })

  test('that a log dir set aside is given, and the dir takes no more', async () => {
    await store.close()
    space = { ...PLENTY, device: 1 }
    await open()
    fill(() => files.stat('/data/ballast') !== undefined)
    await append(300)
    expect(files.stat('/data/ballast')).toBeUndefined()
    expect(store.dirs()).toMatchObject([{ isShort: true }])
    expect(events).toEqual(['disk-full', 'ballast-released'])
  })

  test('goes with the journal', async () => {
    await append(3)
    await store.close()
    await open('file')
    expect(files.stat('/journal')).toBeUndefined()
    expect(log().logEndOffset).toBe(3)
  })

  test('is not for the ring', async () => {
    space = { ...PLENTY, usableBytes: 4 * RESERVE_BYTES + PIECE_BYTES - 1 }
    await append(20)
    await later()
    expect([store.journal?.preparedBytes, events]).toEqual([PIECE_BYTES, ['journal-not-grown']])
    space = { ...PLENTY, usableBytes: 4 * RESERVE_BYTES + PIECE_BYTES }
    await later()
    await append(1)
    await turns()
    expect(store.journal?.preparedBytes).toBeGreaterThan(PIECE_BYTES)
  })
})

describe('a journal whose disk has no room for a checkpoint', () => {
  test('refuses appends at once, and takes them when there is room: all by itself', async () => {
    const taken = await fillUp()
    for (let second = 0; second < 5; second += 1) {
      await later()
      expect([send(), send(1)]).toEqual(['KAFKA_STORAGE_ERROR', 'KAFKA_STORAGE_ERROR'])
    }
    expect(store.pressure).toBeLessThan(1)
    expect(log().highWatermark).toBe(taken)
    expect(store.dirs()).toMatchObject([{ isOnline: true, isShort: false }])
    expect(events).toEqual(['ballast-released', 'journal-disk-full'])
    files.fault = () => undefined
    await later()
    expect(await append(300)).toBe(300)
    expect(events.slice(2)).toEqual(['journal-disk-has-room'])
    const sent = await readAll(log())
    files = files.kill()
    await open()
    expect((await readAll(log())).equals(sent)).toBe(true)
  })

  test('a ring that cannot grow lets none wait, either', async () => {
    await append(10)
    await later()
    space = { ...PLENTY, usableBytes: 0 }
    const before = store.journal?.preparedBytes
    const taken = await fillUp()
    expect([log().highWatermark, store.journal?.preparedBytes]).toEqual([10 + taken, before])
  })

  test('is read, and records and partitions are deleted', async () => {
    await append(1, 1)
    const taken = await fillUp()
    expect(await readAll(log())).toHaveLength(taken * (await readAll(log(), taken - 1)).length)
    expect(errorName(await log().deleteRecordsBefore(8))).toBe('NONE')
    await store.delete([log(1)])
    files = files.kill()
    fill()
    await open()
    expect([log().logStartOffset, log().logEndOffset]).toEqual([8, taken])
    expect(store.get('t', 1)).toBeUndefined()
  })

  test('starts, reads, and refuses until there is room, after a kill and a stop', async () => {
    const taken = await fillUp()
    files = files.kill()
    fill()
    await open()
    expect(await append(1000)).toBeLessThan(1000)
    await store.close()
    files = files.kill()
    fill()
    await open()
    const { logEndOffset } = log()
    expect(logEndOffset).toBeGreaterThanOrEqual(taken)
    expect(log().highWatermark).toBe(logEndOffset)
    files.fault = () => undefined
    await later()
    expect(await append(1)).toBe(1)
  })

  test('has it noticed by a checkpoint that is made for another reason', async () => {
    await append(1)
    fill()
    await expect(store.checkpoint()).rejects.toThrow('ENOSPC')
    expect(send()).toBe('KAFKA_STORAGE_ERROR')
    files.fault = () => undefined
    await later()
    await later()
    expect(send()).toBe('NONE')
  })
})

import { KIB, silentLogger } from '@pafka/base'
import { defaultLogConfig, type LogStore, type PartitionLog } from '@pafka/log'
import { beforeEach, describe, expect, test } from 'vitest'

import { diskError, type FaultRule, SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
const RING_BYTES = 4 * PIECE_BYTES
const FOLDER = '/a/journal'
const TOPIC_IDS = { well: 'AAAAAAAAAAAAAAAAAAAAAQ', ill: 'AAAAAAAAAAAAAAAAAAAAAg' }
const VALUE = Buffer.alloc(10_000, 'x')

let files: SimulatedDisk
let store: LogStore
let well: PartitionLog
let ill: PartitionLog
let events: string[] = []

const logger = {
  ...silentLogger,
  info: (event: string) => void events.push(event),
  error: (event: string) => void events.push(event),
}

async function open(): Promise<void> {
  const journal = {
    folder: FOLDER,
    limitBytes: RING_BYTES,
    tailBytes: 8 * PIECE_BYTES,
    pieceBytes: PIECE_BYTES,
  }
  events = []
  store = await openStore({
    files,
    logger,
    store: { channel: 'journal', dirs: ['/a', '/b'], journal },
  })
}

beforeEach(async () => {
  files = SimulatedDisk.create()
  await open()
  const [topicId, partition] = [TOPIC_IDS.well, 0]
  well = store.create({ topic: 'well', topicId, partition, dir: '/a' }, defaultLogConfig)
  ill = store.create(
    { topic: 'ill', topicId: TOPIC_IDS.ill, partition, dir: '/b' },
    defaultLogConfig,
  )
  await append(well, 3)
  await append(ill, 3)
  await store.checkpoint()
  await append(ill, 4)
})

/** The store dies, and another begins. */
async function restart(fault: FaultRule = () => undefined): Promise<void> {
  files = files.kill()
  files.fault = fault
  await open()
  well = store.get('well', 0) as PartitionLog
  ill = store.get('ill', 0) as PartitionLog
}

async function append(log: PartitionLog, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
  }
  await committed(log)
}

/** The ring is written over, more than once. */
async function goRound(): Promise<void> {
  for (let bytes = 0; bytes < 3 * RING_BYTES; bytes += 5 * VALUE.length) await append(well, 5)
}

function failing(operation: 'write' | 'sync'): FaultRule {
  return (asked, path) => {
    return asked === operation && path.startsWith('/b/ill-0/') ? diskError('EIO', path) : undefined
  }
}

function aside(): string[] {
  return files.list(FOLDER).filter((name) => name.startsWith('stranded'))
}

async function failIll(operation: 'write' | 'sync'): Promise<void> {
  files.fault = failing(operation)
  const failed = operation === 'write' ? store.flush() : store.checkpoint()
  await expect(failed).rejects.toThrow('EIO')
  expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([true, false])
}

describe.each(['write', 'sync'] as const)('a log dir that fails to %s', (operation) => {
  test('holds up no others, and has all that was acknowledged at the next start', async () => {
    const sent = await readAll(ill)
    await failIll(operation)
    await goRound()
    const other = await readAll(well)
    expect(aside()).toEqual(['stranded-1'])
    await restart()
    expect((await readAll(ill)).equals(sent)).toBe(true)
    expect((await readAll(well)).equals(other)).toBe(true)
    expect(aside()).toEqual([])
    await append(ill, 2)
    await restart()
    expect([ill.logEndOffset, well.logEndOffset]).toEqual([9, well.highWatermark])
    expect(ill.isOnline).toBe(true)
  })

  test('and fails again at the next start: what it lacks is kept for the one after', async () => {
    const sent = await readAll(ill)
    await failIll(operation)
    await goRound()
    await restart(failing(operation))
    expect(ill.isOnline).toBe(false)
    await goRound()
    expect(aside()[0]).toBe('stranded-1')
    await restart()
    expect((await readAll(ill)).equals(sent)).toBe(true)
    expect(aside()).toEqual([])
  })
})

test('what only memory has is read until others need it, then it is an error', async () => {
  await failIll('write')
  expect((await readAll(ill)).length).toBeGreaterThan(7 * VALUE.length)
  await goRound()
  const read = await ill.read(6, 100, { minOneBatch: true, upTo: ill.highWatermark })
  expect(read.errorCode).toBe(56) // KAFKA_STORAGE_ERROR
  read.release()
})

test('an append that is on its way when the dir fails is not acknowledged', async () => {
  files.fault = failing('write')
  const flushed = store.flush()
  for (let turns = 0; turns < 10; turns++) await Promise.resolve()
  files.slowness = () => 50
  await expect(append(ill, 1)).rejects.toThrow('EIO')
  await expect(flushed).rejects.toThrow('EIO')
  files.slowness = () => 1
  expect([ill.highWatermark, ill.logEndOffset]).toEqual([7, 7])
  await goRound()
  await restart()
  expect(ill.logEndOffset).toBeGreaterThanOrEqual(7)
})

test('damage of what was set aside is told, and what is left of it kept', async () => {
  await failIll('write')
  await goRound()
  const ring = files.open(`${FOLDER}/stranded-1/ring`, 'update')
  const end = ring.sizeBytes()
  ring.writeNow([Buffer.alloc(10)], end - 8192)
  ring.close()
  await restart()
  expect(events).toContain('stranded-journal-broken-off')
  expect([ill.logEndOffset < 7, ill.isOnline]).toEqual([true, true])
  expect(aside()).toEqual(['stranded-1.broken'])
  expect(files.stat(`${FOLDER}/stranded-1.broken/ring`)?.sizeBytes).toBe(end)
  const left = ill.logEndOffset
  await append(ill, 2)
  await restart()
  expect([ill.logEndOffset, events.includes('stranded-journal-broken-off')]).toEqual([
    left + 2,
    false,
  ])
})

test('a journal that cannot be set aside is kept in the ring', async () => {
  const sent = await readAll(ill)
  const fault = failing('write')
  files.fault = (operation, path) => {
    if (operation === 'write' && path.includes('stranded-')) return diskError('EIO', path)
    return fault(operation, path)
  }
  await expect(store.flush()).rejects.toThrow('EIO')
  await append(well, 1)
  expect(events).toContain('journal-not-set-aside')
  await restart()
  expect((await readAll(ill)).equals(sent)).toBe(true)
  expect(well.logEndOffset).toBe(4)
})

test('the file channel is not begun while the journal has what a dir lacks', async () => {
  await failIll('write')
  await goRound()
  files = files.kill()
  files.fault = failing('write')
  const journal = { folder: FOLDER, limitBytes: RING_BYTES, tailBytes: 8 * PIECE_BYTES }
  const options = { channel: 'file', dirs: ['/a', '/b'], journal } as const
  await expect(openStore({ files, store: options })).rejects.toThrow('for logs that are not there')
  files = files.kill()
  store = await openStore({ files, store: options })
  expect(store.get('ill', 0)?.logEndOffset).toBe(7)
  expect(files.stat(FOLDER)).toBeUndefined()
})

import { MIB, type Logger, silentLogger } from '@pafka/base'
import type { LogStore, PartitionLog } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll, TOPIC_ID } from './test-store.ts'

const CONFIG = { indexIntervalBytes: 100 }
const LOG = '/data/topic-0/00000000000000000000.log'
const RING = '/data/journal/ring'

let files: SimulatedDisk
let store: LogStore
let log: PartitionLog
let events: string[] = []
let opened: string[] = []

const listening: Logger = {
  ...silentLogger,
  info: (event) => void events.push(event),
  warn: (event) => void events.push(event),
  error: (event) => void events.push(event),
}

beforeEach(async () => {
  files = SimulatedDisk.create()
  store = await open()
  log = createLog(store, CONFIG)
})

function open(limitBytes = 8 * MIB): Promise<LogStore> {
  const journal = { folder: '/data/journal', limitBytes, tailBytes: 32 * MIB }
  const config = CONFIG
  return openStore({ files, config, logger: listening, store: { channel: 'journal', journal } })
}

/** What a crash leaves is opened again. */
async function crash(before: () => void = () => undefined): Promise<void> {
  files = files.kill()
  before()
  events = []
  opened = []
  files.fault = (operation, path) => {
    if (operation === 'open') opened.push(path)
    return undefined
  }
  store = await open()
  log = store.get('topic', 0) as PartitionLog
}

async function append(count: number, first = log.logEndOffset): Promise<void> {
  for (let at = first; at < first + count; at++) {
    const value = Buffer.from(`value ${at}`.padEnd(100))
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS + at, key: null, value }]), CLIENT)
  }
  await committed(log)
}

/** What the log says of itself: all that an index or an end can get wrong. */
async function told(): Promise<unknown> {
  const times: unknown[] = []
  for (let offset = 0; offset < log.logEndOffset; offset += 7) {
    times.push((await log.offsetForTimestamp(TIME_MS + offset))?.offset)
  }
  const { logStartOffset, logEndOffset, highWatermark, latestEpoch } = log
  const bytes = (await readAll(log)).toString('base64')
  const max = await log.maxTimestamp()
  return { logStartOffset, logEndOffset, highWatermark, latestEpoch, bytes, max, times }
}

test('a log goes on from the checkpoint without a look into its files', async () => {
  await append(200)
  await store.checkpoint()
  await append(30)
  const before = await told()
  await crash()
  expect(opened.filter((path) => path.startsWith('/data/topic-0/'))).toEqual([])
  expect(await told()).toEqual(before)
  await append(300)
  expect(await told()).toMatchObject({ logEndOffset: 530 })
  await store.close()
})

test('a log that was cut in memory by a crash has the indexes of one that was not', async () => {
  await append(300)
  await store.checkpoint()
  await append(300)
  await crash()
  await append(300)
  const crashed = await told()
  await store.close()
  const indexes = ['index', 'timeindex'].map((kind) => files.readFile(LOG.replace('log', kind)))
  files = SimulatedDisk.create()
  store = await open()
  log = createLog(store, CONFIG)
  await append(900)
  expect(crashed).toEqual(await told())
  await store.close()
  const whole = ['index', 'timeindex'].map((kind) => files.readFile(LOG.replace('log', kind)))
  expect(indexes.map(String)).toEqual(whole.map(String))
})

test('a log that is younger than the checkpoint comes from the ring alone', async () => {
  await append(50)
  const before = await told()
  await crash(() => files.writeFile(LOG, Buffer.from('what no checkpoint vouches for')))
  expect(events).toEqual(['journal-replayed'])
  expect(await told()).toEqual(before)
  await store.checkpoint()
  await crash()
  expect(await told()).toEqual(before)
})

test('a log that was put there by hand is looked into, and kept', async () => {
  await append(50)
  await store.close()
  const names = files.list('/data/topic-0').filter((name) => name.startsWith('0'))
  const copies = names.map((name) => ({ name, bytes: files.readFile(`/data/topic-0/${name}`) }))
  const before = await readAll(log)
  await crash()
  const other = store.create(
    { topic: 'other', topicId: TOPIC_ID.replace('Q', 'g'), partition: 0 },
    log.config,
  )
  expect(other.logEndOffset).toBe(0)
  await crash(() => {
    for (const { name, bytes } of copies) {
      files.writeFile(`/data/other-0/${name}`, bytes as Uint8Array)
    }
  })
  const found = store.get('other', 0) as PartitionLog
  expect(found.logEndOffset).toBe(50)
  expect((await readAll(found)).equals(before)).toBe(true)
  await crash()
  expect(store.get('other', 0)?.logEndOffset).toBe(50)
})

test('without its journal a log dir is not started until that is given up', async () => {
  await append(50)
  await store.flush()
  const before = await told()
  await append(3)
  files = files.kill()
  await files.removeFolder('/data/journal')
  await expect(crash()).rejects.toThrow('set log.journal.dir to where it is, or remove')
  await files.remove('/data/journal.id')
  await crash()
  expect(await told()).toEqual(before)
  expect(store.journal).toMatchObject({ usedBytes: 0 })
})

test('an index that lost entries which were durable is made anew', async () => {
  await append(400)
  await store.checkpoint()
  await append(5)
  const before = await told()
  const path = LOG.replace('log', 'index')
  expect(files.stat(path)?.sizeBytes).toBeGreaterThan(0)
  await crash(() => files.writeFile(path, Buffer.alloc(8)))
  expect(await told()).toEqual(before)
})

test.each([0, 4096])('a ring that was cut to %i bytes must be given up', async (sizeBytes) => {
  await append(50)
  await store.checkpoint()
  const before = await told()
  await append(5)
  const isCut = crash(() => files.writeFile(RING, Buffer.alloc(sizeBytes)))
  await expect(isCut).rejects.toThrow('/data/journal/ring, was cut: bring it back, or remove')
  await files.remove('/data/journal.id')
  await crash()
  expect(await told()).toEqual(before)
})

test('a ring that is much used for its new limit holds nobody back', async () => {
  for (let left = 20; left > 0; left--) {
    const value = Buffer.alloc(100_000, left)
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
  }
  await committed(log)
  files = files.kill()
  store = await open(2 * MIB)
  expect(store.pressure).toBeGreaterThan(0)
  for (let turns = 0; store.pressure > 0; turns++) {
    expect(turns).toBeLessThan(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(store.journal?.usedBytes).toBe(0)
})

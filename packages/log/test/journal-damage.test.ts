import { MIB, type Logger, seededRandom, silentLogger } from '@pafka/base'
import { defaultLogConfig, diskError, type LogStore, type PartitionLog } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { readRoundHead } from '../src/journal/round-format.ts'
import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll, TOPIC_ID } from './test-store.ts'

const RING = '/data/journal/ring'
const ROUNDS = 40
const CONFIG = { ...defaultLogConfig, segmentBytes: 2000 }

let disk: SimulatedDisk
let store: LogStore
let events: string[] = []

const logger: Logger = { ...silentLogger, error: (event) => void events.push(event) }

function open(): Promise<LogStore> {
  const journal = { folder: '/data/journal', limitBytes: 8 * MIB, tailBytes: 32 * MIB }
  return openStore({ files: disk, config: CONFIG, logger, store: { channel: 'journal', journal } })
}

function log(partition: number): PartitionLog {
  return store.get('t', partition) as PartitionLog
}

/** One round, of one record. */
async function send(partition: number): Promise<void> {
  const value = Buffer.from(`${partition} ${log(partition).logEndOffset}`.padEnd(100))
  log(partition).appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
  await committed(log(partition))
}

/** Flips a bit in the middle of each of these rounds: counted from the oldest, or the youngest. */
function damage(...rounds: number[]): void {
  const ring = Buffer.from(disk.readFile(RING) ?? [])
  const ringId = ring.subarray(16, 32)
  const found: { at: number; sequence: number }[] = []
  for (let at = 0; at < ring.length;) {
    const head = readRoundHead(ring.subarray(at), ringId)
    if (head !== undefined) found.push({ at, sequence: head.sequence })
    at += head?.totalBytes ?? 4096
  }
  found.sort((a, b) => a.sequence - b.sequence)
  for (const round of rounds) {
    const at = (found.at(round)?.at ?? Number.NaN) + 200
    ring.writeUInt8(ring.readUInt8(at) ^ 1, at)
  }
  disk.writeFile(RING, ring)
}

async function start(): Promise<void> {
  disk = disk.kill()
  events = []
  store = await open()
}

function folder(): string[] {
  return disk.list('/data/t-0')
}

let sent: Buffer[]

/** Two logs that take turns, of which the files may have all or nothing. */
async function fill(isStored: boolean): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await send(round % 2)
  if (isStored) await store.flush()
  sent = [await readAll(log(0)), await readAll(log(1))]
  disk = disk.kill()
}

async function create(): Promise<void> {
  disk = SimulatedDisk.create()
  store = await open()
  const wanted = { topic: 't', topicId: TOPIC_ID }
  for (const partition of [0, 1]) store.create({ ...wanted, partition }, CONFIG)
  await store.checkpoint()
}

beforeEach(create)

test.each([[[0]], [[7]], [[7, 8, 30]]])(
  'damaged rounds %j whose records the segments have lose nothing',
  async (rounds) => {
    await fill(true)
    expect(folder().filter((name) => name.endsWith('.log')).length).toBeGreaterThan(1)
    damage(...rounds)
    await start()
    expect(events).toEqual(['journal-broken-off'])
    expect([await readAll(log(0)), await readAll(log(1))]).toEqual(sent)
    expect(folder().filter((name) => name.includes('beyond'))).toEqual([])
    await send(0)
    await start()
    expect(events).toEqual([])
    expect(log(0).logEndOffset).toBe(ROUNDS / 2 + 1)
  },
)

test('nor do those of a new log whose files a start wrote anew, and nobody synced', async () => {
  for (let seed = 0; seed < 5; seed++) {
    await create()
    const wanted = { topic: 't', topicId: TOPIC_ID }
    const [fresh, other] = [2, 3].map((partition) => store.create({ ...wanted, partition }, CONFIG))
    for (let round = 0; round < ROUNDS; round++) await send(2)
    await store.flush()
    if (other !== undefined) await store.delete([other]) // it is written down what was synced
    const before = await readAll(fresh as PartitionLog)
    await start()
    for (let round = 0; round < 4; round++) await send(1)
    disk = disk.cutPower(seededRandom(seed))
    damage(-3)
    await start()
    expect([seed, events]).toEqual([seed, ['journal-broken-off']])
    expect((await readAll(log(2))).equals(before)).toBe(true)
    expect(log(1).logEndOffset).toBe(1)
  }
})

test('one that no segment has ends its own log there, and no other', async () => {
  await fill(false)
  damage(10)
  await start()
  expect([log(0).logEndOffset, log(1).logEndOffset]).toEqual([5, ROUNDS / 2])
  expect(sent[0]?.subarray(0, (await readAll(log(0))).length)).toEqual(await readAll(log(0)))
  expect(await readAll(log(1))).toEqual(sent[1])
  for (const partition of [0, 1]) await send(partition)
  await start()
  expect([log(0).logEndOffset, log(1).logEndOffset]).toEqual([6, ROUNDS / 2 + 1])
})

test('what was cut off does not come back with it, though its files have it still', async () => {
  for (let round = 0; round < ROUNDS; round++) await send(round % 2)
  await store.flush()
  const before = await readAll(log(0))
  const kept = before.subarray(0, (before.length * 5) / (ROUNDS / 2))
  disk.fault = (operation, path) =>
    operation === 'truncate' && path.startsWith('/data/t-0/') ? diskError('EIO', path) : undefined
  await expect(log(0).truncateTo(5)).rejects.toThrow('EIO')
  disk.fault = () => undefined
  for (let round = 0; round < 4; round++) await send(1)
  disk = disk.kill()
  damage(-3)
  await start()
  expect(events).toEqual(['journal-broken-off'])
  expect(log(0).logEndOffset).toBe(5)
  expect((await readAll(log(0))).equals(kept)).toBe(true)
})

/** @returns whether it came to its end before that many operations */
async function dieAt(operations: number): Promise<boolean> {
  let left = operations
  disk.fault = (operation, path) => {
    if (operation === 'read' || operation === 'open') return undefined
    left -= 1
    return left < 0 ? diskError('EIO', path) : undefined
  }
  await open().catch(() => undefined)
  disk = disk.kill()
  return left >= 0
}

test('a start that dies on its way leaves the next one all there is', async () => {
  let isWhole = false
  let starts = 0
  for (; !isWhole; starts++) {
    await create()
    await fill(true)
    damage(3, 30, 31)
    isWhole = await dieAt(starts)
    store = await open()
    const served = [await readAll(log(0)), await readAll(log(1))]
    expect([starts, served]).toEqual([starts, sent])
  }
  expect(starts).toBeGreaterThan(20)
})

/** Newest first. */
function segmentFiles(): string[] {
  const names = folder().filter((name) => name.endsWith('.log'))
  return names.toSorted().toReversed()
}

async function remove(names: readonly string[]): Promise<void> {
  for (const name of names) await disk.remove(`/data/t-0/${name}`)
}

function cutLast(): void {
  const path = `/data/t-0/${segmentFiles()[0]}`
  disk.open(path, 'update').truncate(Math.floor((disk.stat(path)?.sizeBytes ?? 0) / 2))
}

test.each<[string, () => Promise<void> | void]>([
  ['all segments are gone', () => remove(segmentFiles())],
  ['the last segment is gone', () => remove(segmentFiles().slice(0, 1))],
  ['the last segment is cut', cutLast],
])('what the journal has comes back though %s', async (_, spoil) => {
  for (let round = 0; round < ROUNDS; round++) await send(0)
  await store.flush()
  await store.checkpoint()
  const from = log(0).logEndOffset
  for (let round = 0; round < 3; round++) await send(0)
  const end = log(0).logEndOffset
  const newest = await readAll(log(0), from)
  expect(segmentFiles().length).toBeGreaterThan(1)
  disk = disk.kill()
  await spoil()
  for (let starts = 0; starts < 3; starts++) {
    await start()
    expect(log(0).logEndOffset).toBe(end + starts)
    expect(log(0).logStartOffset).toBeLessThanOrEqual(from)
    const served = await readAll(log(0), from)
    expect(served.subarray(0, newest.length).equals(newest)).toBe(true)
    if (starts === 0) expect(events).toContain('segment-lost-bytes')
    await send(0)
  }
})

test('a hole is told to whoever meets it', async () => {
  for (let round = 0; round < ROUNDS; round++) await send(0)
  await store.close()
  disk = disk.kill()
  await remove(segmentFiles().slice(2, 3))
  await start()
  await readAll(log(0), 0)
  await readAll(log(0), 0)
  expect(events).toEqual(['log-has-hole'])
})

test('a segment gone after a stop is told, and its offsets are not given again', async () => {
  for (let round = 0; round < ROUNDS; round++) await send(0)
  const end = log(0).logEndOffset
  await store.close()
  disk = disk.kill()
  await remove(segmentFiles().slice(0, 1))
  await start()
  expect(events).toContain('segment-lost-bytes')
  expect(log(0).logEndOffset).toBe(end)
  await send(0)
  expect(log(0).logEndOffset).toBe(end + 1)
  expect((await readAll(log(0), end)).length).toBeGreaterThan(0)
})

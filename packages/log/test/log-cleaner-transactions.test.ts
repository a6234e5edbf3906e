import { DAY_MS } from '@pafka/base'
import { type LogConfig, type LogStore, memoryFileSystem, type PartitionLog } from '@pafka/log'
import { readBatches, readRecords } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { append, compacted, contents, endTransaction, stored, write } from './compacted-log.ts'
import { idempotent, TIME_MS } from './test-batches.ts'
import { CLIENT, createLog, openStore, readAll } from './test-store.ts'

interface World {
  readonly clock: ManualClock
  readonly store: LogStore
  readonly log: PartitionLog
}

const DELETE_RETENTION_MS = 1000

async function begin(config: Partial<LogConfig> = {}): Promise<World> {
  const clock = new ManualClock(TIME_MS)
  const merged = { ...compacted, deleteRetentionMs: DELETE_RETENTION_MS, ...config }
  const store = await openStore({ files: memoryFileSystem(), config: merged, clock })
  return { clock, store, log: createLog(store, merged) }
}

/** Sends a batch in a transaction of a producer, from its sequence on. */
function send(log: PartitionLog, producerId: number, sequence: number, ...texts: string[]): number {
  const producer = { producerId, producerEpoch: 0, baseSequence: sequence }
  return append(log, texts, { ...producer, transactional: true })
}

/** Puts what was appended into sealed segments, by one record more, and compacts it. */
async function clean({ store, log }: World, last = 'last'): Promise<void> {
  await write(store, log, [`${last}=1`])
  await store.clean(log)
}

test('records of an aborted transaction go, and replace nothing', async () => {
  const world = await begin()
  const { log } = world
  append(log, ['a=old'])
  send(log, 7, 0, 'a=x', 'b=x')
  send(log, 7, 2, 'c=x')
  endTransaction(log, 7, false)
  send(log, 7, 3, 'c=committed')
  endTransaction(log, 7, true)
  await clean(world)
  expect(await contents(log)).toEqual([
    '0 a=old',
    '4 abort',
    '5 c=committed',
    '6 commit',
    '7 last=1',
  ])
})

test('transactions of several producers are told apart', async () => {
  const world = await begin()
  const { log } = world
  send(log, 1, 0, 'a=1')
  send(log, 2, 0, 'a=2')
  send(log, 3, 0, 'b=3')
  endTransaction(log, 2, false)
  send(log, 1, 1, 'b=1')
  endTransaction(log, 3, true)
  endTransaction(log, 1, true)
  await clean(world)
  expect(await contents(log)).toEqual([
    '0 a=1',
    '1 empty', // what is known of producer 2
    '2 empty',
    '3 abort',
    '4 b=1',
    '5 commit',
    '6 commit',
    '7 last=1',
  ])
})

test('an abort says nothing of what its producer committed before', async () => {
  const world = await begin()
  const { log } = world
  send(log, 7, 0, 'a=1')
  send(log, 7, 1, 'b=1')
  endTransaction(log, 7, true)
  await clean(world)
  send(log, 7, 2, 'a=2')
  endTransaction(log, 7, false)
  await clean(world, 'more')
  expect(await contents(log)).toEqual([
    '0 a=1',
    '1 b=1',
    '2 commit',
    '3 last=1',
    '4 empty',
    '5 abort',
    '6 more=1',
  ])
})

test('nothing from the first open transaction on is touched', async () => {
  const world = await begin()
  const { log } = world
  append(log, ['a=1'])
  append(log, ['a=2'])
  send(log, 7, 0, 'b=open')
  append(log, ['a=3'])
  append(log, ['a=4'])
  await clean(world)
  const before = await contents(log)
  expect(before).toEqual(['1 a=2', '2 b=open', '3 a=3', '4 a=4', '5 last=1'])
  endTransaction(log, 7, true)
  await clean(world, 'more')
  expect(await contents(log)).toEqual(['2 b=open', '4 a=4', '5 last=1', '6 commit', '7 more=1'])
})

test('a transaction whose marker lies in the active segment is not yet looked at', async () => {
  const world = await begin({ segmentBytes: 200 })
  const { log, store } = world
  append(log, ['a=1'])
  append(log, ['a=2'])
  send(log, 7, 0, 'a=aborted')
  append(log, ['a=3'])
  endTransaction(log, 7, false)
  await stored(store, log)
  expect(log.describe().segments).toBe(3)
  await store.clean(log)
  expect(await contents(log)).toEqual(['1 a=2', '2 a=aborted', '3 a=3', '4 abort'])
  await clean(world)
  await clean(world, 'more')
  expect(await contents(log)).toContain('3 a=3')
  expect(await contents(log)).not.toContain('2 a=aborted')
})

test('a marker stays while its transaction has records, then for delete.retention.ms', async () => {
  const world = await begin()
  const { log, clock, store } = world
  send(log, 7, 0, 'a=1')
  endTransaction(log, 7, true)
  send(log, 8, 0, 'z=1')
  endTransaction(log, 8, false)
  send(log, 7, 1, 'keep=1')
  send(log, 8, 1, 'keep=2') // both producers have a newer batch
  endTransaction(log, 7, true)
  endTransaction(log, 8, true)
  await clean(world)
  const markers = ['1 commit', '3 abort']
  expect(await contents(log)).toEqual(expect.arrayContaining(['0 a=1', ...markers]))
  append(log, ['a=2'])
  await clean(world, 'second')
  expect(await contents(log)).toEqual(expect.arrayContaining(markers))
  await clean(world, 'third') // no record is left when it begins: the time counts from here
  expect(await contents(log)).toEqual(expect.arrayContaining(markers))
  clock.advance(DELETE_RETENTION_MS)
  await clean(world, 'fourth')
  const left = await contents(log)
  for (const marker of markers) expect(left).not.toContain(marker)
  expect(left).toContain('4 empty')
  expect(left).toEqual(expect.arrayContaining(['5 keep=2', '6 commit', '7 commit']))
  expect(log.producers().map(({ producerId }) => producerId)).toEqual([7, 8])
  await store.close()
})

test('a marker keeps its kind, and its coordinator epoch, with a delete horizon', async () => {
  const world = await begin()
  const { log, clock } = world
  send(log, 7, 0, 'a=1')
  const at = endTransaction(log, 7, true)
  send(log, 7, 1, 'b=1')
  endTransaction(log, 7, true)
  append(log, ['a=2'])
  await clean(world)
  await clean(world, 'second')
  clock.advance(1)
  const batches = [...readBatches(await readAll(log))]
  const marker = batches.find(({ baseOffset }) => baseOffset === at)
  if (marker === undefined) throw new TypeError('the marker is gone')
  const [record] = readRecords(marker)
  expect([marker.control, marker.transactional, marker.deleteHorizon]).toEqual([true, true, true])
  expect(marker.baseTimestamp).toBe(TIME_MS + DELETE_RETENTION_MS)
  expect([record?.timestamp, marker.maxTimestamp]).toEqual([TIME_MS, TIME_MS])
  expect(Buffer.from(record?.value ?? []).toString('hex')).toBe('000000000003')
})

test('sequences go on after all records of a producer were compacted away', async () => {
  const clock = new ManualClock(TIME_MS)
  const files = memoryFileSystem()
  const store = await openStore({ files, config: compacted, clock })
  const log = createLog(store, compacted)
  for (let sequence = 0; sequence < 3; sequence++) {
    const sent = log.appendAsLeader(idempotent({ producerId: 5, sequence }), CLIENT)
    expect(sent.errorCode).toBe(0)
  }
  await write(store, log, ['key-0=x', 'key-0=y', 'z=1'])
  await store.clean(log)
  await store.clean(log)
  expect(await contents(log)).toEqual(['2 empty', '4 key-0=y', '5 z=1'])
  await files.remove('/data/.kafka_cleanshutdown')
  await store.close()
  for (const name of files.list('/data/topic-0')) {
    if (name.endsWith('.snapshot')) await files.remove(`/data/topic-0/${name}`)
  }
  const again = await openStore({ files, config: compacted, clock })
  const reopened = again.get('topic', 0)
  expect(reopened?.producers()).toMatchObject([{ producerId: 5, lastSequence: 2 }])
  const repeated = reopened?.appendAsLeader(idempotent({ producerId: 5, sequence: 2 }), CLIENT)
  expect([repeated?.errorCode, repeated?.baseOffset]).toEqual([0, 2])
  const next = reopened?.appendAsLeader(idempotent({ producerId: 5, sequence: 3 }), CLIENT)
  expect([next?.errorCode, next?.baseOffset]).toEqual([0, 6])
})

test('a producer that expired leaves nothing', async () => {
  const world = await begin()
  const { log, clock, store } = world
  send(log, 7, 0, 'a=1')
  endTransaction(log, 7, false)
  clock.advance(2 * DAY_MS)
  await store.enforceRetention(clock.nowMs())
  expect(log.producers()).toEqual([])
  await clean(world)
  clock.advance(2 * DAY_MS)
  await clean(world, 'second')
  clock.advance(2 * DAY_MS)
  await clean(world, 'third')
  expect(await contents(log)).toEqual(['2 last=1', '3 second=1', '4 third=1'])
})

import { type Random, seededRandom } from '@pafka/base'
import {
  type CleanerOptions,
  diskError,
  type LogConfig,
  type LogStore,
  NEVER,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import {
  type CompressionName,
  ControlRecordType,
  controlRecordTypeOf,
  readBatches,
  readRecords,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { describe, expect, test } from 'vitest'

import { append, compacted, endTransaction } from './compacted-log.ts'
import { TIME_MS } from './test-batches.ts'
import { committed, createLog, openStore, readAll } from './test-store.ts'

const SEEDS = Number(process.env['PAFKA_MODEL_SEEDS'] ?? 40)
const FIRST_SEED = Number(process.env['PAFKA_MODEL_SEED'] ?? 1)
const STEPS = 120
const DELETE_RETENTION_MS = 5000
const CODECS: readonly CompressionName[] = ['none', 'none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A record as it was sent. */
interface Sent {
  readonly offset: number
  readonly key: string
  readonly value: string | null
  readonly sentMs: number
  readonly producerId: number
  readonly transactional: boolean
}

interface Marker {
  readonly offset: number
  readonly producerId: number
  readonly commit: boolean
}

interface World {
  readonly random: Random
  readonly clock: ManualClock
  readonly config: Partial<LogConfig>
  readonly cleaner: Partial<CleanerOptions>
  readonly keys: number
  disk: SimulatedDisk
  store: LogStore
  log: PartitionLog
  sent: Sent[]
  markers: Marker[]
  /** Next sequence of each idempotent producer; the first two send transactions. */
  readonly sequences: Map<number, number>
  nextValue: number
}

describe('random keys, tombstones, transactions, passes and crashes', () => {
  const seeds = Array.from({ length: SEEDS }, (_, at) => FIRST_SEED + at)
  test.each(seeds)('seed %i', async (seed) => {
    const world = await begin(seed)
    for (let step = 0; step < STEPS; step++) {
      await STEP_OF[world.random.below(STEP_OF.length)]?.(world)
    }
    await restart(world, 'close')
    await finish(world)
    await world.store.close()
  })
})

async function begin(seed: number): Promise<World> {
  const random = seededRandom(seed)
  const config: Partial<LogConfig> = {
    ...compacted,
    segmentBytes: 400 + random.below(3) * 300,
    deleteRetentionMs: DELETE_RETENTION_MS,
    minCompactionLagMs: random.below(2) * 1000,
    minCleanableDirtyRatio: 0.2,
    flushMessages: 1,
    flushMs: NEVER,
  }
  const slots = [5, 11, 101, 10_000][random.below(4)] ?? 5
  const cleaner = { dedupeBufferBytes: 24 * slots, ioBufferBytes: 8192 << random.below(4) }
  const disk = SimulatedDisk.create()
  const clock = new ManualClock(TIME_MS)
  const store = await openStore({ files: disk, clock, config, store: { cleaner } })
  const log = createLog(store, config)
  const sequences = new Map([1, 2, 3].map((producerId) => [producerId, 0]))
  const keys = [6, 20, 100][random.below(3)] ?? 6
  const state = { sent: [], markers: [], sequences, keys, nextValue: 0 }
  return { random, clock, config, cleaner, disk, store, log, ...state }
}

const STEP_OF: readonly ((world: World) => Promise<void>)[] = [
  sendSome,
  sendSome,
  sendSome,
  sendSome,
  sendInTransaction,
  sendInTransaction,
  endSome,
  endSome,
  sendIdempotent,
  clean,
  clean,
  async (world) => world.clock.advance(1 + world.random.below(DELETE_RETENTION_MS)),
  (world) => world.store.checkpoint(),
  verify,
  cleanAndCrash,
  (world) => restart(world, 'close'),
  (world) => restart(world, 'kill'),
  (world) => restart(world, 'power'),
]

function texts(world: World): string[] {
  return Array.from({ length: 1 + world.random.below(4) }, () => {
    const key = `key ${world.random.below(world.keys)}`
    const value = world.random.below(4) === 0 ? '' : String(world.nextValue++).padStart(4)
    return `${key}=${value}`
  })
}

/** One batch. @param producerId -1 for none */
function add(world: World, records: readonly string[], producerId = -1): void {
  const { log, random, clock, sequences } = world
  const transactional = producerId === 1 || producerId === 2
  const baseSequence = sequences.get(producerId) ?? -1
  const producerEpoch = producerId < 0 ? -1 : 0
  const compression = CODECS[random.below(CODECS.length)]
  const options = { transactional, producerId, producerEpoch, baseSequence, compression }
  const sentMs = clock.nowMs()
  const first = append(log, records, { ...options, timestamp: sentMs })
  if (producerId >= 0) sequences.set(producerId, baseSequence + records.length)
  for (const [at, text] of records.entries()) {
    const [key = '', value = ''] = text.split('=')
    const sent = { offset: first + at, key, value: value === '' ? null : value, sentMs }
    world.sent.push({ ...sent, producerId, transactional })
  }
}

async function sendSome(world: World): Promise<void> {
  for (let left = 1 + world.random.below(4); left > 0; left--) add(world, texts(world))
  await settled(world)
}

async function sendInTransaction(world: World): Promise<void> {
  add(world, texts(world), 1 + world.random.below(2))
  await settled(world)
}

async function sendIdempotent(world: World): Promise<void> {
  add(world, texts(world), 3)
  await settled(world)
}

async function endSome(world: World): Promise<void> {
  end(world, 1 + world.random.below(2), world.random.below(3) > 0)
  await settled(world)
}

function end(world: World, producerId: number, commit: boolean): void {
  const last = world.sent.findLast((one) => one.producerId === producerId)?.offset ?? -1
  const marker = world.markers.findLast((one) => one.producerId === producerId)?.offset ?? -1
  if (last <= marker) return // none is open
  const offset = endTransaction(world.log, producerId, commit, world.clock.nowMs())
  world.markers.push({ offset, producerId, commit })
}

function settled(world: World): Promise<void> {
  world.store.flushPending()
  return committed(world.log)
}

async function clean(world: World): Promise<void> {
  const { store, log, clock, random } = world
  if (random.below(2) === 0) await store.clean(log)
  else await store.cleanIfDirty(clock.nowMs())
}

async function cleanAndCrash(world: World): Promise<void> {
  await world.log.flush()
  let left = world.random.below(80)
  world.disk.fault = (_operation, path) => (left-- > 0 ? undefined : diskError('EIO', path))
  await world.store.clean(world.log).catch(() => undefined)
  await restart(world, world.random.below(2) === 0 ? 'kill' : 'power')
}

async function restart(world: World, how: 'close' | 'kill' | 'power'): Promise<void> {
  if (how === 'power') await world.log.flush().catch(() => undefined)
  if (how === 'close') await world.store.close()
  world.disk = how === 'power' ? world.disk.cutPower(world.random) : world.disk.kill()
  const { disk, clock, config, cleaner } = world
  world.store = await openStore({ files: disk, clock, config, store: { cleaner } })
  const log = world.store.get('topic', 0)
  if (log === undefined) {
    expect(world.sent).toEqual([])
    world.log = createLog(world.store, config)
    return
  }
  world.log = log
  await verify(world)
}

/** Undefined for a transaction that is open. */
function isCommitted({ markers }: World, sent: Sent): boolean | undefined {
  if (!sent.transactional) return true
  const isItsMarker = (one: Marker): boolean =>
    one.producerId === sent.producerId && one.offset > sent.offset
  return markers.find(isItsMarker)?.commit
}

/** The log holds nothing that was not sent, in order, and tells a reader all that it must. */
async function verify(world: World): Promise<void> {
  const { log, sent, clock, sequences } = world
  expect(log.logEndOffset).toBe(endOf(world))
  const found = await readFound(world)
  const isThere = new Set(found.map(({ offset }) => offset))
  const last = new Map<string, Sent>()
  for (const one of sent) if (isCommitted(world, one) === true) last.set(one.key, one)
  for (const one of sent) {
    if (isCommitted(world, one) === undefined) expect(isThere).toContain(one.offset)
    if (last.get(one.key) !== one) continue
    const mayBeGone = one.value === null && clock.nowMs() - one.sentMs >= DELETE_RETENTION_MS
    if (!mayBeGone) expect(isThere).toContain(one.offset)
  }
  expect(readerState(world, found)).toEqual(finalState(last))
  const known = new Map(log.producers().map((one) => [one.producerId, one.lastSequence + 1]))
  expect(known).toEqual(new Map([...sequences].filter(([, next]) => next > 0)))
}

/** When all is said, compacted and old: of each key its last value, and no tombstone. */
async function finish(world: World): Promise<void> {
  const { store, log, clock } = world
  for (const producerId of [1, 2]) end(world, producerId, true)
  for (let round = 0; round < 4; round++) {
    for (let at = 0; at < 20; at++) add(world, ['end=1'])
    await settled(world)
    clock.advance(2 * DELETE_RETENTION_MS)
    for (let pass = 0; pass < 500 && store.dirtyRatio(log) > 0; pass++) await store.clean(log)
    expect(store.dirtyRatio(log)).toBe(0)
  }
  await verify(world)
  const found = (await readFound(world)).filter(({ key }) => key !== 'end')
  const last = new Map<string, Sent>()
  for (const one of world.sent) if (isCommitted(world, one) === true) last.set(one.key, one)
  const kept = [...last.values()].filter(({ key, value }) => key !== 'end' && value !== null)
  expect(found).toEqual(kept.toSorted((a, b) => a.offset - b.offset))
}

function endOf({ sent, markers }: World): number {
  return Math.max(sent.at(-1)?.offset ?? -1, markers.at(-1)?.offset ?? -1) + 1
}

/** What the log serves; each record and marker is one that was sent. */
async function readFound(world: World): Promise<Sent[]> {
  const bySent = new Map(world.sent.map((one) => [one.offset, one]))
  const byMarker = new Map(world.markers.map((one) => [one.offset, one]))
  const found: Sent[] = []
  const open = new Set<number>()
  let nextOffset = 0
  for (const batch of readBatches(await readAll(world.log, 0, 1000))) {
    expect(batch.valid).toBe(true)
    expect(batch.baseOffset).toBeGreaterThanOrEqual(nextOffset)
    nextOffset = batch.nextOffset
    if (batch.transactional && !batch.control) open.add(batch.producerId)
    for (const record of readRecords(batch)) {
      if (batch.control) {
        const commit = controlRecordTypeOf(record) === ControlRecordType.commit
        const { offset } = record
        open.delete(batch.producerId)
        expect(byMarker.get(offset)).toEqual({ offset, producerId: batch.producerId, commit })
        continue
      }
      const one = bySent.get(record.offset)
      if (one === undefined) throw new Error(`nothing was sent as ${record.offset}`)
      const value = record.value === null ? null : Buffer.from(record.value).toString()
      expect([Buffer.from(record.key ?? []).toString(), value]).toEqual([one.key, one.value])
      expect(record.timestamp).toBe(one.sentMs)
      expect([batch.producerId, batch.transactional]).toEqual([one.producerId, one.transactional])
      found.push(one)
    }
  }
  // a marker outlives what it ends, or its transaction would seem to be open
  const isOpen = (one: Sent): boolean => isCommitted(world, one) === undefined
  expect(open).toEqual(new Set(world.sent.filter(isOpen).map(({ producerId }) => producerId)))
  return found
}

/** What a reader of committed records knows at the end, told by the markers that are left. */
function readerState(world: World, found: readonly Sent[]): Map<string, string> {
  const state = new Map<string, string>()
  for (const one of found) {
    if (isCommitted(world, one) !== true) continue
    if (one.value === null) state.delete(one.key)
    else state.set(one.key, one.value)
  }
  return state
}

function finalState(last: ReadonlyMap<string, Sent>): Map<string, string> {
  const state = new Map<string, string>()
  for (const { key, value } of last.values()) if (value !== null) state.set(key, value)
  return state
}

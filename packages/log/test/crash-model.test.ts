import { type Random, seededRandom } from '@pafka/base'
import {
  diskError,
  type LogConfig,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { readBatches, readRecords, recordsCountOf } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { describe, expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, createLog, openStore, readAll } from './test-store.ts'

const SEEDS = Number(process.env['PAFKA_MODEL_SEEDS'] ?? 40)
const FIRST_SEED = Number(process.env['PAFKA_MODEL_SEED'] ?? 1)
const STEPS = 60

/** A batch that was appended; `bytes` as the log must serve them. */
interface Appended {
  readonly bytes: Buffer
  readonly endOffset: number
  acknowledged: boolean
}

interface World {
  readonly random: Random
  readonly clock: ManualClock
  readonly config: Partial<LogConfig>
  disk: SimulatedDisk
  store: LogStore
  log: PartitionLog
  appended: Appended[]
  logStartOffset: number
  nextValue: number
  /** How often a store was opened. */
  lives: number
}

describe.each([
  { name: 'page cache', config: {} },
  { name: 'flush.messages=1', config: { flushMessages: 1 } },
])('random appends, faults and crashes, $name', ({ config }) => {
  const seeds = Array.from({ length: SEEDS }, (_, at) => FIRST_SEED + at)
  test.each(seeds)('seed %i', async (seed) => {
    const world = await begin(seed, config)
    const { random } = world
    for (let step = 0; step < STEPS; step++) {
      const action = STEP_OF[random.below(STEP_OF.length)]
      await action?.(world)
    }
    await restart(world, 'kill')
    await world.store.close()
    world.disk = world.disk.kill()
    await reopen(world)
    await verify(world)
    await world.store.close()
  })
})

async function begin(seed: number, durability: Partial<LogConfig>): Promise<World> {
  const random = seededRandom(seed)
  const config = {
    segmentBytes: 2000,
    indexIntervalBytes: 200,
    fileDeleteDelayMs: 0,
    retentionMs: -1,
    ...durability,
  }
  const disk = SimulatedDisk.create()
  const clock = new ManualClock(TIME_MS)
  const blockingWriteBytes = random.below(2) === 0 ? 0 : 65_536
  const store = await openStore({
    files: disk,
    clock,
    config,
    store: { blockingWriteBytes },
  })
  const log = createLog(store, config)
  return {
    random,
    clock,
    config,
    disk,
    store,
    log,
    appended: [],
    logStartOffset: 0,
    nextValue: 0,
    lives: 0,
  }
}

const STEP_OF: readonly ((world: World) => Promise<void>)[] = [
  append,
  append,
  append,
  append,
  append,
  settle,
  settle,
  verify,
  (world) => world.store.checkpoint(),
  deleteRecords,
  shortWrites,
  diskFull,
  (world) => restart(world, 'kill'),
  (world) => restart(world, 'power'),
  (world) => restart(world, 'close'),
]

async function append(world: World): Promise<void> {
  const { random, log, lives: life } = world
  for (let calls = 1 + random.below(6); calls > 0; calls--) {
    const batches = Array.from({ length: 1 + random.below(3) }, () => {
      const records = numbered(1 + random.below(5), world.nextValue, TIME_MS + world.nextValue)
      world.nextValue += records.length
      return batchOf(records)
    })
    const bytes = Buffer.concat(batches)
    const result = log.appendAsLeader(bytes, CLIENT)
    if (result.errorCode !== 0) continue
    let endOffset = result.baseOffset
    const entries = batches.map((batch): Appended => {
      endOffset += recordsCountOf(batch)
      const at = batches.slice(0, batches.indexOf(batch)).reduce((sum, one) => sum + one.length, 0)
      const served = bytes.subarray(at, at + batch.length) // offsets are assigned in place
      return { bytes: served, endOffset, acknowledged: false }
    })
    world.appended.push(...entries)
    log.whenCommitted(endOffset, {
      committed: () => {
        for (const entry of entries) entry.acknowledged = true
      },
      failed: () => {
        if (world.lives !== life) return // of a store that is dead by now
        world.appended = world.appended.filter((one) => !entries.includes(one))
      },
    })
  }
  if (random.below(2) === 0) world.store.flushPending()
}

/** Lets what runs in the background go on for a while. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function deleteRecords(world: World): Promise<void> {
  const { log, random } = world
  const target = log.logStartOffset + random.below(log.highWatermark - log.logStartOffset + 1)
  const code = await log.deleteRecordsBefore(target)
  if (code === 0) world.logStartOffset = Math.max(world.logStartOffset, target)
  world.clock.advance(0)
}

async function shortWrites(world: World): Promise<void> {
  world.disk.longestWriteBytes = 1 + world.random.below(400)
  await append(world)
  await settle()
  world.disk.longestWriteBytes = Number.POSITIVE_INFINITY
}

async function diskFull(world: World): Promise<void> {
  let left = world.random.below(3)
  world.disk.fault = (operation, path) => {
    // the journal writes where it wrote before, which takes no room
    if (operation !== 'write' || path.endsWith('/ring') || left-- > 0) return undefined
    return diskError('ENOSPC', path)
  }
  await append(world)
  world.store.flushPending()
  await settle()
  world.disk.fault = () => undefined
  world.clock.advance(1000)
  for (let tries = 0; tries < 100 && !world.log.isOnline; tries++) await settle()
  await append(world)
}

async function restart(world: World, how: 'kill' | 'power' | 'close'): Promise<void> {
  world.lives += 1
  if (how === 'close') {
    await world.store.close()
    world.disk = world.disk.kill()
  } else {
    world.disk = how === 'kill' ? world.disk.kill() : world.disk.cutPower(world.random)
  }
  const mayLose = how === 'power' && world.config.flushMessages !== 1
  await reopen(world, mayLose)
}

async function reopen(world: World, mayLose = false): Promise<void> {
  const { config, clock } = world
  const acknowledged = world.appended.findLast((one) => one.acknowledged)?.endOffset ?? 0
  world.store = await openStore({ files: world.disk, clock, config })
  const log = world.store.get('topic', 0)
  if (log === undefined) {
    expect(mayLose || acknowledged === 0).toBe(true)
    world.log = createLog(world.store, config)
    world.appended = []
    world.logStartOffset = 0
    return
  }
  world.log = log
  expect(log.highWatermark).toBe(log.logEndOffset)
  if (mayLose) world.logStartOffset = await keptStart(world)
  if (!mayLose) expect(log.logEndOffset).toBeGreaterThanOrEqual(acknowledged)
  world.appended = world.appended.filter((one) => one.endOffset <= log.logEndOffset)
  for (const one of world.appended) one.acknowledged = true
  await verify(world)
}

/** A log that lost its file starts where the checkpoint says, or anew. */
async function keptStart({ log, logStartOffset }: World): Promise<number> {
  expect([0, logStartOffset]).toContain(log.logStartOffset)
  return log.logStartOffset
}

/** What the log serves is what was appended, byte for byte, from its start to its end. */
async function verify(world: World): Promise<void> {
  const { log } = world
  expect(log.logStartOffset).toBe(world.logStartOffset)
  const committed = world.appended.filter((one) => one.endOffset <= log.highWatermark)
  const from = Math.max(log.logStartOffset, 0)
  const expected = committed.filter((one) => one.endOffset > from).map((one) => one.bytes)
  const served = await readAll(log, from, 1 + world.random.below(900))
  expect(story(served)).toEqual(story(Buffer.concat(expected)))
  expect(served.equals(Buffer.concat(expected))).toBe(true)
}

/** Batches as a reader sees them: offsets and first value. */
function story(bytes: Uint8Array): string[] {
  const lines: string[] = []
  for (const batch of readBatches(bytes)) {
    const [first] = readRecords(batch)
    const value = Buffer.from(first?.value ?? []).toString()
    lines.push(`${batch.baseOffset} to ${batch.lastOffset}: ${value}`)
  }
  return lines
}

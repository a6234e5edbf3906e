import { KIB } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore } from './test-store.ts'

const TOPIC_IDS = { new: 'AAAAAAAAAAAAAAAAAAAAAQ', old: 'AAAAAAAAAAAAAAAAAAAAAg' }
const SIZES = { limitBytes: 256 * KIB, tailBytes: 256 * KIB, pieceBytes: 64 * KIB }
const JOURNAL = { folder: '/a/journal', ...SIZES }
/** One batch a segment. */
const CONFIG = { ...defaultLogConfig, segmentBytes: 100 }

let files: SimulatedDisk
let clock: ManualClock
let store: LogStore
/** Its folder has no name that outlives power loss. */
let log: PartitionLog
/** In the same log dir. */
let old: PartitionLog
/** What becomes of the appends to `log`. */
let told: string[]

async function open(): Promise<void> {
  store = await openStore({
    files,
    clock,
    config: CONFIG,
    store: { channel: 'journal', dirs: ['/a', '/b'], journal: JOURNAL },
  })
}

beforeEach(async () => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
  told = []
  await open()
  old = store.create({ topic: 'old', topicId: TOPIC_IDS.old, partition: 0, dir: '/b' }, CONFIG)
  old.appendAsLeader(batchOf(numbered(1)), CLIENT)
  await committed(old)
  log = store.create({ topic: 'new', topicId: TOPIC_IDS.new, partition: 0, dir: '/b' }, CONFIG)
})

function append(): void {
  log.appendAsLeader(batchOf(numbered(1)), CLIENT)
  log.whenCommitted(log.logEndOffset, {
    committed: () => told.push('committed'),
    failed: () => told.push('failed'),
  })
  store.flushPending()
}

/** The name of no folder in `/b` becomes durable before `resolve`. */
function heldNames(): PromiseWithResolvers<void> {
  const held = Promise.withResolvers<void>()
  const syncFolder = files.syncFolder.bind(files)
  files.syncFolder = async (path) => {
    if (path === '/b') await held.promise
    return syncFolder(path)
  }
  return held
}

function failDir(): void {
  files.fault = (_, path) => (path.startsWith('/b/old') ? diskError('EIO', path) : undefined)
  expect(old.appendAsLeader(batchOf(numbered(1)), CLIENT).errorCode).not.toBe(0)
  files.fault = () => undefined
}

test.each([1, 2])(
  'what is given up does not count when its folder gets its name: %i',
  async (count) => {
    const held = heldNames()
    append()
    await turns(20)
    if (count > 1) append()
    failDir()
    await turns(2)
    held.resolve()
    await turns(20)
    expect(told).toEqual(Array.from({ length: count }, () => 'failed'))
    expect([log.highWatermark, log.logEndOffset]).toEqual([0, 0])
    files = files.kill()
    await open()
    const again = store.get('new', 0)
    expect([again?.highWatermark, again?.logEndOffset]).toEqual([count, count])
  },
)

test('nor when the name could not be written, and can be later', async () => {
  let failures = 1
  files.fault = (operation, path) => {
    const isIt = operation === 'sync' && path === '/b/new-0/partition.metadata'
    return isIt && failures-- > 0 ? diskError('EIO', path) : undefined
  }
  append()
  await turns(20)
  await store.checkpoint().catch(() => undefined)
  await turns(20)
  expect(told).toEqual(['failed'])
  expect([log.highWatermark, log.logEndOffset]).toEqual([0, 0])
})

test('without room for the name it waits until there is some', async () => {
  let failures = 2
  files.fault = (operation, path) => {
    const isIt = operation === 'sync' && path === '/b/new-0/partition.metadata'
    return isIt && failures-- > 0 ? diskError('ENOSPC', path) : undefined
  }
  append()
  await turns(20)
  expect([log.highWatermark, log.logEndOffset, told.length]).toEqual([0, 1, 0])
  for (let seconds = 0; seconds < 3; seconds++) {
    clock.advance(1000)
    await turns(20)
  }
  append()
  await turns(20)
  expect(told).toEqual(['committed', 'committed'])
  expect(log.highWatermark).toBe(2)
})

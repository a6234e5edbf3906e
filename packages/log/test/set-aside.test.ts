import { KIB, type LogFields, SECOND_MS, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  type KnownTopics,
  type LogConfig,
  type LogStore,
  type PartitionLog,
} from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { diskError, SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
const JOURNAL = '/a/journal'
const RING = `${JOURNAL}/ring`
/** `t-0` lies in `/a`, `t-1` and `t-2` in `/b`. */
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const DIRS = ['/a', '/b', '/b']
const VALUE = Buffer.alloc(5000, 'x')

let files: SimulatedDisk
let clock: ManualClock
let store: LogStore
let told: Record<string, LogFields | undefined>

const logger = {
  ...silentLogger,
  warn: (event: string, fields?: LogFields) => void (told[event] = fields),
  error: (event: string, fields?: LogFields) => void (told[event] = fields),
}

function catalogOf(ids: readonly string[]): KnownTopics {
  return {
    isDeleted: () => false,
    idOf: (topic, partition) => (topic === 't' && partition < 3 ? TOPIC_ID : undefined),
    find: (topicId, partition) => {
      if (topicId !== TOPIC_ID || partition >= 3) return undefined
      return { topic: 't', directoryId: ids[partition] ?? '' }
    },
  }
}

let ids: string[] = []

async function open(): Promise<void> {
  const sizes = { limitBytes: 16 * PIECE_BYTES, tailBytes: 16 * PIECE_BYTES }
  const journal = { folder: JOURNAL, ...sizes, pieceBytes: PIECE_BYTES }
  told = {}
  store = await openStore({
    files,
    clock,
    logger,
    store: {
      channel: 'journal',
      dirs: ['/a', '/b'],
      journal,
      findTopics: () => Promise.resolve(catalogOf(ids)),
    },
  })
  const own = store.dirs().map(({ directoryId }) => directoryId)
  if (ids.length === 0) ids = [own[0] ?? '', own[1] ?? '', own[1] ?? '']
}

/** The process is killed; the disk of `/b` is away or not at the next start. */
async function restart(isAway: boolean): Promise<void> {
  files = files.kill()
  files.fault = (_, path) => (isAway && path.startsWith('/b') ? diskError('EIO', path) : undefined)
  await open()
}

function send(partition: number): string {
  const batch = batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }])
  return errorName(store.get('t', partition)?.appendAsLeader(batch, CLIENT).errorCode ?? 56)
}

async function append(partition: number, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    expect(send(partition)).toBe('NONE')
    const log = store.get('t', partition)
    if (log !== undefined) await committed(log)
  }
}

function endsOf(): (number | undefined)[] {
  return [0, 1, 2].map((partition) => store.get('t', partition)?.logEndOffset)
}

function aside(): string[] {
  return files.list(JOURNAL).filter((name) => name.startsWith('stranded'))
}

async function later(): Promise<void> {
  clock.advance(SECOND_MS)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function begin(): Promise<void> {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
  ids = []
  await open()
  for (const partition of [0, 1, 2]) {
    const dir = DIRS[partition]
    store.create({ topic: 't', topicId: TOPIC_ID, partition, dir }, defaultLogConfig)
  }
}

beforeEach(async () => {
  await begin()
  await append(0, 1)
  await append(1, 2)
  await append(2, 2)
  await store.checkpoint()
})

/** One byte of the only record of `t-0` in the ring. */
function damageRound(from: number): void {
  const ring = files.open(RING, 'update')
  const bytes = Buffer.from(files.readFile(RING) ?? [])
  const at = bytes.indexOf(VALUE.subarray(0, 100), from)
  ring.writeNow([Buffer.from('y')], at + 50)
  ring.close()
}

test('what is sound of a dir that is offline is kept, though another round is not', async () => {
  await append(1, 1)
  const before = store.journal?.usedBytes ?? 0
  await append(0, 1)
  await append(1, 3)
  const sent = await readAll(store.get('t', 1) as never)
  files = files.kill()
  expect(before).toBeGreaterThan(0)
  damageRound(Buffer.from(files.readFile(RING) ?? []).indexOf(VALUE.subarray(0, 100)) + 6000)
  await restart(true)
  expect(Object.keys(told)).toContain('journal-broken-off')
  expect([endsOf(), aside()]).toEqual([[1, undefined, undefined], ['stranded-1']])
  await restart(false)
  expect(endsOf()).toEqual([1, 6, 2])
  expect((await readAll(store.get('t', 1) as never)).equals(sent)).toBe(true)
})

test('a start without room to set aside goes on, and does it when there is some', async () => {
  await append(1, 3)
  files = files.kill()
  const full = (): void => {
    files.fault = (operation, path) => {
      if (path.startsWith('/b')) return diskError('EIO', path)
      const isFull = operation === 'write' && path.includes('stranded-')
      return isFull ? diskError('ENOSPC', path) : undefined
    }
  }
  for (let starts = 0; starts < 2; starts++) {
    full()
    await open()
    expect(Object.keys(told)).toContain('journal-not-set-aside')
    expect([endsOf(), aside()]).toEqual([[1, undefined, undefined], []])
    expect(send(0)).toBe('KAFKA_STORAGE_ERROR')
    files = files.kill()
  }
  full()
  await open()
  await later()
  expect([aside(), send(0)]).toEqual([[], 'KAFKA_STORAGE_ERROR'])
  files.fault = (_, path) => (path.startsWith('/b') ? diskError('EIO', path) : undefined)
  await later()
  expect(aside()).toEqual(['stranded-1'])
  await append(0, 500) // the ring goes round
  await restart(false)
  expect(endsOf()).toEqual([501, 5, 2])
})

test('a dir that fails without room to set aside is tried again, and nothing is lost', async () => {
  await append(1, 3)
  files.fault = (operation, path) => {
    if (operation !== 'write') return undefined
    if (path.includes('/b/t-')) return diskError('EIO', path)
    return path.includes('stranded-') ? diskError('ENOSPC', path) : undefined
  }
  await expect(store.flush()).rejects.toThrow('EIO')
  await later()
  expect([aside(), send(0)]).toEqual([[], 'KAFKA_STORAGE_ERROR'])
  expect(Object.keys(told)).toContain('journal-not-set-aside')
  files.fault = (operation, path) =>
    operation === 'write' && path.includes('/b/t-') ? diskError('EIO', path) : undefined
  await later()
  expect(aside()).toEqual(['stranded-1'])
  await append(0, 500)
  await restart(false)
  expect([endsOf(), aside()]).toEqual([[501, 5, 2], []])
})

test('a folder that is gone is named though another dir is offline', async () => {
  await append(0, 2)
  files = files.kill()
  await files.removeFolder('/a/t-0')
  await restart(true)
  expect(told['partition-folders-missing']).toMatchObject({ partitions: 1, first: 't-0' })
  expect([store.isMissed('t', TOPIC_ID, 0), endsOf()]).toEqual([true, Array(3).fill(undefined)])
})

test('what was set aside and says not whose it is does not hold up the others', async () => {
  await append(1, 3)
  await restart(true)
  expect(aside()).toEqual(['stranded-1'])
  files = files.kill()
  files.writeFile(`${JOURNAL}/stranded-1/checkpoint`, Buffer.from('garbage'))
  await restart(false)
  expect(Object.keys(told)).toEqual(['stranded-journal-broken-off'])
  expect([endsOf(), aside()]).toEqual([[1, 2, 2], ['stranded-1.broken']])
  await append(0, 1)
})

test('a dir that comes and goes keeps what came after something was set aside for it', async () => {
  await begin()
  await append(1, 3)
  await restart(true)
  expect(aside()).toEqual(['stranded-1'])
  // kept, since its checkpoint cannot be made when it is back
  files = files.kill()
  files.fault = (operation, path) => {
    const isCheckpoint = path.startsWith(`${JOURNAL}/checkpoint`) && operation === 'write'
    return isCheckpoint ? diskError('ENOSPC', path) : undefined
  }
  await open()
  expect(aside()).toEqual(['stranded-1'])
  files.fault = () => undefined
  await store.checkpoint()
  await append(1, 20)
  await store.checkpoint()
  const sent = await readAll(store.get('t', 1) as never)
  await restart(true)
  await append(0, 1)
  await store.checkpoint()
  await restart(false)
  expect(endsOf()).toEqual([1, 23, 0])
  expect((await readAll(store.get('t', 1) as never)).equals(sent)).toBe(true)
})

test('a compacted log whose dir was away for a start has its holes, and what follows', async () => {
  const config: LogConfig = {
    ...defaultLogConfig,
    cleanupPolicy: 'compact',
    segmentBytes: 1000,
    minCleanableDirtyRatio: 0.01,
  }
  store.setConfig('t', config)
  const log = store.get('t', 1) as PartitionLog
  for (let at = 0; at < 30; at++) {
    const key = Buffer.from(`key ${at % 3}`)
    const batch = batchOf([{ timestamp: TIME_MS, key, value: Buffer.alloc(300, 'x') }])
    expect(errorName(log.appendAsLeader(batch, CLIENT).errorCode)).toBe('NONE')
    await committed(log)
  }
  await store.clean(log)
  clock.advance(SECOND_MS)
  const before = log.describe().segments
  await restart(true)
  await append(0, 1)
  await store.checkpoint()
  await restart(false)
  expect(endsOf()).toEqual([2, 32, 2])
  expect(store.get('t', 1)?.describe().segments).toBe(before)
})

test.each([
  ['in the middle', 8192],
  ['at once', 0],
])('what was set aside and ends %s is told, and kept', async (_, bytes) => {
  await append(1, 3)
  await restart(true)
  const ring = files.open(`${JOURNAL}/stranded-1/ring`, 'update')
  ring.truncate(bytes)
  ring.close()
  await restart(false)
  expect(told['stranded-journal-broken-off']).toMatchObject({ sizeBytes: 24_576 })
  expect(aside()).toEqual(['stranded-1.broken'])
})

test('what was set aside and has no rounds file does not hold up the others', async () => {
  await append(1, 3)
  await restart(true)
  await files.remove(`${JOURNAL}/stranded-1/ring`)
  await restart(false)
  expect(Object.keys(told)).toContain('stranded-journal-broken-off')
  expect([endsOf(), aside()]).toEqual([[1, 2, 2], ['stranded-1.broken']])
})

test('a dir that fails while a round in the ring is damaged gets what is sound', async () => {
  await append(1, 1)
  await append(0, 1)
  await append(1, 2)
  damageRound(Buffer.from(files.readFile(RING) ?? []).indexOf(VALUE.subarray(0, 100)) + 6000)
  files.fault = (_, path) => (path.startsWith('/b') ? diskError('EIO', path) : undefined)
  await store.checkpoint().catch(() => undefined)
  for (let second = 0; second < 2; second++) await later()
  expect(aside()).toEqual(['stranded-1'])
  await append(0, 300)
  expect(store.get('t', 0)?.logEndOffset).toBe(302)
})

test('a dir that fails when the ring cannot be read holds up the others for seconds', async () => {
  await append(1, 3)
  files.fault = (operation, path) => {
    if (path === RING && operation === 'read') return diskError('EIO', path)
    return path.startsWith('/b') ? diskError('EIO', path) : undefined
  }
  await store.checkpoint().catch(() => undefined)
  for (let second = 0; second < 4; second++) await later()
  expect(told['journal-not-set-aside']).toMatchObject({ partitions: 2, isGivenUp: true })
  await append(0, 300)
  expect(store.get('t', 0)?.logEndOffset).toBe(301)
})

test('a dir that fails while nothing can be set aside is tried again, nothing lost', async () => {
  await append(1, 3)
  const sent = await readAll(store.get('t', 1) as never)
  files.fault = (operation, path) => {
    if (path.includes('stranded-') && operation === 'open') return diskError('EMFILE', path)
    return path.startsWith('/b') ? diskError('EIO', path) : undefined
  }
  await store.checkpoint().catch(() => undefined)
  for (let second = 0; second < 6; second++) await later()
  expect([aside(), send(0)]).toEqual([[], 'KAFKA_STORAGE_ERROR'])
  files.fault = (_, path) => (path.startsWith('/b') ? diskError('EIO', path) : undefined)
  await later()
  expect(aside()).toEqual(['stranded-1'])
  await append(0, 300)
  await restart(false)
  expect((await readAll(store.get('t', 1) as never)).equals(sent)).toBe(true)
})

test.each([['open'], ['read']])(
  'a start that cannot %s what was set aside is refused',
  async (what) => {
    await append(1, 3)
    const sent = await readAll(store.get('t', 1) as never)
    await restart(true)
    files = files.kill()
    files.fault = (operation, path) => {
      const isIt = path === `${JOURNAL}/stranded-1/ring` && operation === what
      return isIt ? diskError('EIO', path) : undefined
    }
    await expect(open()).rejects.toThrow(/stranded-1 cannot be read: EIO/)
    files = files.kill()
    await open()
    expect((await readAll(store.get('t', 1) as never)).equals(sent)).toBe(true)
  },
)

import { KIB, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type DiskOperation,
  type LogStore,
  type LogStoreOptions,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { beforeEach, describe, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll } from './test-store.ts'

type Channel = NonNullable<LogStoreOptions['channel']>

const PIECE_BYTES = 64 * KIB
const RING_BYTES = 4 * PIECE_BYTES
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const DIRS = ['/a', '/b']
const VALUE = Buffer.alloc(10_000, 'x')

let files: SimulatedDisk
let store: LogStore
let channel: Channel
let events: string[] = []

const logger = { ...silentLogger, error: (event: string) => void events.push(event) }

async function open(dirs: readonly string[] = DIRS, folder = '/journal'): Promise<void> {
  events = []
  const sizes = { limitBytes: RING_BYTES, tailBytes: 8 * PIECE_BYTES, pieceBytes: PIECE_BYTES }
  store = await openStore({
    files,
    logger,
    store: { channel, dirs, journal: { folder, ...sizes } },
  })
}

function logOf(dir: string): PartitionLog | undefined {
  return store.get('t', DIRS.indexOf(dir))
}

async function append(dir: string, count: number): Promise<void> {
  const partition = DIRS.indexOf(dir)
  const wanted = { topic: 't', topicId: TOPIC_ID, partition, dir }
  const log = logOf(dir) ?? store.create(wanted, defaultLogConfig)
  for (let left = count; left > 0; left--) {
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
  }
  await committed(log)
}

/** The ring is written over, more than once. */
async function goRound(dir: string): Promise<void> {
  for (let bytes = 0; bytes < 3 * RING_BYTES; bytes += 5 * VALUE.length) await append(dir, 5)
}

function ends(): (number | undefined)[] {
  return DIRS.map((dir) => logOf(dir)?.logEndOffset)
}

function online(): boolean[] {
  return store.dirs().map(({ isOnline }) => isOnline)
}

/** How a dir fails from now on, whatever its disk is asked, or at some of it. */
function fail(dir: string, operation?: DiskOperation, ending = ''): void {
  files.fault = (asked, path) => {
    const isWithin = path === dir || path.startsWith(`${dir}/`)
    const isAsked = operation === undefined || asked === operation
    return isWithin && isAsked && path.endsWith(ending) ? diskError('EIO', path) : undefined
  }
}

function mend(): void {
  files.fault = () => undefined
}

async function end(how: 'stop' | 'kill'): Promise<void> {
  if (how === 'stop') await store.close()
  files = files.kill()
}

const WAYS: readonly [way: string, operation?: DiskOperation, ending?: string][] = [
  ['nothing of it can be had'],
  ['its folder cannot be made or locked', 'open', '/b'],
  ['it cannot be listed', 'read', '/b'],
  ['its name cannot be read', 'read', 'meta.properties'],
  ['a checkpoint cannot be read', 'read', 'recovery-point-offset-checkpoint'],
  ['a partition cannot be read', 'read', 't-1'],
  ['a segment cannot be read', 'read', '.log'],
]

const CASES = WAYS.flatMap(([way, ...fault]) =>
  (['file', 'journal'] as const).flatMap((name) =>
    (['stop', 'kill'] as const).map((how) => ({ way, fault, name, how })),
  ),
)

beforeEach(async () => {
  files = SimulatedDisk.create()
  channel = 'journal'
})

describe('a log dir that fails at start', () => {
  test.each(CASES)('takes its own down only: $way, $name, after a $how', async (one) => {
    channel = one.name
    await open()
    for (const dir of DIRS) await append(dir, 3)
    await store.checkpoint()
    for (const dir of DIRS) await append(dir, 2)
    const sent = await readAll(logOf('/b') as PartitionLog)
    await end(one.how)
    for (let start = 0; start < 2; start += 1) {
      fail('/b', ...one.fault)
      await open()
      expect([online(), ends()]).toEqual([
        [true, false],
        [5 + start, undefined],
      ])
      expect(events).toEqual(['log-dir-failed'])
      expect(store.placesFor([defaultLogConfig, defaultLogConfig])).toEqual(
        Array(2).fill(store.dirs()[0]?.directoryId),
      )
      await append('/a', 1)
      await end(one.how)
    }
    mend()
    await open()
    expect([online(), ends()]).toEqual([
      [true, true],
      [7, 5],
    ])
    expect((await readAll(logOf('/b') as PartitionLog)).equals(sent)).toBe(true)
    await append('/b', 1)
    await end('kill')
    await open()
    expect(ends()).toEqual([7, 6])
  })

  test('gets what only the journal has of it when it is back, whatever came between', async () => {
    await open()
    await append('/b', 3)
    await append('/a', 1)
    const sent = await readAll(logOf('/b') as PartitionLog)
    await end('kill')
    fail('/b')
    await open()
    await goRound('/a')
    const before = await readAll(logOf('/a') as PartitionLog)
    await end('kill')
    await open()
    expect((await readAll(logOf('/a') as PartitionLog)).equals(before)).toBe(true)
    await goRound('/a')
    await end('stop')
    mend()
    fail('/a')
    await open()
    expect((await readAll(logOf('/b') as PartitionLog)).equals(sent)).toBe(true)
    await append('/b', 1)
    await end('kill')
    mend()
    await open()
    expect(ends()[1]).toBe(4)
    expect(files.list('/journal').filter((name) => name.startsWith('stranded'))).toEqual([])
  })

  test('the journal is kept for it though the other was closed in order', async () => {
    await open()
    await append('/b', 3)
    await end('kill')
    fail('/b')
    await open()
    await end('stop')
    mend()
    await expect(open(['/a'])).rejects.toThrow('the log dir /b, which is not one of log.dirs')
    await expect(open(DIRS, '/other')).rejects.toThrow('set log.journal.dir to where it is')
    await open()
    expect(ends()[1]).toBe(3)
  })
})

describe('no start', () => {
  test('without any dir', async () => {
    files.fault = (_, path) => (path.startsWith('/journal') ? undefined : diskError('EIO', path))
    await expect(open()).rejects.toThrow('data folder /a cannot be used: EIO')
    mend()
    await open()
  })

  test('without the dir that the journal lies in', async () => {
    await open(DIRS, '/a/journal')
    await end('stop')
    fail('/a')
    await expect(open(DIRS, '/a/journal')).rejects.toThrow(
      /the journal's folder \/a\/journal lies in a log dir that fails, .*: .*EIO/,
    )
    await open(DIRS, '/journal')
    expect(online()).toEqual([false, true])
  })

  test('with a dir of somebody else', async () => {
    await open()
    await expect(open()).rejects.toThrow('in use')
  })
})

test('who waits for more of a log whose index cannot be read is told by the read', async () => {
  await open()
  await append('/b', 20)
  await store.flush()
  await end('stop')
  await open()
  fail('/b', undefined, '.index')
  const log = logOf('/b') as PartitionLog
  const all = log.bytesFrom(0)
  await new Promise((done) => setImmediate(done)) // nothing is thrown that nobody takes
  expect(log.bytesFrom(5)).toBe(all)
  expect(all).toBeGreaterThan(20 * VALUE.length)
  const { errorCode } = await log.read(5, 1000, { minOneBatch: true })
  expect(errorName(errorCode)).toBe('KAFKA_STORAGE_ERROR')
})

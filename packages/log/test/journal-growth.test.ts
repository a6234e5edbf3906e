import { KIB, SECOND_MS, silentLogger } from '@pafka/base'
import type { FileSystem, LogStore, OpenFile, PartitionLog } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { diskError, SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
const RING_PATH = '/data/journal/ring'
const VALUE = Buffer.alloc(10_000, 'x')

let disk: SimulatedDisk
let clock: ManualClock
let store: LogStore
let log: PartitionLog
let warnings: string[] = []
/** The disk has no more for the ring. */
let roomBytes = 0

beforeEach(async () => {
  disk = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
  roomBytes = 2 * PIECE_BYTES + 20 * KIB
  await open()
  log = createLog(store)
})

async function open(): Promise<void> {
  warnings = []
  const journal = {
    folder: '/data/journal',
    limitBytes: 16 * PIECE_BYTES,
    tailBytes: 32 * PIECE_BYTES,
    pieceBytes: PIECE_BYTES,
  }
  store = await openStore({
    files: withLittleRoom(disk),
    clock,
    logger: { ...silentLogger, warn: (event) => void warnings.push(event) },
    store: { channel: 'journal', journal },
  })
}

/** As a disk that is nearly full: a write takes what there is room for, the next one fails. */
function withLittleRoom(files: SimulatedDisk): FileSystem {
  const limited = (path: string, file: OpenFile): OpenFile => {
    if (path !== RING_PATH) return file
    const write = file.write.bind(file)
    file.write = (pieces, at, done) => {
      const bytes = Buffer.concat(pieces).length
      if (at + bytes <= roomBytes) return write(pieces, at, done)
      const [first] = pieces
      if (first === undefined || at >= roomBytes) return done(diskError('ENOSPC', path), 0)
      write([first.subarray(0, roomBytes - at)], at, done)
    }
    return file
  }
  const [openFile, openDirect] = [files.open.bind(files), files.openDirect.bind(files)]
  files.open = (path, mode) => limited(path, openFile(path, mode))
  files.openDirect = (path, mode, durable) => {
    const file = openDirect(path, mode, durable)
    return file && limited(path, file)
  }
  return files
}

async function append(count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
    await committed(log)
  }
}

function ringBytes(): number {
  return disk.stat(RING_PATH)?.sizeBytes ?? 0
}

test('a ring that cannot grow goes round, and leaves the room that it could not use', async () => {
  await append(100)
  expect(log.highWatermark).toBe(100)
  expect(ringBytes()).toBe(2 * PIECE_BYTES)
  expect(store.journal).toMatchObject({ preparedBytes: 2 * PIECE_BYTES })
  expect(warnings).toEqual(['journal-not-grown'])
  const sent = await readAll(log)
  disk = disk.kill()
  await open()
  log = store.get('topic', 0) as PartitionLog
  expect((await readAll(log)).equals(sent)).toBe(true)
  await append(20)
  expect(log.highWatermark).toBe(120)
})

test('it is tried again now and then, said once, and grows when there is room', async () => {
  for (let tries = 0; tries < 5; tries += 1) {
    await append(30)
    clock.advance(SECOND_MS)
  }
  expect(warnings).toEqual(['journal-not-grown'])
  roomBytes = 4 * PIECE_BYTES
  await append(30)
  await turns()
  clock.advance(SECOND_MS)
  await append(30)
  expect(ringBytes()).toBe(4 * PIECE_BYTES)
  // it worked meanwhile
  expect(warnings).toEqual(['journal-not-grown', 'journal-not-grown'])
})

test('a batch that is larger than the ring waits until there is room for it', async () => {
  await append(3)
  const value = Buffer.alloc(3 * PIECE_BYTES)
  log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
  let isCommitted = false
  const all = committed(log).then(() => {
    isCommitted = true
  })
  await turns()
  expect([isCommitted, ringBytes()]).toEqual([false, 2 * PIECE_BYTES])
  roomBytes = Number.POSITIVE_INFINITY
  for (let seconds = 0; seconds < 3 && !isCommitted; seconds++) {
    clock.advance(SECOND_MS)
    await turns()
  }
  await all
  expect(log.highWatermark).toBe(4)
})

async function turns(): Promise<void> {
  for (let left = 100; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

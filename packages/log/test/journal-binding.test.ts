import { MIB } from '@pafka/base'
import {
  defaultLogConfig,
  type LogStore,
  type LogStoreOptions,
  type PartitionLog,
} from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, numbered } from './test-batches.ts'
import { CLIENT, committed, openStore } from './test-store.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

let files: SimulatedDisk
let store: LogStore

async function open(dirs: string[], folder: string, channel = 'journal'): Promise<void> {
  const journal = { folder, limitBytes: 8 * MIB, tailBytes: 32 * MIB }
  const options = { channel: channel as LogStoreOptions['channel'], dirs, journal }
  store = await openStore({ files, store: options })
}

async function append(partition: number, dir: string): Promise<void> {
  const wanted = { topic: 'topic', topicId: TOPIC_ID, partition, dir }
  const log = store.get('topic', partition) ?? store.create(wanted, defaultLogConfig)
  log.appendAsLeader(batchOf(numbered(3)), CLIENT)
  await committed(log)
}

function endOf(partition: number): number | undefined {
  return store.get('topic', partition)?.logEndOffset
}

beforeEach(async () => {
  files = SimulatedDisk.create()
  await open(['/x', '/y'], '/x/journal')
  await append(0, '/x')
  await append(1, '/y')
})

test.each([
  ['another folder', ['/x', '/y'], '/other'],
  ['the order of log dirs changed', ['/y', '/x'], '/y/journal'],
])('after a crash no other journal is taken: %s', async (_, dirs, folder) => {
  files = files.kill()
  await expect(open(dirs, folder)).rejects.toThrow('set log.journal.dir to where it is')
  await expect(open(dirs, folder, 'file')).rejects.toThrow('set log.journal.dir to where it is')
  await open(['/x', '/y'], '/x/journal')
  expect([endOf(0), endOf(1)]).toEqual([3, 3])
})

test.each([
  ['removed', async (ring: string) => files.remove(ring)],
  ['empty', async (ring: string) => files.writeFile(ring, Buffer.of())],
  [
    'shorter',
    async (ring: string) =>
      files.writeFile(ring, Buffer.from(files.readFile(ring) ?? []).subarray(0, 8192)),
  ],
])('after a crash no ring is taken that is %s: what it had is asked for', async (_, harm) => {
  files = files.kill()
  const whole = Buffer.from(files.readFile('/x/journal/ring') ?? [])
  await harm('/x/journal/ring')
  // however often a supervisor starts it anew
  for (let starts = 0; starts < 2; starts++) {
    await expect(open(['/x', '/y'], '/x/journal')).rejects.toThrow('was cut: bring it back')
  }
  files.writeFile('/x/journal/ring', whole)
  await open(['/x', '/y'], '/x/journal')
  expect([endOf(0), endOf(1)]).toEqual([3, 3])
  await store.close()
  await harm('/x/journal/ring') // nothing was in it any more
  for (const end of [3, 6]) {
    await open(['/x', '/y'], '/x/journal')
    expect(endOf(0)).toBe(end)
    await append(0, '/x')
    files = files.kill()
  }
})

test('a ring that grew may not be cut to half of it', async () => {
  for (let round = 0; round < 40; round++) {
    const bytes = batchOf([{ timestamp: 1, key: null, value: Buffer.alloc(500_000) }])
    store.get('topic', 0)?.appendAsLeader(bytes, CLIENT)
    await committed(store.get('topic', 0) as PartitionLog)
  }
  files = files.kill()
  const ring = Buffer.from(files.readFile('/x/journal/ring') ?? [])
  expect(ring.length).toBeGreaterThan(4 * MIB)
  files.writeFile('/x/journal/ring', ring.subarray(0, ring.length / 2 - 4096))
  await expect(open(['/x', '/y'], '/x/journal')).rejects.toThrow('was cut: bring it back')
})

test('after a crash no log dir of a journal may be left out', async () => {
  files = files.kill()
  await expect(open(['/x'], '/x/journal')).rejects.toThrow(
    'records for the log dir /y, which is not',
  )
  await open(['/x', '/y'], '/x/journal')
  expect([endOf(0), endOf(1)]).toEqual([3, 3])
})

test('after a stop both may be changed, and the old journal is not believed again', async () => {
  await store.close()
  await open(['/x'], '/other')
  await append(0, '/x')
  await store.close()
  await open(['/y', '/x'], '/other')
  await append(1, '/y')
  await append(0, '/x')
  files = files.kill()
  await expect(open(['/x', '/y'], '/x/journal')).rejects.toThrow('log.journal.dir')
  await open(['/x', '/y'], '/other')
  expect([endOf(0), endOf(1)]).toEqual([9, 6])
})

test('a journal that goes takes nothing along that is not its own', async () => {
  files.writeFile('/x/journal/notes', Buffer.from('x'))
  files = files.kill()
  await open(['/x', '/y'], '/x/journal', 'file')
  expect(files.list('/x/journal')).toEqual(['notes'])
  expect([endOf(0), endOf(1)]).toEqual([3, 3])
  files = files.kill()
  await open(['/x', '/y'], '/another')
  expect([endOf(0), endOf(1)]).toEqual([3, 3])
})

test.each(['/x', '/x/', ''])("'%s' is no folder for a journal", async (folder) => {
  await store.close()
  await expect(open(['/x', '/y'], folder)).rejects.toThrow('needs a folder of its own')
})

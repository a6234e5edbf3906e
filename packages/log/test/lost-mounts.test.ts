import { KIB, type LogFields, silentLogger } from '@pafka/base'
import { defaultLogConfig, type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { beforeEach, describe, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll, TOPIC_ID } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
const RING_BYTES = 4 * PIECE_BYTES
const DIRS = ['/a', '/b']
const VALUE = Buffer.alloc(10_000, 'x')

let files: SimulatedDisk
let store: LogStore
let errors: [string, unknown][] = []

async function open(dirs: readonly string[] = DIRS): Promise<void> {
  // those that were killed have errors, too
  const told: [string, unknown][] = []
  errors = told
  const sizes = { limitBytes: RING_BYTES, tailBytes: 8 * PIECE_BYTES, pieceBytes: PIECE_BYTES }
  const error = (event: string, fields?: LogFields): void =>
    void told.push([event, fields?.['cause']])
  const journal = { folder: '/journal', ...sizes }
  const logger = { ...silentLogger, error }
  store = await openStore({ files, logger, store: { channel: 'journal', dirs, journal } })
}

function logOf(dir: string): PartitionLog | undefined {
  return store.get('t', DIRS.indexOf(dir))
}

async function append(dir: string, count: number): Promise<void> {
  const wanted = { topic: 't', topicId: TOPIC_ID, partition: DIRS.indexOf(dir), dir }
  const log = logOf(dir) ?? store.create(wanted, defaultLogConfig)
  for (let left = count; left > 0; left -= 1) {
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
    await committed(log)
  }
}

async function kill(): Promise<Buffer> {
  const sent = await readAll(logOf('/b') as PartitionLog)
  files = files.kill()
  return sent
}

/** What lies at the mount point of `/b` then, if there is one. */
function unmount(names: readonly string[] | undefined): void {
  files.rename('/b', '/away')
  if (names === undefined) return
  files.makeFolder('/b')
  for (const name of names) files.makeFolder(`/b/${name}`)
}

async function mount(): Promise<void> {
  await files.removeFolder('/b')
  files.rename('/away', '/b')
}

beforeEach(async () => {
  files = SimulatedDisk.create()
  await open()
  await append('/a', 1)
  await append('/b', 5)
})

describe('a log dir that is not mounted after a crash', () => {
  test.each([
    ['an empty folder', []],
    ['no folder', undefined],
    ['what a file system has of its own', ['lost+found']],
  ])('is offline, and gets all its records when it is back: %s', async (_, names) => {
    const sent = await kill()
    unmount(names)
    for (let start = 0; start < 2; start += 1) {
      await open()
      expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([true, false])
      expect(errors).toEqual([
        ['log-dir-failed', expect.stringMatching(/the log dir \/b is empty, .* not mounted\?/)],
      ])
      expect(logOf('/b')).toBeUndefined()
      // round the ring, more than once
      await append('/a', (2 * RING_BYTES) / VALUE.length)
      expect(names && files.list('/b')).toEqual(names)
      expect(files.stat('/b') === undefined).toBe(names === undefined)
      files = files.kill()
    }
    await mount()
    await open()
    expect([errors, (await readAll(logOf('/b') as PartitionLog)).equals(sent)]).toEqual([[], true])
    await append('/b', 1)
    await kill()
    await open()
    expect(logOf('/b')?.logEndOffset).toBe(6)
  })

  test('is waited for by a stop, too', async () => {
    const sent = await kill()
    unmount([])
    await open()
    await store.close()
    await open()
    expect(errors).toEqual([['log-dir-failed', expect.stringContaining('not mounted')]])
    await store.close()
    await mount()
    await open()
    expect((await readAll(logOf('/b') as PartitionLog)).equals(sent)).toBe(true)
  })

  test('stops the start if it is the only one', async () => {
    await kill()
    unmount([])
    await expect(open(['/b'])).rejects.toThrow('the log dir /b is empty')
    expect(files.list('/b')).toEqual([])
    await mount()
    await open()
    expect(logOf('/b')?.logEndOffset).toBe(5)
  })
})

test('another folder in its place is refused, and said to be another', async () => {
  await kill()
  unmount([])
  const other = await openStore({ files, dir: '/b', store: { channel: 'file' } })
  const [{ directoryId } = { directoryId: '' }] = other.dirs()
  const { clusterId } = other
  await other.close()
  const meta = `version=1\ncluster.id=${store.clusterId}\nnode.id=1\ndirectory.id=${directoryId}\n`
  files.writeFile('/b/meta.properties', Buffer.from(meta))
  expect(clusterId).not.toBe(store.clusterId)
  await expect(open()).rejects.toThrow(
    new RegExp(`log dir /b, which had the id \\S+, and has ${directoryId} now: bring back`),
  )
  await mount()
  await open()
  expect(logOf('/b')?.logEndOffset).toBe(5)
})

test('after a stop an empty folder is a fresh log dir', async () => {
  await store.close()
  unmount([])
  await open()
  expect(store.dirs()).toMatchObject([{ isOnline: true }, { isOnline: true }])
  expect(errors).toEqual([])
})

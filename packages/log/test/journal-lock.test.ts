import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { KIB, MIB, seededRandom } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type DiskOperation,
  type FileSystem,
  type LogStore,
  type LogStoreOptions,
  nodeFileSystem,
  SimulatedDisk,
} from '@pafka/log'
import { temporaryFolder } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { batchOf, numbered } from './test-batches.ts'
import { CLIENT, committed, openStore } from './test-store.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const FOLDER = '/ring'
const IN_USE = 'a running broker uses the journal: data folder /ring is in use'

type Channel = LogStoreOptions['channel']

let files: SimulatedDisk

function open(
  dir: string,
  folder = FOLDER,
  more: Partial<LogStoreOptions> = {},
): Promise<LogStore> {
  return openOn(files, [dir], { folder, ...more })
}

function openOn(
  disk: FileSystem,
  dirs: readonly string[],
  { folder, ...more }: Partial<LogStoreOptions> & { readonly folder: string },
): Promise<LogStore> {
  const journal = { folder, limitBytes: 4 * MIB, tailBytes: 4 * MIB, pieceBytes: 64 * KIB }
  return openStore({ files: disk, store: { channel: 'journal', dirs, journal, ...more } })
}

async function append(store: LogStore): Promise<number> {
  const wanted = { topic: 'topic', topicId: TOPIC_ID, partition: 0 }
  const log = store.get('topic', 0) ?? store.create(wanted, defaultLogConfig)
  log.appendAsLeader(batchOf(numbered(3)), CLIENT)
  await committed(log)
  return log.logEndOffset
}

/** All that lies in the journal's folder. */
function contents(): (string | undefined)[] {
  return files.list(FOLDER).map((name) => {
    const bytes = files.readFile(join(FOLDER, name))
    return `${name} ${Buffer.from(bytes ?? []).toString('base64')}`
  })
}

/** Whoever wants the journal gets it. */
async function expectFree(): Promise<void> {
  const lock = await files.lock(FOLDER)
  await expect(files.lock(FOLDER)).rejects.toThrow('in use')
  await lock.release()
}

beforeEach(() => {
  files = SimulatedDisk.create()
})

describe('a journal that a running broker uses', () => {
  test.each<Channel>(['journal', 'file'])('is left as it is: %s', async (channel) => {
    const first = await open('/a')
    await append(first)
    const before = contents()
    const touched: string[] = []
    files.fault = (operation, path) => {
      if (path.startsWith(`${FOLDER}/`)) touched.push(`${operation} ${path}`)
      return undefined
    }
    await expect(open('/b', FOLDER, { channel })).rejects.toThrow(IN_USE)
    const looks = ['dirs', 'partition.metadata', 'meta.properties']
    expect([...new Set(touched)]).toEqual(looks.map((name) => `read ${FOLDER}/${name}`))
    expect(contents()).toEqual(before)
    expect(await append(first)).toBe(6)
    await first.close()
    await expect(open('/b', FOLDER, { channel })).resolves.toBeDefined()
  })

  test('a dir that was closed in order is clean still after the refusal', async () => {
    const second = await open('/b', '/other')
    await second.close()
    await open('/a')
    await expect(open('/b')).rejects.toThrow(IN_USE)
    const again = await open('/b', '/other')
    expect(again.wasClean).toBe(true)
  })

  test.each(['kill', 'power cut'])('is free after a %s', async (how) => {
    await append(await open('/a'))
    files = how === 'kill' ? files.kill() : files.cutPower(seededRandom(1))
    expect(await append(await open('/a'))).toBe(6)
  })
})

describe('the lock is given back', () => {
  test.each<[string, string]>([
    ['in order', '/none'],
    ['whose log dir fails', '/a'],
    ['whose journal fails', '/ring'],
  ])('after a stop %s', async (_, failing) => {
    const store = await open('/a')
    await append(store)
    fail('sync', failing)
    await store.close()
    files.fault = () => undefined
    await expectFree()
  })

  test.each<[string, DiskOperation, string]>([
    ['its checkpoint cannot be read', 'read', '/ring/checkpoint'],
    ['its ring cannot be opened', 'open', '/ring/ring'],
    ['its ring cannot be read', 'read', '/ring/ring'],
    ['who is bound to it cannot be read', 'read', '/ring/dirs'],
    ['who is bound to it cannot be written', 'rename', '/ring/dirs'],
    ['no log dir can be read', 'read', '/a'],
  ])('after a start that failed: %s', async (_, operation, path) => {
    const store = await open('/a')
    await append(store)
    await store.close()
    fail(operation, path)
    await expect(open('/a')).rejects.toThrow('EIO')
    files.fault = () => undefined
    await expectFree()
    expect(await append(await open('/a'))).toBe(6)
  })

  test('when a start is refused for a log dir that is left out', async () => {
    await append(await open('/a'))
    files = files.kill()
    await expect(open('/b')).rejects.toThrow('not one of log.dirs')
    await expectFree()
  })

  test('when the journal is left, and when that fails', async () => {
    await append(await open('/a'))
    files = files.kill()
    fail('remove', '/ring/ring')
    await expect(open('/a', FOLDER, { channel: 'file' })).rejects.toThrow('EIO')
    await expectFree()
    files.fault = () => undefined
    const store = await open('/a', FOLDER, { channel: 'file' })
    expect(files.stat(FOLDER)).toBeUndefined()
    expect(await append(store)).toBe(6)
  })
})

function fail(operation: DiskOperation, start: string): void {
  files.fault = (asked, path) =>
    asked === operation && path.startsWith(start) ? diskError('EIO', path) : undefined
}

describe('a folder that is somebody else’s', () => {
  const PARTITION = (path: string): string => `lies in the folder of a partition, ${path}`
  test.each([
    ['/a/topic-0', PARTITION('/a/topic-0')],
    ['/a/topic-0/journal', PARTITION('/a/topic-0')],
    [`/a/topic-0.${'0'.repeat(32)}-delete/x`, PARTITION('/a/topic-0')],
    ['/elsewhere/x/y', PARTITION('/elsewhere/x')],
    ['/elsewhere/x', PARTITION('/elsewhere/x')],
    ['/other', 'lies in a log dir of another broker, /other: set log.journal.dir'],
    ['/other/journal', 'lies in a log dir of another broker, /other: set log.journal.dir'],
    ['/older/journal', 'lies in a log dir of another broker, /older: set log.journal.dir'],
  ])('is refused: %s', async (folder, why) => {
    files.makeFolder('/elsewhere/x')
    files.writeFile('/elsewhere/x/partition.metadata', Buffer.from('version: 0\n'))
    files.makeFolder('/older')
    files.writeFile('/older/meta.properties', Buffer.from('version=0\nbroker.id=1\n'))
    await openOn(files, ['/other'], { folder: '/other/journal', clusterId: 'theirs' })
    await expect(open('/a', folder)).rejects.toThrow(why)
    expect(files.list('/other')).not.toContain('ring')
    const store = await open('/a', '/a/journal')
    expect(await append(store)).toBe(3)
  })

  test('but not the default place, wherever the log dir lies', async () => {
    await openOn(files, ['/other'], { folder: '/ring', clusterId: 'theirs' })
    const store = await openOn(files, ['/a', '/other/b'], { folder: '/other/b/journal' })
    expect(await append(store)).toBe(3)
    await store.close()
  })

  test('but not one in a log dir of this broker, or that was one', async () => {
    const store = await openOn(files, ['/a', '/b'], { folder: '/b/fast' })
    await append(store)
    await store.close()
    const next = await openOn(files, ['/a'], { folder: '/b/fast' })
    expect(await append(next)).toBe(6)
  })
})

test('on a disk: refused by name while it is held, left with all its files', async () => {
  await using folder = await temporaryFolder()
  const at = (name: string): string => join(folder.path, name)
  const start = (dir: string, channel: Channel): Promise<LogStore> =>
    openOn(nodeFileSystem, [at(dir)], { folder: at('ring'), channel })
  const first = await start('a', 'journal')
  await append(first)
  await expect(start('b', 'journal')).rejects.toThrow(
    `a running broker uses the journal: data folder ${at('ring')} is in use by another broker ` +
      `(process ${process.pid})`,
  )
  await first.close()
  expect(readdirSync(at('ring'))).not.toContain('.lock.socket')
  const plain = await start('a', 'file')
  expect(existsSync(at('ring'))).toBe(false)
  expect(await append(plain)).toBe(6)
  await plain.close()
})

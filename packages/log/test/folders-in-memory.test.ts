import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { KIB, MIB, seededRandom } from '@pafka/base'
import {
  defaultLogConfig,
  type FileSystem,
  type LogStore,
  type LogStoreOptions,
  nodeFileSystem,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { describe, expect, test } from 'vitest'

import { batchOf, numbered } from './test-batches.ts'
import { CLIENT, committed, openStore } from './test-store.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const SIZES = { limitBytes: 4 * MIB, tailBytes: 4 * MIB, pieceBytes: 64 * KIB }
const SHM = '/dev/shm'

interface Place {
  readonly files: FileSystem
  readonly dir: string
  readonly folder: string
  readonly channel?: LogStoreOptions['channel']
}

function open({ files, dir, folder, channel = 'journal' }: Place): Promise<LogStore> {
  return openStore({ files, dir, store: { channel, journal: { folder, ...SIZES } } })
}

function logOf(store: LogStore): PartitionLog {
  const wanted = { topic: 'topic', topicId: TOPIC_ID, partition: 0 }
  return store.get('topic', 0) ?? store.create(wanted, defaultLogConfig)
}

async function append(store: LogStore): Promise<void> {
  logOf(store).appendAsLeader(batchOf(numbered(3)), CLIENT)
  await committed(logOf(store))
}

describe('on a simulated disk', () => {
  const AWAY = 'set log.journal.dir to where it is'
  const LEFT = 'the log dir /shm/logs is empty'
  test.each([
    ['all of it in memory', ['/shm/logs', '/shm/logs/journal'], ['/shm/logs']],
    ['each for itself', ['/shm/logs', '/shm/ring'], ['/shm/ring', '/shm/logs']],
    ['the journal in memory', ['/disk', '/shm/ring', AWAY], ['/shm/ring']],
    ['the log dir in memory', ['/shm/logs', '/disk/ring', LEFT], ['/shm/logs']],
  ])('an ack outlives a kill, and no power cut: %s', async (_, places, told) => {
    const [dir = '', folder = '', refusal] = places
    for (let seed = 1; seed <= 10; seed++) {
      let files = SimulatedDisk.create()
      files.foldersInMemory = ['/shm']
      let store = await open({ files, dir, folder })
      expect(store.foldersInMemory).toEqual(told)
      expect(store.journal?.io).toBe(folder.startsWith('/shm') ? 'memory' : 'direct')
      await append(store)
      files = files.kill()
      store = await open({ files, dir, folder })
      expect(logOf(store).logEndOffset).toBe(3)
      await append(store)
      files = files.cutPower(seededRandom(seed))
      const again = open({ files, dir, folder })
      if (refusal !== undefined) await expect(again).rejects.toThrow(refusal)
      else expect(logOf(await again).logEndOffset).toBe(0)
    }
  })

  test('nothing is said of what is on disk, nor of a dir that fails', async () => {
    const files = SimulatedDisk.create()
    const store = await open({ files, dir: '/disk', folder: '/disk/journal' })
    expect([store.foldersInMemory, store.journal?.io]).toEqual([[], 'direct'])
    files.foldersInMemory = ['/shm']
    files.fault = (_, path) =>
      path.startsWith('/shm/a/meta') ? Object.assign(new Error('EIO'), { code: 'EIO' }) : undefined
    const journal = { folder: '/other', ...SIZES }
    const two = await openStore({
      files,
      store: { channel: 'journal', dirs: ['/shm/a', '/b'], journal },
    })
    expect([two.foldersInMemory, two.dirs().map(({ isOnline }) => isOnline)]).toEqual([
      [],
      [false, true],
    ])
  })
})

describe.skipIf(!existsSync(SHM))('on a real file system', () => {
  test('memory is told from what is none', () => {
    expect(nodeFileSystem.isInMemory(SHM)).toBe(true)
    expect(nodeFileSystem.isInMemory('/proc')).toBe(false)
    expect(nodeFileSystem.isInMemory(join(SHM, 'no such folder'))).toBe(false)
  })

  test('on /dev/shm an ack outlives a kill, and no more is promised', async () => {
    const dir = await mkdtemp(join(SHM, 'pafka-'))
    const copy = `${dir}-copy`
    try {
      const store = await open({ files: nodeFileSystem, dir, folder: join(dir, 'journal') })
      expect([store.foldersInMemory, store.journal?.io]).toEqual([[dir], 'mapped'])
      await append(store)
      // what a start after a kill finds
      await cp(dir, copy, { recursive: true, filter: (path) => !path.includes('.lock') })
      const next = await open({ files: nodeFileSystem, dir: copy, folder: join(copy, 'journal') })
      expect(logOf(next).logEndOffset).toBe(3)
      await Promise.all([store.close(), next.close()])
    } finally {
      for (const folder of [dir, copy]) await rm(folder, { recursive: true, force: true })
    }
  })

  test('without a journal it is said as well', async () => {
    const dir = await mkdtemp(join(SHM, 'pafka-'))
    try {
      const place = { files: nodeFileSystem, dir, folder: join(dir, 'journal') }
      const store = await open({ ...place, channel: 'file' })
      expect([store.foldersInMemory, store.journal]).toEqual([[dir], undefined])
      await append(store)
      await store.close()
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
})

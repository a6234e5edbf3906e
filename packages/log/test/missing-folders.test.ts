import { KIB, silentLogger } from '@pafka/base'
import { defaultLogConfig, type KnownTopics, type LogStore, type PartitionLog } from '@pafka/log'
import { beforeEach, describe, expect, test } from 'vitest'

import { diskError, SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, readAll, TOPIC_ID } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
const FOLDER = '/b/t-0'
const METADATA = `${FOLDER}/partition.metadata`

let files: SimulatedDisk
let store: LogStore
let events: string[]
let deleted: string[]

const logger = {
  ...silentLogger,
  warn: (event: string) => void events.push(event),
  error: (event: string) => void events.push(event),
}

/** A catalog that has topic `t` with one partition, in `/b`. */
function catalog(directoryId: string): KnownTopics {
  const isThere = (partition: number): boolean => partition === 0 && deleted.length === 0
  return {
    isDeleted: (topicId) => deleted.includes(topicId),
    idOf: (topic, partition) => (topic === 't' && isThere(partition) ? TOPIC_ID : undefined),
    find: (topicId, partition) => {
      return topicId === TOPIC_ID && isThere(partition) ? { topic: 't', directoryId } : undefined
    },
  }
}

async function open(): Promise<void> {
  const journal = {
    folder: '/a/journal',
    limitBytes: 16 * PIECE_BYTES,
    tailBytes: 8 * PIECE_BYTES,
    pieceBytes: PIECE_BYTES,
  }
  const findTopics: NonNullable<Parameters<typeof openStore>[0]['store']>['findTopics'] = (dirs) =>
    Promise.resolve(catalog(dirs[1]?.directoryId ?? ''))
  events = []
  store = await openStore({
    files,
    logger,
    store: { channel: 'journal', dirs: ['/a', '/b'], journal, findTopics },
  })
}

function logOf(): PartitionLog {
  return store.get('t', 0) as PartitionLog
}

async function append(count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    logOf().appendAsLeader(
      batchOf([{ timestamp: TIME_MS, key: null, value: Buffer.from('x') }]),
      CLIENT,
    )
  }
  await committed(logOf())
}

function aside(): string[] {
  return files.list('/a/journal').filter((name) => name.startsWith('stranded'))
}

beforeEach(async () => {
  files = SimulatedDisk.create()
  deleted = []
  await open()
  store.create({ topic: 't', topicId: TOPIC_ID, partition: 0, dir: '/b' }, defaultLogConfig)
  await append(3)
})

describe('a folder that is gone after a crash', () => {
  test('comes back with all its records when the journal has them', async () => {
    const sent = await readAll(logOf())
    files = files.kill()
    await files.removeFolder(FOLDER)
    await open()
    expect(logOf().dir).toBe('/b')
    expect((await readAll(logOf())).equals(sent)).toBe(true)
    expect([events, aside()]).toEqual([['partition-brought-back'], []])
    files = files.kill() // and stays
    await open()
    expect((await readAll(logOf())).equals(sent)).toBe(true)
    expect(events).toEqual([])
  })

  test('comes back without the records that were deleted', async () => {
    await append(5)
    await logOf().deleteRecordsBefore(4)
    for (let starts = 0; starts < 2; starts++) {
      files = files.kill()
      if (starts === 0) await files.removeFolder(FOLDER)
      await open()
      expect([logOf().logStartOffset, logOf().logEndOffset]).toEqual([4, 8])
    }
  })

  test('is missed while its disk is full, and comes back when there is room', async () => {
    const sent = await readAll(logOf())
    files = files.kill()
    await files.removeFolder(FOLDER)
    files.fault = (operation, path) => {
      return operation === 'write' && path === METADATA ? diskError('ENOSPC', path) : undefined
    }
    await open()
    expect(events).toContain('partition-folders-missing')
    expect([store.isMissed('t', TOPIC_ID, 0), aside()]).toEqual([true, ['stranded-1']])
    files = files.kill()
    await open()
    expect((await readAll(logOf())).equals(sent)).toBe(true)
  })

  test('takes its dir down when that fails, and no other', async () => {
    files = files.kill()
    await files.removeFolder(FOLDER)
    files.fault = (operation, path) => {
      return operation === 'write' && path === METADATA ? diskError('EIO', path) : undefined
    }
    await open()
    expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([true, false])
  })

  test('does not come back of a topic that was deleted', async () => {
    files = files.kill()
    await files.removeFolder(FOLDER)
    deleted = [TOPIC_ID]
    await open()
    expect([store.get('t', 0), events, aside()]).toEqual([undefined, [], []])
  })
})

describe('a folder that is gone after a crash, of which the journal has the end', () => {
  let sent: Buffer
  let away: ReadonlyMap<string, Uint8Array>

  beforeEach(async () => {
    await store.checkpoint()
    await append(2)
    sent = await readAll(logOf())
    files = files.kill()
    const names = files.list(FOLDER)
    away = new Map(
      names.map((name) => [name, files.readFile(`${FOLDER}/${name}`) ?? Buffer.alloc(0)]),
    )
    await files.removeFolder(FOLDER)
    await open()
  })

  function bringFolderBack(): void {
    files.makeFolder(FOLDER)
    for (const [name, bytes] of away) files.writeFile(`${FOLDER}/${name}`, bytes)
  }

  function isMissed(): boolean {
    return store.isMissed('t', TOPIC_ID, 0)
  }

  test('is missed, at each start', async () => {
    for (let starts = 0; starts < 3; starts++) {
      expect([store.get('t', 0), isMissed(), aside()]).toEqual([undefined, true, ['stranded-1']])
      expect(events).toContain('partition-folders-missing')
      files = files.kill()
      await open()
    }
  })

  test('has all that was acknowledged when it is brought back', async () => {
    store.create({ topic: 'u', topicId: 'AAAAAAAAAAAAAAAAAAAAAg', partition: 0 }, defaultLogConfig)
    files = files.kill()
    bringFolderBack()
    await open()
    expect((await readAll(logOf())).equals(sent)).toBe(true)
    expect([isMissed(), aside(), events]).toEqual([false, [], []])
  })

  test('is not missed any more when its topic was deleted', async () => {
    files = files.kill()
    deleted = [TOPIC_ID]
    await open()
    expect([isMissed(), aside(), events]).toEqual([false, [], []])
  })
})

describe.each([
  ['gone', (): Promise<void> => files.remove(METADATA)],
  ['empty', async (): Promise<void> => files.writeFile(METADATA, Buffer.alloc(0))],
])('a partition.metadata that is %s after a crash', (_, harm) => {
  test('is made anew, and the log has all its records', async () => {
    await store.checkpoint()
    await append(2)
    const sent = await readAll(logOf())
    files = files.kill()
    await harm()
    await open()
    expect((await readAll(logOf())).equals(sent)).toBe(true)
    expect(logOf().topicId).toBe(TOPIC_ID)
    await append(1)
    expect(Buffer.from(files.readFile(METADATA) ?? []).toString()).toContain(TOPIC_ID)
    expect(events).toEqual([])
  })
})

test('a segment file that is gone after a crash is told, the journal keeps the rest', async () => {
  await store.checkpoint()
  await append(2)
  files = files.kill()
  await files.remove(`${FOLDER}/00000000000000000000.log`)
  await open()
  expect(events).toEqual(['segment-lost-bytes'])
  await append(1)
  expect([logOf().logStartOffset, logOf().logEndOffset]).toEqual([3, 6])
})

describe('a partition that could not be made where it was meant to be at first', () => {
  test('leaves no folder there', async () => {
    files.fault = (operation, path) => {
      const isIt = operation === 'write' && path === '/a/u-0/partition.metadata'
      return isIt ? diskError('ENOSPC', path) : undefined
    }
    const wanted = { topic: 'u', topicId: TOPIC_ID, partition: 0, dir: '/a' }
    expect(() => store.create(wanted, defaultLogConfig)).toThrow('cannot create /a/u-0')
    expect(files.stat('/a/u-0')).toBeUndefined()
  })

  test.each([['gone'], ['empty']])(
    'and left one whose id is %s does not stop a start',
    async (id) => {
      const sent = await readAll(logOf())
      files = files.kill()
      files.makeFolder('/a/t-0')
      if (id === 'empty') files.writeFile('/a/t-0/partition.metadata', Buffer.alloc(0))
      await open()
      expect((await readAll(logOf())).equals(sent)).toBe(true)
      expect([logOf().dir, files.stat('/a/t-0')]).toEqual(['/b', undefined])
    },
  )

  test('and has offsets there that count stays', async () => {
    files = files.kill()
    files.makeFolder('/a/t-0')
    files.writeFile('/a/t-0/00000000000000001000.log', Buffer.alloc(0))
    await expect(open()).rejects.toThrow('partition t-0 lies in two log dirs, /a and /b')
  })

  test('and has records there stops a start that says where they are', async () => {
    await store.close()
    files.makeFolder('/a/t-0')
    for (const name of files.list(FOLDER)) {
      files.writeFile(`/a/t-0/${name}`, files.readFile(`${FOLDER}/${name}`) ?? Buffer.alloc(0))
    }
    await expect(open()).rejects.toThrow('partition t-0 lies in two log dirs, /a and /b')
  })
})

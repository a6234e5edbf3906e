import { join } from 'node:path'

import { type LogFields, silentLogger } from '@pafka/base'
import { type LogStore, type LogStoreOptions, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { TIME_MS } from './test-batches.ts'
import { createLog, openStore, overChannel, readAll } from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll } from './tier-stage.ts'

const DIRS = ['/fast', '/slow', '/slower']
const STRANGER = 'AAAAAAAAAAAAAAAAAAAAAw'

let files: SimulatedDisk
let told: [string, LogFields | undefined][]

function open(
  dirs: readonly string[] = DIRS,
  store: Partial<LogStoreOptions> = {},
): Promise<LogStore> {
  told = []
  const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow', '/slower')]
  const error = (event: string, fields?: LogFields): void => void told.push([event, fields])
  const logger = { ...silentLogger, error }
  const clock = new ManualClock(TIME_MS)
  const own = { dirs, tiers, journal: JOURNAL, ...store }
  return openStore({ files, clock, config: SMALL, dir: '/fast', logger, store: own })
}

const JOURNAL = { folder: '/journal', limitBytes: 4_000_000, tailBytes: 1_000_000 }

function meta(dir: string): string {
  return Buffer.from(files.readFile(join(dir, 'meta.properties')) ?? []).toString()
}

/** @returns what it was */
function damage(dir: string, change: (text: string) => string): string {
  const before = meta(dir)
  files.writeFile(join(dir, 'meta.properties'), Buffer.from(change(before)))
  return before
}

/** All that lies in a folder, with what its files have. */
function contentsOf(folder: string): string[] {
  return files.list(folder).flatMap((name) => {
    const path = join(folder, name)
    if (files.stat(path)?.isFolder === true) return contentsOf(path)
    return [`${path} ${Buffer.from(files.readFile(path) ?? []).toString('hex')}`]
  })
}

function offline(store: LogStore): string[] {
  return store.dirs().flatMap(({ path, isOnline }) => (isOnline ? [] : [path]))
}

/** One log with sealed segments in /slow, another all in /fast. */
async function filled(): Promise<Buffer> {
  const store = await open()
  const log = createLog(store, SMALL)
  await append(log, 9)
  await store.flush()
  await store.checkpoint()
  expect((await moveAll(store, idOf(store, '/slow'))).length).toBeGreaterThan(1)
  const topicId = 'AAAAAAAAAAAAAAAAAAAAAg'
  const wanted = { topic: 'other', topicId, partition: 0, dir: '/fast' }
  await append(store.create(wanted, log.config), 2)
  const sent = await readAll(log)
  await store.close()
  return sent
}

const CLUSTER = /cluster\.id=.*/
const DAMAGES: readonly [string, (text: string) => string, string][] = [
  ['is garbage', () => '\u0000\u0007\u0003x=y', "is not that of a broker's data folder"],
  ['is empty', () => '', "is not that of a broker's data folder"],
  ['has no node', (text) => text.replace(/node\.id=.*\n/, ''), 'is not that of a broker'],
  ['names another node', (text) => text.replace('node.id=1', 'node.id=77'), 'to node 77, not 1'],
  [
    'names another cluster',
    (text) => text.replace(CLUSTER, `cluster.id=${STRANGER}`),
    `belongs to cluster ${STRANGER}, not`,
  ],
]

beforeEach(() => {
  files = SimulatedDisk.create()
})

overChannel('journal', () => {
  describe.each(DAMAGES)('a log dir whose meta.properties %s', (_, change, why) => {
    test.each(['stop', 'kill'])('takes down what lies there, no more, after a %s', async (how) => {
      const sent = await filled()
      if (how === 'kill') {
        const store = await open()
        await append(store.get('other', 0) as PartitionLog, 1)
        files = files.kill()
      }
      const before = damage('/slow', change)
      const found = contentsOf('/slow')
      for (let start = 0; start < 2; start += 1) {
        const store = await open()
        expect(offline(store)).toEqual(['/slow'])
        expect(told[0]).toMatchObject(['log-dir-failed', { dir: '/slow' }])
        expect(told[0]?.[1]?.['cause']).toContain(why)
        expect(told.slice(1)).toEqual([])
        expect([onlyLog(store).isOnline, onlyLog(store).logStartOffset]).toEqual([true, 0])
        await expect(readAll(onlyLog(store))).rejects.toThrow('read at 0 gives 56')
        await append(store.get('other', 0) as PartitionLog, 1)
        await store.close()
        expect(contentsOf('/slow')).toEqual(found)
      }
      files.writeFile('/slow/meta.properties', Buffer.from(before))
      const store = await open()
      expect([offline(store), told]).toEqual([[], []])
      expect((await readAll(onlyLog(store))).equals(sent)).toBe(true)
      expect(store.get('other', 0)?.logEndOffset).toBe(how === 'kill' ? 5 : 4)
      await store.close()
    })

    test('stops the start where the journal lies in it', async () => {
      const journal = { ...JOURNAL, folder: '/fast/journal' }
      await (await open(DIRS, { journal })).close()
      const before = meta('/fast')
      damage('/fast', change)
      const isOther = meta('/fast').includes(STRANGER)
      // most dirs say otherwise, or what nothing can be acknowledged without cannot be made out
      const message = isOther ? `not ${STRANGER}, to which /fast` : 'lies in a log dir that fails'
      await expect(open(DIRS, { journal })).rejects.toThrow(message)
      files.writeFile('/fast/meta.properties', Buffer.from(before))
      await (await open(DIRS, { journal })).close()
      expect(told).toEqual([])
    })
  })

  // nobody says that another cluster is another
  describe.each(DAMAGES.slice(0, 4))(
    'a lone log dir whose meta.properties %s',
    (_, change, why) => {
      test('stops the start where it is the only one', async () => {
        await (await open(['/fast'], { tiers: [] })).close()
        damage('/fast', change)
        await expect(open(['/fast'], { tiers: [] })).rejects.toThrow(why)
      })

      test('stops the start where the others are new', async () => {
        await (await open(['/fast'], { tiers: [] })).close()
        damage('/fast', change)
        const found = contentsOf('/fast')
        await expect(open(['/slow', '/fast'], { tiers: [] })).rejects.toThrow(why)
        expect([files.list('/slow'), contentsOf('/fast')]).toEqual([[], found])
      })
    },
  )

  test.each(DAMAGES.slice(3))(
    'a dir that was never used here and %s is refused',
    async (_, change, why) => {
      await (await open(['/fast'], { tiers: [] })).close()
      const another = { ...JOURNAL, folder: '/another' }
      await (await open(['/slow'], { tiers: [], journal: another })).close()
      const { clusterId } = await open(['/fast'], { tiers: [] })
      files = files.kill()
      damage('/slow', (text) => change(text.replace(CLUSTER, `cluster.id=${clusterId}`)))
      const found = contentsOf('/slow')
      await expect(open(['/fast', '/slow'], { tiers: [] })).rejects.toThrow(why)
      expect(contentsOf('/slow')).toEqual(found)
    },
  )
})

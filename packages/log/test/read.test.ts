import { join } from 'node:path'

import {
  type FileSystem,
  type LogConfig,
  type LogStore,
  memoryFileSystem,
  nodeFileSystem,
  type PartitionLog,
} from '@pafka/log'
import { errorName, readBatches } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { afterEach, describe, expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import {
  CLIENT,
  committed,
  createLog,
  openStore,
  overEachChannel,
  parentOfFolders,
  readAll,
} from './test-store.ts'

interface Place {
  readonly name: string
  readonly make: () => Promise<{ files: FileSystem; dir: string } & AsyncDisposable>
}

const places: readonly Place[] = [
  {
    name: 'memory',
    make: async () => ({
      files: memoryFileSystem(),
      dir: '/data',
      async [Symbol.asyncDispose]() {},
    }),
  },
  {
    name: 'disk',
    make: async () => {
      const folder = await temporaryFolder(parentOfFolders())
      return {
        files: nodeFileSystem,
        dir: join(folder.path, 'data'),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      }
    },
  },
]

const small: Partial<LogConfig> = { segmentBytes: 1500, indexIntervalBytes: 200 }
const ONE = { minOneBatch: true }

let undo: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const action of undo.toReversed()) await action()
  undo = []
})

interface Started {
  readonly files: FileSystem
  readonly dir: string
  readonly config: Partial<LogConfig>
  readonly store: LogStore
  readonly log: PartitionLog
}

async function started(place: Place, batches: number, config = small): Promise<Started> {
  const made = await place.make()
  undo.push(async () => made[Symbol.asyncDispose]())
  const { files, dir } = made
  const store = await openStore({ files, dir, config })
  undo.push(() => store.close())
  const log = createLog(store, config)
  for (let at = 0; at < batches; at++) {
    log.appendAsLeader(batchOf(numbered(3, at * 3, TIME_MS + at * 10)), CLIENT)
  }
  if (batches > 0) await committed(log)
  return { files, dir, store, log, config }
}

async function filled(place: Place, batches: number, config = small): Promise<PartitionLog> {
  const { log } = await started(place, batches, config)
  return log
}

async function restarted({ store, files, dir, config }: Started): Promise<PartitionLog> {
  await store.close()
  const again = await openStore({ files, dir, config })
  undo.push(() => again.close())
  return again.get('topic', 0) as PartitionLog
}

overEachChannel(() => {
  describe.each(places)('reading a log on $name', (place) => {
    test('serves from any offset the whole batch that holds it', async () => {
      const log = await filled(place, 60)
      expect(log.describe().segments).toBeGreaterThan(3)
      for (let offset = 0; offset < 180; offset++) {
        const read = await log.read(offset, 1, ONE)
        const [batch] = readBatches(read.records)
        expect([batch?.baseOffset, read.nextOffset]).toEqual([
          offset - (offset % 3),
          offset - (offset % 3) + 3,
        ])
        read.release()
      }
    })

    test('is the same after a restart', async () => {
      const first = await started(place, 60)
      const { log } = first
      const before = await readAll(log)
      const reopened = await restarted(first)
      expect((await readAll(reopened)).equals(before)).toBe(true)
      expect(reopened.describe()).toEqual({ ...log.describe(), recoveryPoint: 180 })
      reopened.appendAsLeader(batchOf(numbered(1, 180)), CLIENT)
      await committed(reopened)
      expect((await readAll(reopened, 180)).length).toBeGreaterThan(60)
    })

    test('gives no more than was asked for, and nothing above a limit', async () => {
      const log = await filled(place, 10, {})
      const size = batchOf(numbered(3)).length + 10
      const few = await log.read(0, size * 3, { minOneBatch: false })
      expect(few.records.length).toBeLessThanOrEqual(size * 3)
      expect(few.nextOffset).toBeGreaterThanOrEqual(6)
      const none = await log.read(0, 10, { minOneBatch: false })
      expect([none.records.length, none.nextOffset]).toEqual([0, 0])
      const limited = await log.read(0, 100_000, { minOneBatch: true, upTo: 7 })
      expect(limited.nextOffset).toBe(6)
    })

    test('says where it begins and ends, and what lies outside', async () => {
      const log = await filled(place, 5)
      const beyond = await log.read(16, 1000, ONE)
      expect(errorName(beyond.errorCode)).toBe('OFFSET_OUT_OF_RANGE')
      const atEnd = await log.read(15, 1000, ONE)
      expect([atEnd.errorCode, atEnd.records.length, atEnd.highWatermark]).toEqual([0, 0, 15])
      await log.deleteRecordsBefore(4)
      const before = await log.read(3, 1000, ONE)
      expect(errorName(before.errorCode)).toBe('OFFSET_OUT_OF_RANGE')
      expect(before.logStartOffset).toBe(4)
    })
  })

  describe.each(places)('looking things up in a log on $name', (place) => {
    test('finds offsets by time', async () => {
      const log = await filled(place, 60)
      for (let at = 0; at < 60; at++) {
        const found = await log.offsetForTimestamp(TIME_MS + at * 10 + 1)
        expect(found).toEqual({
          timestampMs: TIME_MS + at * 10 + 1,
          offset: at * 3 + 1,
          leaderEpoch: 0,
        })
      }
      expect(await log.offsetForTimestamp(0)).toMatchObject({ offset: 0 })
      expect(await log.offsetForTimestamp(TIME_MS + 10_000)).toBeUndefined()
      expect(await log.maxTimestamp()).toMatchObject({ offset: 179, timestampMs: TIME_MS + 592 })
    })

    test('an empty log has no times and no records', async () => {
      const log = await filled(place, 0)
      expect(await log.offsetForTimestamp(0)).toBeUndefined()
      expect(await log.maxTimestamp()).toBeUndefined()
      expect((await log.read(0, 100, ONE)).records).toHaveLength(0)
    })

    test('knows where epochs end', async () => {
      const first = await started(place, 0)
      const { log } = first
      for (const leaderEpoch of [2, 2, 5, 7]) {
        log.appendAsLeader(batchOf(numbered(2)), { origin: 'client', leaderEpoch })
      }
      await committed(log)
      const ends = (it: PartitionLog): unknown =>
        [1, 2, 4, 5, 7, 8].map((e) => it.endOffsetForEpoch(e))
      const expected = [
        { leaderEpoch: 1, endOffset: 0 },
        { leaderEpoch: 2, endOffset: 4 },
        { leaderEpoch: 2, endOffset: 4 },
        { leaderEpoch: 5, endOffset: 6 },
        { leaderEpoch: 7, endOffset: 8 },
        { leaderEpoch: -1, endOffset: -1 },
      ]
      expect(ends(log)).toEqual(expected)
      expect(ends(await restarted(first))).toEqual(expected)
      expect(log.epochForOffset(5)).toBe(5)
    })
  })

  describe.each(places)('cutting a log on $name', (place) => {
    test('cuts its end, and gives the offsets again', async () => {
      const log = await filled(place, 60)
      const before = await readAll(log)
      for (const offset of [150, 75, 74, 0]) {
        await log.truncateTo(offset)
        expect([log.logEndOffset, log.highWatermark]).toEqual([offset, offset])
        const kept = await readAll(log)
        expect(before.subarray(0, kept.length).equals(kept)).toBe(true)
      }
      log.appendAsLeader(batchOf(numbered(4)), CLIENT)
      await committed(log)
      expect(log.logEndOffset).toBe(4)
      expect([...readBatches(await readAll(log))].map((batch) => batch.baseOffset)).toEqual([0])
    })

    test('is gone for readers when it is deleted, and its folder after the delay', async () => {
      const { log, store, files, dir } = await started(place, 5)
      await store.delete([log])
      expect(store.get('topic', 0)).toBeUndefined()
      expect(errorName(log.appendAsLeader(batchOf(numbered(1)), CLIENT).errorCode)).toBe(
        'KAFKA_STORAGE_ERROR',
      )
      const names = files.list(dir).filter((name) => name.startsWith('topic'))
      expect(names).toEqual([expect.stringMatching(/^topic-0\.[0-9a-f]{32}-delete$/)])
      await store.close()
      const again = await openStore({ files, dir })
      undo.push(() => again.close())
      expect([...again.logs()]).toEqual([])
      expect(createLog(again).logEndOffset).toBe(0)
    })
  })
})

import { KIB, MIB } from '@pafka/base'
import { defaultLogConfig, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { expect, test } from 'vitest'

import { Life } from './life.ts'
import { turns } from './power-cut-world.ts'
import { batchOf, idempotent, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1)
/** Some records a segment. */
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAAg'
const CONFIG = { segmentBytes: 500, indexIntervalBytes: 100, fileDeleteDelayMs: 0 }

test.each(['a kill', 'a power cut'])(
  'times and epochs are found in all segments after %s',
  async (how) => {
    for (const seed of SEEDS) {
      const life = await Life.begin({ channel: 'journal', config: CONFIG })
      for (let count = 0; count < 12; count++) {
        await life.acknowledged(1)
        if (seed % 2 === 0 || count % 5 === 0) await life.store.checkpoint()
      }
      if (how === 'a kill') await life.kill()
      else await life.cutPower(seed)
      const { log } = life
      expect((await log.offsetForTimestamp(0))?.offset).toBe(0)
      expect([log.epochForOffset(0), log.latestEpoch]).toEqual([0, 0])
      expect(log.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 12 })
    }
  },
)

test('a repeated batch is known after a kill though its record was deleted', async () => {
  const life = await Life.begin({ channel: 'journal', config: CONFIG })
  await life.acknowledged(1)
  await life.store.checkpoint()
  await life.acknowledged(9)
  await life.log.deleteRecordsBefore(8)
  const before = life.log.producers().map(({ lastSequence }) => lastSequence)
  expect(before).toEqual([9])
  await life.kill()
  expect(life.log.logStartOffset).toBe(8)
  expect(life.log.producers().map(({ lastSequence }) => lastSequence)).toEqual(before)
  expect(life.log.epochForOffset(8)).toBe(0)
})

test('so is one whose segment went before any file had it, and the ring let it go', async () => {
  const files = SimulatedDisk.create()
  const journal = { folder: '/data/journal', limitBytes: MIB, tailBytes: MIB, pieceBytes: 64 * KIB }
  const opening = { files, config: CONFIG, store: { channel: 'journal', journal } } as const
  const store = await openStore(opening)
  const log = createLog(store, CONFIG)
  const other = store.create({ topic: 'other', topicId: OTHER_ID, partition: 0 }, defaultLogConfig)
  const send = async (to: PartitionLog, bytes: Buffer): Promise<void> => {
    expect(to.appendAsLeader(bytes, CLIENT).errorCode).toBe(0)
    await committed(to)
  }
  const large = (): Buffer =>
    batchOf([{ timestamp: TIME_MS, key: null, value: Buffer.alloc(30 * KIB) }])
  for (let count = 0; count < 30; count++) await send(other, large()) // the ring has its length
  await store.checkpoint()
  await send(log, idempotent({ producerId: 7, sequence: 0 }))
  await send(log, idempotent({ producerId: 8, sequence: 0, count: 20 }))
  for (let count = 0; count < 6; count++) await send(other, large())
  await send(log, idempotent({ producerId: 9, sequence: 0 }))
  expect(log.parts.segments.all().map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 21])
  await log.deleteRecordsBefore(21)
  const checkpoints = (): number => store.journalFigures?.checkpointSeconds.cumulative().at(-1) ?? 0
  const before = checkpoints()
  while (checkpoints() === before) {
    await send(other, large()) // the newest rounds may stay in the ring, those of 9 among them
    await turns(20)
  }
  const again = await openStore({ ...opening, files: files.kill() })
  const found = again.get('topic', 0)
  expect([found?.logStartOffset, found?.logEndOffset]).toEqual([21, 22])
  expect(found?.producers().map(({ producerId }) => producerId)).toEqual([7, 8, 9])
  await again.close()
})

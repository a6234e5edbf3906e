import { expect, test } from 'vitest'

import { Life } from './life.ts'

const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1)
/** Some records a segment. */
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

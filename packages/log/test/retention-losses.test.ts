import { expect, test } from 'vitest'

import { Life } from './life.ts'
import { readAll } from './test-store.ts'

const SEEDS = Array.from({ length: 60 }, (_, at) => at + 1)
/** Some records a segment; retention keeps the newest alone. */
const CONFIG = { segmentBytes: 500, retentionBytes: 1, fileDeleteDelayMs: 0 }

test('a log begins with a record, whatever a power cut leaves of what retention took', async () => {
  const starts = new Set<number>()
  for (const seed of SEEDS) {
    const life = await Life.begin({ channel: 'journal', config: CONFIG })
    await life.acknowledged(1 + (seed % 7))
    await life.store.checkpoint()
    await life.acknowledged(10)
    const { log } = life
    const before = await readAll(log, 0)
    await life.store.enforceRetention(life.clock.nowMs())
    if (seed % 2 === 0) life.clock.advance(0)
    await new Promise((resolve) => setImmediate(resolve))
    await life.cutPowerAndDie(seed, 10 + seed)
    await life.cutPower(seed)
    const after = life.log
    starts.add(after.logStartOffset)
    expect(after.logEndOffset).toBe(11 + (seed % 7))
    const first = await after.read(after.logStartOffset, 1, { minOneBatch: true, upTo: 1000 })
    expect([seed, first.records.length > 0]).toEqual([seed, true])
    first.release()
    const served = await readAll(after)
    expect(before.subarray(before.length - served.length).equals(served)).toBe(true)
  }
  expect(starts.size).toBeGreaterThan(1)
})

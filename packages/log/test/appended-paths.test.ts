import { MINUTE_MS, silentLogger } from '@pafka/base'
import { SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'
import { SMALL, tierOf } from './tier-logs.ts'

test('a path gets records until nothing was appended there for ten minutes', async () => {
  const files = SimulatedDisk.create()
  files.mounts = ['/fast', '/slow']
  const clock = new ManualClock(TIME_MS)
  const store = await openStore({
    ...{ files, clock, config: SMALL, dir: '/fast', logger: silentLogger },
    store: { dirs: ['/fast', '/slow'], tiers: [tierOf('NVME', '/fast'), tierOf('HDD', '/slow')] },
  })
  const log = createLog(store, SMALL)
  const append = async (): Promise<void> => {
    log.appendAsLeader(batchOf(numbered(1, 0, clock.nowMs())), CLIENT)
    await committed(log)
  }
  const after = async (minutes: number): Promise<boolean[]> => {
    clock.advance(minutes * MINUTE_MS)
    await store.tiers.measure()
    return store.tiers.paths().map(({ isAppended }) => isAppended)
  }
  expect(await after(0)).toEqual([true, true]) // not known yet
  expect(await after(9)).toEqual([true, true])
  await append()
  expect(await after(2)).toEqual([true, false])
  expect(await after(9)).toEqual([true, false])
  expect(await after(2)).toEqual([false, false])
  await append()
  expect(await after(0)).toEqual([true, false])
  await store.close()
})

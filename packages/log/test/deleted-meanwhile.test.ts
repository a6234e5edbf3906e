import { type LogConfig, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { idempotent, TIME_MS } from './test-batches.ts'
import { CHANNELS, CLIENT, createLog, openStore } from './test-store.ts'
import { append, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll } from './tier-stage.ts'

const CONFIG: Partial<LogConfig> = { ...SMALL, fileDeleteDelayMs: 0 }
const TIERS = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow')]

test.each(CHANNELS)('a partition may go while its records do: %s', async (channel) => {
  const files = SimulatedDisk.create()
  const clock = new ManualClock(TIME_MS)
  const dirs = ['/fast', '/slow']
  const options = { files, clock, config: CONFIG, dir: '/fast' }
  const store = await openStore({ ...options, store: { channel, dirs, tiers: TIERS } })
  const log = createLog(store, CONFIG)
  log.appendAsLeader(idempotent({ producerId: 7, sequence: 0 }), CLIENT)
  await append(log, 9)
  await store.flush()
  await store.checkpoint()
  expect((await moveAll(store, idOf(store, '/slow'))).length).toBeGreaterThan(1)
  const held = Promise.withResolvers<void>()
  const syncFolder = files.syncFolder.bind(files)
  files.syncFolder = async (path) => {
    if (path === '/fast/topic-0') await held.promise
    return syncFolder(path)
  }
  const deletion = log.deleteRecordsBefore(log.highWatermark)
  await turns(20)
  await store.delete([log])
  clock.advance(0)
  await turns(20)
  expect(files.list('/fast').filter((name) => name.startsWith('topic'))).toEqual([])
  held.resolve()
  await deletion
  expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([true, true])
  await store.close()
})

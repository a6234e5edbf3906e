import { MIB, SECOND_MS, silentLogger } from '@pafka/base'
import { defaultLogConfig, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, TOPIC_ID } from './test-store.ts'
import { tierOf } from './tier-logs.ts'

test('what only the journal has takes room of its path once, not twice', async () => {
  const files = SimulatedDisk.create()
  files.mounts = ['/fast', '/slow', '/journal-disk']
  const clock = new ManualClock(TIME_MS)
  const warnings: string[] = []
  const fast = { name: 'NVME', paths: [{ path: '/fast', sizeBytes: 20 * MIB }] } as const
  const journal = { folder: '/journal-disk/journal', limitBytes: 64 * MIB, tailBytes: 64 * MIB }
  const store = await openStore({
    ...{ files, clock, dir: '/fast' },
    logger: { ...silentLogger, warn: (event) => void warnings.push(event) },
    store: {
      ...{ dirs: ['/fast', '/slow'], tiers: [fast, tierOf('HDD', '/slow')], journal },
      channel: 'journal',
    },
  })
  const value = Buffer.alloc(0.75 * MIB) // less than is written to a segment at once
  for (let partition = 0; partition < 20; partition++) {
    const log = store.create({ topic: 'topic', topicId: TOPIC_ID, partition }, defaultLogConfig)
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
    await committed(log)
  }
  expect(store.journal?.unstoredBytes).toBeGreaterThan(14 * MIB)
  clock.advance(SECOND_MS)
  await turns(20)
  expect([store.pressure < 0.5, warnings]).toEqual([true, []])
  await store.close()
})

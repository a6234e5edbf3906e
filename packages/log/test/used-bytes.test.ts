import { MINUTE_MS } from '@pafka/base'
import { type LogStore, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { TIME_MS } from './test-batches.ts'
import { createLog, openStore, overEachChannel } from './test-store.ts'
import { append, SMALL, tierOf } from './tier-logs.ts'
import { idOf } from './tier-stage.ts'

async function usedOf(store: LogStore): Promise<number> {
  await store.tiers.measure()
  return store.tiers.paths()[0]?.usedBytes ?? -1
}

overEachChannel(() => {
  test.each(['records', 'a partition'])(
    'what is deleted counts until it goes: %s',
    async (what) => {
      const files = SimulatedDisk.create()
      const clock = new ManualClock(TIME_MS)
      const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow')]
      const journal = { folder: '/journal', limitBytes: 1_048_576, tailBytes: 1_048_576 }
      const dirs = ['/fast', '/slow']
      const store = await openStore({
        files,
        clock,
        config: SMALL,
        store: { dirs, tiers, journal },
      })
      const log = createLog(store, { ...SMALL, fileDeleteDelayMs: MINUTE_MS })
      await append(log, 9)
      await store.flush()
      await store.checkpoint()
      const sizeBytes = await usedOf(store)
      const newestBytes = log.parts.segments.active?.sizeBytes ?? 0
      expect([sizeBytes, store.tiers.retiringBytes(idOf(store, '/fast'))]).toEqual([
        log.sizeBytes,
        0,
      ])
      if (what === 'records') await log.deleteRecordsBefore(log.logEndOffset - 1)
      else await store.delete([log])
      const leftBytes = what === 'records' ? newestBytes : 0
      const retiringBytes = store.tiers.retiringBytes(idOf(store, '/fast'))
      expect([await usedOf(store), retiringBytes]).toEqual([sizeBytes, sizeBytes - leftBytes])
      clock.advance(MINUTE_MS)
      await new Promise((resolve) => setImmediate(resolve))
      await store.close()
      expect(store.tiers.retiringBytes(idOf(store, '/fast'))).toBe(0)
      expect(await usedOf(store)).toBe(leftBytes)
    },
  )
})

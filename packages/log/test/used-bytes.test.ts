import { MIB, MINUTE_MS } from '@pafka/base'
import { alignedMemory, diskError, type LogStore, SimulatedDisk, type Space } from '@pafka/log'
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

  test.each(['is committed', 'is given up', 'fails'])(
    'a copy counts while it is made, and once when it %s',
    async (end) => {
      const files = SimulatedDisk.create()
      const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow')]
      const dirs = ['/fast', '/slow']
      const spaceOf = async (): Promise<Space> => ({ totalBytes: MIB, usableBytes: MIB / 2 })
      const store = await openStore({
        ...{ files, clock: new ManualClock(TIME_MS), config: SMALL },
        store: { dirs, tiers, spaceOf },
      })
      const log = createLog(store, SMALL)
      await append(log, 9)
      await store.flush()
      await store.checkpoint()
      const [segment] = store.tiers.segments()
      const move = segment && store.tiers.move(segment, idOf(store, '/slow'))
      if (move === undefined) throw new Error('nothing may be moved')
      const slow = (): number[] => {
        const path = store.tiers.paths()[1]
        return [path?.usedBytes ?? -1, path?.copyingBytes ?? -1]
      }
      const memory = alignedMemory(MIB)
      const piece = memory.subarray(0, await move.read(memory, 0))
      const copy = await move.beginCopy()
      expect(slow()).toEqual([0, 0])
      const isFailing = end === 'fails'
      files.fault = (call) =>
        isFailing && call === 'write' ? diskError('EIO', 'it fails') : undefined
      const writing = copy.write(piece, 0)
      if (isFailing) await expect(writing).rejects.toThrow('it fails')
      else await writing
      files.fault = () => undefined
      expect(slow()).toEqual([move.sizeBytes, move.sizeBytes])
      await store.tiers.measure()
      expect(slow()).toEqual([move.sizeBytes, move.sizeBytes])
      expect(store.tiers.paths()[1]?.capacityBytes).toBe(MIB / 2 + move.sizeBytes)
      if (end === 'is committed') await copy.sync().then(() => copy.commit())
      else await copy.abandon()
      move.release()
      const leftBytes = end === 'is committed' ? move.sizeBytes : 0
      expect(slow()).toEqual([leftBytes, 0])
      await store.tiers.measure()
      expect(slow()).toEqual([leftBytes, 0])
      await store.close()
    },
  )
})

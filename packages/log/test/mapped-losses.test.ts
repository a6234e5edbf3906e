import { type LogFields, silentLogger } from '@pafka/base'
import { type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { beforeEach, describe, expect, test } from 'vitest'

import { createLog, openStore, overChannel, readAll } from './test-store.ts'
import { append, onlyLog, SMALL } from './tier-logs.ts'

let files: SimulatedDisk
let told: [string, LogFields | undefined][]

function open(): Promise<LogStore> {
  // those that were killed have errors, too
  const mine: typeof told = []
  told = mine
  const error = (event: string, fields?: LogFields): void => void mine.push([event, fields])
  return openStore({ files, config: SMALL, logger: { ...silentLogger, error } })
}

/** Cuts the log's newest file with records, as somebody else does while it is mapped. */
function cutFile(log: PartitionLog, bytes: number): void {
  const segment = log.parts.segments.all().findLast(({ sizeBytes }) => sizeBytes > 0)
  const file = files.open(segment?.path ?? '', 'update')
  file.truncate(bytes)
  file.close()
}

beforeEach(() => {
  files = SimulatedDisk.create()
})

overChannel('pmem', () => {
  describe('a file that somebody else cut, and a kill', () => {
    test.each([0, 100, 40])(
      'to %i bytes: what the last checkpoint knew is missed',
      async (bytes) => {
        const store = await open()
        const log = createLog(store, SMALL)
        await append(log, 11)
        await store.checkpoint()
        const { baseOffset = 0 } = log.parts.segments.active ?? {}
        expect(baseOffset).toBeGreaterThan(0)
        const all = await readAll(log, 0, 100)
        files = files.kill()
        cutFile(log, bytes)
        const again = await open()
        const found = onlyLog(again)
        expect(told).toMatchObject([['segment-lost-bytes', { durableBefore: 11 }]])
        await append(found, 1)
        expect(found.logEndOffset).toBe(12)
        const upTo = { minOneBatch: true, upTo: baseOffset }
        const kept = await found.read(0, 100, upTo)
        expect(all.indexOf(kept.records)).toBe(0)
        kept.release()
        await again.close()
        const third = await open()
        expect([onlyLog(third).logEndOffset, told]).toEqual([12, []])
        await third.close()
      },
    )

    test('what came after the last checkpoint nobody misses', async () => {
      const store = await open()
      const log = createLog(store, SMALL)
      await append(log, 11)
      files = files.kill()
      cutFile(log, 0)
      const again = await open()
      expect(told).toEqual([])
      expect(onlyLog(again).logEndOffset).toBeLessThan(11)
      await again.close()
    })
  })

  test('a log whose topic was made anew is not missed for what the old one had', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await append(log, 7)
    await store.checkpoint()
    await store.delete([log])
    await append(createLog(store, SMALL), 1)
    files = files.kill()
    const again = await open()
    expect([onlyLog(again).logEndOffset, told]).toEqual([1, []])
    await again.close()
  })
})

import { seededRandom } from '@pafka/base'
import type { EpochEnd, LogConfig, LogStore, PartitionLog } from '@pafka/log'
import { describe, expect, test } from 'vitest'

import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { committed, createLog, openStore, overEachChannel } from './test-store.ts'

/** The epoch of each batch of two records. */
const EPOCHS = [2, 2, 5, 7, 7]
const ASKED = [1, 2, 3, 5, 6, 7, 8]
const END = 2 * EPOCHS.length
const ENDINGS = ['nothing', 'a stop', 'a kill', 'a power cut'] as const

let disk: SimulatedDisk
let store: LogStore
let log: PartitionLog

/** What Kafka's cache tells of a log that starts there: epochs with nothing left are gone. */
function endsFrom(startOffset: number): EpochEnd[] {
  const starts = new Map([...EPOCHS.entries()].toReversed().map(([at, epoch]) => [epoch, 2 * at]))
  const all = [...starts].toSorted(([one], [other]) => one - other)
  const first = all.findLastIndex(([, from]) => from <= startOffset)
  const left = all
    .slice(first)
    .map(([epoch, from]) => [epoch, Math.max(from, startOffset)] as const)
  return ASKED.map((asked) => {
    if (asked === 7) return { leaderEpoch: 7, endOffset: END }
    const higher = left.find(([epoch]) => epoch > asked)
    const floor = left.findLast(([epoch]) => epoch <= asked)
    if (higher === undefined) return { leaderEpoch: -1, endOffset: -1 }
    return { leaderEpoch: floor?.[0] ?? asked, endOffset: higher[1] }
  })
}

async function begin(config: Partial<LogConfig>): Promise<void> {
  disk = SimulatedDisk.create()
  store = await openStore({ files: disk, config })
  log = createLog(store, config)
  for (const leaderEpoch of EPOCHS) {
    log.appendAsLeader(batchOf(numbered(2)), { origin: 'client', leaderEpoch })
    await committed(log)
  }
}

async function end(ending: (typeof ENDINGS)[number], config: Partial<LogConfig>): Promise<void> {
  if (ending === 'nothing') return
  if (ending === 'a stop') await store.close()
  disk = ending === 'a power cut' ? disk.cutPower(seededRandom(1)) : disk.kill()
  store = await openStore({ files: disk, config })
  log = store.get('topic', 0) as PartitionLog
}

overEachChannel(() => {
  describe.each(ENDINGS)('after %s', (ending) => {
    test.each([1, 3, 4, 5, 7, 8, 9])(
      'no epoch ends before the log starts at %i',
      async (offset) => {
        // one segment, or many of which the first go
        for (const config of [{ flushMessages: 1 }, { flushMessages: 1, segmentBytes: 100 }]) {
          for (const isFlushed of [false, true]) {
            await begin(config)
            if (isFlushed) await store.flush()
            await log.deleteRecordsBefore(offset)
            if (config.segmentBytes !== undefined) await store.enforceRetention(TIME_MS)
            await end(ending, config)
            expect(log.logStartOffset).toBe(offset)
            expect(ASKED.map((epoch) => log.endOffsetForEpoch(epoch))).toEqual(endsFrom(offset))
          }
        }
      },
    )
  })
})

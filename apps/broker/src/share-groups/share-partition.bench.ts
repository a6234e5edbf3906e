import { assert } from '@pafka/base'
import type { Bench } from '@pafka/testing'

import { SharePartition } from './share-partition.ts'

const BATCH = 100
const LOCKS = 2000
const NOTHING_DONE = { startOffset: 0, batches: [], completeCount: 0 }
const AT_ONCE = { maxRecords: LOCKS, batchSize: LOCKS, isStrict: false, maxLocks: LOCKS }
const RULES = { maxDeliveries: 5, dueMs: 1 }

const ACCEPTED = [1]
/** No two records that are next to each other become the same. */
const IN_TURNS = Array.from({ length: LOCKS }, (_, at) => 1 + (at % 2))

export const benches: readonly Bench[] = [
  {
    name: `give out ${BATCH} records, and have them accepted`,
    run(times) {
      const partition = new SharePartition(NOTHING_DONE)
      for (let left = times; left > 0; left -= 1) giveOut(partition, BATCH, ACCEPTED)
      assert(partition.startOffset === times * BATCH, 'all of it was accepted')
    },
  },
  {
    name: `give out ${LOCKS} records, and be told something else of each`,
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        giveOut(new SharePartition(NOTHING_DONE), LOCKS, IN_TURNS)
      }
    },
  },
]

function giveOut(
  partition: SharePartition,
  count: number,
  acknowledgeTypes: readonly number[],
): void {
  const fromOffset = partition.nextOffset(LOCKS) ?? 0
  const lastOffset = fromOffset + count - 1
  const batches = [{ baseOffset: fromOffset, lastOffset, isEmpty: false }]
  partition.acquire({ memberId: 'm', fromOffset, batches, ...AT_ONCE, ...RULES })
  const said = [{ firstOffset: fromOffset, lastOffset, acknowledgeTypes }]
  partition.acknowledge('m', said, RULES)
  partition.takeChange()
  partition.stored(true)
}

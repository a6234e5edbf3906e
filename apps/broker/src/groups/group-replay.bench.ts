import { readBatches, readRecords, RecordBatchBuilder } from '@pafka/protocol'
import type { Bench } from '@pafka/testing'

import { GroupReplay, type LoadTarget } from './group-replay.ts'
import { OffsetStore } from './offset-store.ts'
import { OffsetsRecordEncoder } from './offsets-record.ts'

const PARTITIONS = 1000

const batch = batchOfCommits()

/** What a group has committed for many partitions, as a start finds it. */
function batchOfCommits(): Uint8Array {
  const encoder = new OffsetsRecordEncoder(PARTITIONS)
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    encoder.offset(
      'payments-service',
      { topic: 'orders-of-all-countries', partition },
      {
        offset: 1_000_000 + partition,
        leaderEpoch: -1,
        metadata: '',
        commitTimestampMs: 1_700_000_000_000 + partition,
        expireTimestampMs: -1,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      },
    )
  }
  const builder = new RecordBatchBuilder()
  for (const { key, value } of encoder.finish()) builder.append({ timestamp: 0, key, value })
  return builder.build()
}

function targetOf(store: OffsetStore): LoadTarget {
  const none = (): void => undefined
  return {
    offset: (groupId, place, committed) => {
      if (committed === null) store.remove(groupId, place)
      else store.set(groupId, place, committed)
    },
    transactionalOffset: none,
    ended: none,
    group: none,
    consumerGroup: none,
    shareGroup: none,
    streamsGroup: none,
    offsetsRead: none,
  }
}

export const benches: readonly Bench[] = [
  {
    name: `read back ${PARTITIONS} committed offsets`,
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        const replay = new GroupReplay(targetOf(new OffsetStore()))
        for (const one of readBatches(batch)) {
          for (const { key, value } of readRecords(one)) {
            if (key !== null) replay.record({ key, value }, -1)
          }
        }
        replay.finish()
        if (replay.corrupt > 0 || replay.records !== PARTITIONS) throw new Error('not read')
      }
    },
  },
]

import type { Bench } from '@pafka/testing'

import { commitOf, CoordinatorStage, offsetOf } from '../../test/coordinator-stage.ts'
import { OffsetsRecordEncoder } from './offsets-record.ts'

const PARTITIONS = 100

const stage = new CoordinatorStage()
const member = stage.consumer('g', ['flights'])
const offsets = Array.from({ length: PARTITIONS }, (_, partition) =>
  offsetOf('flights', 1_000_000, { partition }),
)

export const benches: readonly Bench[] = [
  {
    name: 'a heartbeat',
    async run(times) {
      const claim = await member
      for (let left = times; left > 0; left -= 1) {
        const answered = stage.coordinator.heartbeat('g', claim)
        if (answered !== 0) throw new Error('the member is out')
      }
    },
  },
  {
    name: `a commit of ${PARTITIONS} offsets, into memory`,
    async run(times) {
      const commit = commitOf(await member, ...offsets)
      for (let left = times; left > 0; left -= 1) await stage.coordinator.commitOffsets('g', commit)
      for (const partition of stage.memory.partitionsToLoad()) {
        stage.memory.records(partition).length = 0
      }
    },
  },
  {
    name: `encode ${PARTITIONS} offsets`,
    run(times) {
      const committed = {
        offset: 1_000_000,
        leaderEpoch: 1,
        metadata: '',
        commitTimestampMs: 1_700_000_000_000,
        expireTimestampMs: -1,
        topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      }
      for (let left = times; left > 0; left -= 1) {
        const encoder = new OffsetsRecordEncoder(PARTITIONS)
        for (const place of offsets) encoder.offset('g', place, committed)
        encoder.finish()
      }
    },
  },
]

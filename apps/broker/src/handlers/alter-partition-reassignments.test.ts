import { AlterPartitionReassignments, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const cases: [string, number, number[] | null, number][] = [
  ['where it is', 0, [1], ErrorCode.NONE],
  ['another broker', 0, [2], ErrorCode.INVALID_REPLICA_ASSIGNMENT],
  ['one broker more', 0, [1, 2], ErrorCode.INVALID_REPLICA_ASSIGNMENT],
  ['nowhere', 0, [], ErrorCode.INVALID_REPLICA_ASSIGNMENT],
  ['to cancel', 0, null, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS],
  ['an unknown partition', 9, [1], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
]

test.each(cases)('%s', async (_what, partitionIndex, replicas, errorCode) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  for (const version of [0, 1]) {
    const response = await rig.ask(AlterPartitionReassignments, version, {
      timeoutMs: 1000,
      allowReplicationFactorChange: true,
      topics: [{ name: 'a', partitions: [{ partitionIndex, replicas }] }],
    })
    expect(response).toMatchObject({
      errorCode: ErrorCode.NONE,
      responses: [{ name: 'a', partitions: [{ partitionIndex, errorCode }] }],
    })
  }
})

import { DescribeProducers, encodeRecordBatch, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

test('the idempotent producers of a partition', async () => {
  await using rig = await HandlerRig.start()
  const { topic } = await rig.createTopic('a', { partitions: 2 })
  const timestamp = rig.clock.nowMs()
  const record = { timestamp, key: null, value: Buffer.from('v') }
  const producer = { producerId: 5, producerEpoch: 2, baseSequence: 0 }
  const batch = encodeRecordBatch({ records: [record, record], ...producer })
  topic?.partitions[0]?.log?.appendAsLeader(batch, { origin: 'client', leaderEpoch: 0 })
  const topics = [{ name: 'a', partitionIndexes: [0, 1, 2] }]
  const response = await rig.ask(DescribeProducers, 0, { topics })
  const [first, second, third] = response.topics[0]?.partitions ?? []
  expect(first).toMatchObject({
    errorCode: ErrorCode.NONE,
    activeProducers: [
      {
        producerId: 5,
        producerEpoch: 2,
        lastSequence: 1,
        lastTimestamp: timestamp,
        currentTxnStartOffset: -1,
      },
    ],
  })
  expect(second).toMatchObject({ errorCode: ErrorCode.NONE, activeProducers: [] })
  expect(third).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
})

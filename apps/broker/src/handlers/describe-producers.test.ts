import {
  DescribeProducers,
  encodeEndTransactionMarker,
  encodeRecordBatch,
  ErrorCode,
} from '@pafka/protocol'
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

test('the first offset of the transaction that is open, and none once it has ended', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  await rig.append('a', [{ value: Buffer.from('before') }])
  const log = rig.broker.topics.byName('a')?.partitions[0]?.log
  const producer = { producerId: 5, producerEpoch: 0 }
  const send = (baseSequence: number): void => {
    const records = [{ timestamp: 1, key: null, value: Buffer.from('v') }]
    const batch = encodeRecordBatch({ records, ...producer, baseSequence, transactional: true })
    const options = { origin: 'client', leaderEpoch: 0, transactionVerified: true } as const
    expect(log?.appendAsLeader(batch, options).errorCode).toBe(ErrorCode.NONE)
  }
  const described = async (): Promise<object | undefined> => {
    const topics = [{ name: 'a', partitionIndexes: [0] }]
    const response = await rig.ask(DescribeProducers, 0, { topics })
    return response.topics[0]?.partitions[0]?.activeProducers[0]
  }
  send(0)
  send(1)
  expect(await described()).toMatchObject({ coordinatorEpoch: -1, currentTxnStartOffset: 1 })
  const marker = { ...producer, coordinatorEpoch: 4, commit: false, timestamp: 1 }
  const bytes = encodeEndTransactionMarker(marker)
  log?.appendAsLeader(bytes, { origin: 'coordinator', leaderEpoch: 0 })
  expect(await described()).toMatchObject({ coordinatorEpoch: 4, currentTxnStartOffset: -1 })
  send(2)
  expect(await described()).toMatchObject({ coordinatorEpoch: 4, currentTxnStartOffset: 4 })
})

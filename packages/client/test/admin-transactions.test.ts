import { AddPartitionsToTxn, encodeRecordBatch, InitProducerId, Produce } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { CoordinatorType } from '../src/cluster/cluster.ts'
import { type AdminStage, startAdmin } from './admin-stage.ts'

/** Leaves a transaction open, with one record. */
async function open({ cluster, admin }: AdminStage, transactionalId: string, topic: string) {
  // with that its coordinator is there
  await admin.transactions.fence(transactionalId)
  const nodeId = await cluster.coordinator(CoordinatorType.TRANSACTION, transactionalId)
  const init = {
    ...{ transactionalId, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 },
    ...{ enable2Pc: false, keepPreparedTxn: false },
  }
  const { producerId, producerEpoch } = await cluster.ask(nodeId, {
    ...{ api: InitProducerId, request: init },
  })
  const [place] = await admin.topics.partitions(topic)
  await expect
    .poll(async () => {
      const { resultsByTopicV3AndBelow: results } = await cluster.ask(nodeId, {
        api: AddPartitionsToTxn,
        versions: { max: 3 },
        request: {
          ...{ transactions: [], v3AndBelowTransactionalId: transactionalId },
          ...{ v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch },
          v3AndBelowTopics: [{ name: topic, partitions: [place?.partition ?? 0] }],
        },
      })
      return results[0]?.resultsByPartition[0]?.partitionErrorCode
    })
    .toBe(0)
  const record = { timestamp: 1000, key: null, value: Buffer.from('x') }
  const batch = { producerId, producerEpoch, baseSequence: 0, transactional: true }
  const records = encodeRecordBatch({ ...batch, records: [record] })
  const found = await admin.topics.find(topic)
  const answer = await cluster.ask(found?.partitions[0]?.leaderId ?? -1, {
    api: Produce,
    versions: { max: 11 },
    request: {
      ...{ transactionalId, acks: -1, timeoutMs: 10_000 },
      topicData: [{ name: topic, topicId: '', partitionData: [{ index: 0, records }] }],
    },
  })
  expect(answer.responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  return { producerId, producerEpoch }
}

test('an open transaction is told of, and ends when its producer is fenced', async () => {
  await using stage = await startAdmin()
  const { transactions } = stage.admin
  const topic = await stage.newTopic('t')
  const transactionalId = stage.name('x')
  const { producerId, producerEpoch } = await open(stage, transactionalId, topic)
  const listing = { transactionalId, producerId, state: 'Ongoing' }
  expect(await transactions.list()).toContainEqual(listing)
  const filters = { states: ['Ongoing'], producerIds: [producerId], longerThanMs: 0 } as const
  expect(await transactions.list({ ...filters, idPattern: 'x-.*' })).toEqual([listing])
  expect(await transactions.list({ producerIds: [producerId], states: ['Dead'] })).toEqual([])
  const described = await transactions.describe(transactionalId)
  expect(described).toMatchObject({
    ...{ ...listing, producerEpoch, timeoutMs: 60_000, partitions: [{ topic, partition: 0 }] },
  })
  expect(described.startTimestamp).toBeGreaterThan(1_000_000)
  const found = await transactions.producers([{ topic, partition: 0 }])
  expect(found.failed).toEqual([])
  expect(found.done[0]?.producers).toMatchObject([
    { producerId, producerEpoch, lastSequence: 0, transactionStartOffset: 0 },
  ])
  const fenced = await transactions.fence(transactionalId)
  expect([fenced.producerId, fenced.producerEpoch > producerEpoch]).toEqual([producerId, true])
  await expect
    .poll(async () => (await transactions.producers([{ topic, partition: 0 }])).done[0]?.producers)
    .toMatchObject([{ transactionStartOffset: undefined }])
  expect((await transactions.describe(transactionalId)).startTimestamp).toBeUndefined()
})

test('a transaction is aborted in a partition, by where it begins or whose it is', async () => {
  await using stage = await startAdmin()
  const { transactions, partitions } = stage.admin
  const topic = await stage.newTopic('t')
  const place = { topic, partition: 0 }
  await stage.send(topic, ['before'])
  const end = async () => {
    const { done } = await partitions.offsets(topic, 'latest', { readCommitted: true })
    return done[0]?.offset
  }
  await open(stage, stage.name('x'), topic)
  expect(await end()).toBe(1)
  await expect(transactions.abort({ ...place, startOffset: 0 })).rejects.toMatchObject({
    ...{ code: 'TRANSACTION_NOT_FOUND', context: place },
  })
  await transactions.abort({ ...place, startOffset: 1 })
  await expect.poll(end).toBe(3)
  const producer = await open(stage, stage.name('y'), topic)
  expect(await end()).toBe(3)
  const { producerId, producerEpoch } = producer
  for (const other of [
    { producerId: producerId + 1000, producerEpoch },
    { producerId, producerEpoch: producerEpoch + 1 },
  ]) {
    await expect(transactions.abort({ ...place, ...other })).rejects.toMatchObject({
      ...{ code: 'TRANSACTION_NOT_FOUND', context: place },
    })
  }
  await transactions.abort({ ...place, ...producer })
  await expect.poll(end).toBe(5)
  // none is open any more: nothing more is written
  const [left] = (await transactions.producers([place])).done
  for (const closed of left?.producers ?? []) {
    await expect(transactions.abort({ ...place, ...closed })).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
    })
  }
  expect(left?.producers).not.toEqual([])
  expect(await end()).toBe(5)
})

test('of many ids each is told of', async () => {
  await using stage = await startAdmin()
  const { transactions } = stage.admin
  const [here, nowhere] = [stage.name('x'), stage.name('n')]
  const { done: fenced, failed: none } = await transactions.fence([here])
  expect([fenced.length, none]).toEqual([1, []])
  const { done, failed } = await transactions.describe([nowhere, here])
  expect(done).toMatchObject([{ transactionalId: here, state: 'Empty', partitions: [] }])
  expect(failed).toMatchObject([
    { code: 'TRANSACTIONAL_ID_NOT_FOUND', context: { transactionalId: nowhere } },
  ])
  expect(await transactions.producers([{ topic: nowhere, partition: 0 }])).toMatchObject({
    ...{ done: [], failed: [{ code: 'UNKNOWN_TOPIC_OR_PARTITION', context: { topic: nowhere } }] },
  })
})

test('what cannot be meant is told at once', async () => {
  await using stage = await startAdmin()
  const { transactions } = stage.admin
  await expect(transactions.list({ states: ['Open' as 'Ongoing'] })).rejects.toThrow('state: Open')
  await expect(transactions.describe(['', 'a'])).rejects.toThrow('transactionalId')
  await expect(
    transactions.abort({ topic: '', partition: 0, startOffset: -1 }),
  ).rejects.toMatchObject({
    problems: ['topic:  is no name', 'startOffset: -1 is no whole number from 0 on'],
  })
})

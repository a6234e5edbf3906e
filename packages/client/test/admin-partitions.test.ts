import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka } from '../src/index.ts'
import { startAdmin } from './admin-stage.ts'
import { OTHER_KAFKA } from './stage-broker.ts'

test('offsets are told of the first record, the end, a time and the newest', async () => {
  await using stage = await startAdmin()
  const { partitions } = stage.admin
  const topic = await stage.newTopic('t', 2)
  {
    await using producer = stage.kafka.producer()
    for (const timestamp of [1000, 3000, 2000]) {
      await producer.send(topic, { partition: 1, value: 'x', timestamp })
    }
  }
  const found = async (mark: Parameters<typeof partitions.offsets>[1]) => {
    const { done, failed } = await partitions.offsets(topic, mark)
    expect(failed).toEqual([])
    return done.map(({ offset, timestamp }) => [offset, timestamp])
  }
  expect(await found('earliest')).toEqual([
    [0, undefined],
    [0, undefined],
  ])
  expect((await found('latest')).map(([offset]) => offset)).toEqual([0, 3])
  expect(await found({ timestamp: 1500 })).toEqual([
    [undefined, undefined],
    [1, 3000],
  ])
  expect((await found({ timestamp: 4000 }))[1]).toEqual([undefined, undefined])
  expect((await found('max-timestamp'))[1]).toEqual([1, 3000])
  expect((await found('earliest-local')).map(([offset]) => offset)).toEqual([0, 0])
})

test('of many partitions each is told of: those that are not there at once', async () => {
  await using stage = await startAdmin()
  const topic = await stage.newTopic('t')
  const nowhere = stage.name('nowhere')
  const { done, failed } = await stage.admin.partitions.offsets(
    [
      { topic: nowhere, partition: 0 },
      { topic, partition: 0 },
      { topic, partition: 7 },
    ],
    'latest',
  )
  expect(done).toMatchObject([{ topic, partition: 0, offset: 0 }])
  const code = 'UNKNOWN_TOPIC_OR_PARTITION'
  expect(failed).toMatchObject([
    { code, kind: 'usage', context: { topic: nowhere, partition: 0 } },
    { code, kind: 'usage', context: { topic, partition: 7 } },
  ])
  await expect(stage.admin.partitions.offsets(nowhere, 'latest')).rejects.toMatchObject({ code })
})

test('records are deleted up to an offset, and all', async () => {
  await using stage = await startAdmin()
  const { partitions } = stage.admin
  const topic = await stage.newTopic('t', 2)
  await stage.send(topic, ['a', 'b', 'c'])
  await stage.send(topic, ['d', 'e'], 1)
  const deleted = await partitions.deleteRecords([
    { topic, partition: 0, before: 2 },
    { topic, partition: 1, before: 'all' },
  ])
  expect(deleted.done).toEqual([
    { topic, partition: 0, logStartOffset: 2 },
    { topic, partition: 1, logStartOffset: 2 },
  ])
  const { done } = await partitions.offsets(topic, 'earliest')
  expect(done.map(({ offset }) => offset)).toEqual([2, 2])
  const { failed } = await partitions.deleteRecords([{ topic, partition: 0, before: 9 }])
  expect(failed).toMatchObject([{ code: 'OFFSET_OUT_OF_RANGE', context: { topic, partition: 0 } }])
})

test('leaders are elected where that is needed', async () => {
  await using stage = await startAdmin()
  const { partitions } = stage.admin
  const topic = await stage.newTopic('t', 2)
  const nowhere = stage.name('nowhere')
  const { done, failed } = await partitions.electLeaders([
    { topic, partition: 0 },
    { topic: nowhere, partition: 0 },
  ])
  expect(done).toEqual([{ topic, partition: 0, isNew: false }])
  expect(failed).toMatchObject([
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', context: { topic: nowhere } },
  ])
  expect(await partitions.electLeaders('all')).toMatchObject({ failed: [] })
})

test('replicas are moved to where they are, and not to where there is no broker', async () => {
  await using stage = await startAdmin()
  const { partitions } = stage.admin
  const { brokers } = await stage.admin.cluster()
  const topic = await stage.newTopic('t', 2)
  const moved = await partitions.reassign([
    { topic, partition: 0, replicas: brokers.map(({ id }) => id).slice(0, 1) },
    { topic, partition: 1, replicas: [999] },
  ])
  expect(moved.done).toEqual([{ topic, partition: 0 }])
  expect(moved.failed).toMatchObject([{ code: 'INVALID_REPLICA_ASSIGNMENT' }])
  const stopped = await partitions.reassign([{ topic, partition: 1, replicas: null }])
  expect(stopped.failed).toMatchObject([{ code: 'NO_REASSIGNMENT_IN_PROGRESS' }])
  expect(await partitions.reassignments()).toEqual([])
  expect(await partitions.reassignments([{ topic, partition: 0 }])).toEqual([])
})

test('what cannot be meant is told at once, all of it', async () => {
  await using stage = await startAdmin()
  const { partitions } = stage.admin
  const topic = 't'
  const twice = [
    { topic, partition: 0 },
    { topic, partition: 0 },
  ]
  await expect(partitions.offsets(twice, { timestamp: 0.5 })).rejects.toMatchObject({
    problems: ['t/0: it is there twice', 'timestamp: 0.5 is no whole number from 0 on'],
  })
  await expect(partitions.offsets([], 'last' as 'latest')).rejects.toThrow('last')
  await expect(
    partitions.deleteRecords([{ topic, partition: -1, before: -1 }]),
  ).rejects.toMatchObject({
    problems: [
      'partition of t: -1 is no whole number from 0 on',
      'before: -1 is no whole number from 0 on',
    ],
  })
  await expect(partitions.reassign([{ topic, partition: 0, replicas: [] }])).rejects.toThrow(
    'replicas of t: there are none',
  )
})

const start = async () => Broker.start({ topics: [{ name: 't', partitions: 1 }] })
const place = { topic: 't', partition: 0 }

test.skipIf(OTHER_KAFKA !== undefined)('what may pass is asked again', async () => {
  await using broker = await start()
  await using kafka = new Kafka(broker.bootstrap)
  const { partitions } = kafka.admin()
  broker.faults.answer('ListOffsets', 'NOT_LEADER_OR_FOLLOWER')
  broker.faults.answer('ListOffsets', 'UNKNOWN_TOPIC_OR_PARTITION')
  broker.faults.cut('ListOffsets')
  expect(await partitions.offsets([place], 'latest')).toMatchObject({ failed: [] })
  broker.faults.answer('DeleteRecords', 'NOT_LEADER_OR_FOLLOWER')
  const deleted = await partitions.deleteRecords([{ ...place, before: 'all' }])
  expect(deleted).toMatchObject({ failed: [] })
})

test.skipIf(OTHER_KAFKA !== undefined)('at the deadline the last answer stands', async () => {
  await using broker = await start()
  await using kafka = new Kafka({ brokers: broker.bootstrap, timeoutMs: 50 })
  broker.faults.answer('ListOffsets', 'NOT_LEADER_OR_FOLLOWER', { times: 1000 })
  expect(await kafka.admin().partitions.offsets([place], 'latest')).toMatchObject({
    ...{ done: [], failed: [{ code: 'NOT_LEADER_OR_FOLLOWER', kind: 'retriable' }] },
  })
})

test.skipIf(OTHER_KAFKA !== undefined)('a signal ends a call whose answer is late', async () => {
  await using broker = await start()
  await using kafka = new Kafka(broker.bootstrap)
  const fault = broker.faults.delay('ListOffsets', 600_000)
  const controller = new AbortController()
  const { signal } = controller
  const asked = kafka.admin().partitions.offsets([place], 'latest', { signal })
  await expect.poll(() => fault.remaining).toBe(0)
  controller.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
  broker.faults.clear()
})

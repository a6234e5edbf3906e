import { DeleteTopics, ErrorCode, ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

type Target = { name?: string | null; topicId?: string }

async function remove(rig: HandlerRig, targets: readonly Target[], version = 6) {
  const topics = targets.map(({ name = null, topicId = ZERO_UUID }) => ({ name, topicId }))
  const topicNames = targets.map(({ name }) => name ?? '')
  const request = { topics, topicNames, timeoutMs: 1000 }
  return (await rig.ask(DeleteTopics, version, request)).responses
}

test.each([1, 2, 3, 4, 5])('by name, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { partitions: 2 })
  const responses = await remove(rig, [{ name: 'a' }, { name: 'b' }], version)
  expect(responses).toMatchObject([
    { name: 'a', errorCode: ErrorCode.NONE },
    { name: 'b', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
  ])
  expect(rig.broker.topics.byName('a')).toBeUndefined()
  expect(rig.broker.topics.totalPartitions).toBe(0)
  expect([...rig.broker.logs.logs()]).toEqual([])
})

test('by id, and both in the answer', async () => {
  await using rig = await HandlerRig.start()
  const { topic: a } = await rig.createTopic('a')
  const { topic: b } = await rig.createTopic('b')
  const unknown = 'AAAAAAAAAAAAAAAAAAAACg'
  const targets = [{ topicId: a?.id ?? '' }, { name: 'b' }, { topicId: unknown }]
  expect(await remove(rig, targets)).toMatchObject([
    { name: 'a', topicId: a?.id, errorCode: ErrorCode.NONE },
    { name: 'b', topicId: b?.id, errorCode: ErrorCode.NONE },
    { name: null, topicId: unknown, errorCode: ErrorCode.UNKNOWN_TOPIC_ID },
  ])
  expect(rig.broker.topics.all()).toEqual([])
})

test('what contradicts itself deletes nothing', async () => {
  await using rig = await HandlerRig.start()
  const { topic } = await rig.createTopic('a')
  const id = topic?.id ?? ''
  const { INVALID_REQUEST } = ErrorCode
  const twice = await remove(rig, [{ name: 'a' }, { topicId: id }])
  expect(twice).toMatchObject([{ errorCode: INVALID_REQUEST }])
  const both = await remove(rig, [{ name: 'a', topicId: id }, {}])
  expect(both).toMatchObject([{ errorCode: INVALID_REQUEST }, { errorCode: INVALID_REQUEST }])
  expect(rig.broker.topics.byName('a')).toBe(topic)
})

test('the topics of the broker itself stay', async () => {
  await using rig = await HandlerRig.start()
  await rig.broker.topics.createInternal('__consumer_offsets', 2, new Map())
  const [response] = await remove(rig, [{ name: '__consumer_offsets' }])
  expect(response?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
  expect(rig.broker.topics.byName('__consumer_offsets')?.internal).toBe(true)
})

test('delete.topic.enable=false', async () => {
  await using rig = await HandlerRig.start({ settings: { 'delete.topic.enable': false } })
  await rig.createTopic('a')
  const old = await remove(rig, [{ name: 'a' }], 2)
  expect(old).toMatchObject([{ errorCode: ErrorCode.INVALID_REQUEST }])
  const now = await remove(rig, [{ name: 'a' }])
  expect(now).toMatchObject([{ errorCode: ErrorCode.TOPIC_DELETION_DISABLED }])
  expect(rig.broker.topics.byName('a')).toBeDefined()
})

test('a name can be taken again at once: another topic, empty', async () => {
  await using rig = await HandlerRig.start()
  const { topic: before } = await rig.createTopic('a')
  await rig.append('a', [{ value: Buffer.from('old') }])
  await remove(rig, [{ name: 'a' }])
  const { topic: after } = await rig.createTopic('a')
  expect(after?.id).not.toBe(before?.id)
  expect(after?.partitions[0]?.log?.logEndOffset).toBe(0)
  await using restarted = await rig.restart()
  expect(restarted.broker.topics.byName('a')?.id).toBe(after?.id)
  expect(restarted.broker.topics.byName('a')?.partitions[0]?.log?.logEndOffset).toBe(0)
})

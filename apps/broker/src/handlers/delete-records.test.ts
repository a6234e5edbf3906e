import { DeleteRecords, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

async function remove(
  rig: HandlerRig,
  offset: number,
  { version = 2, name = 'a', partitionIndex = 0 } = {},
) {
  const topics = [{ name, partitions: [{ partitionIndex, offset }] }]
  const response = await rig.ask(DeleteRecords, version, { topics, timeoutMs: 1000 })
  return response.topics[0]?.partitions[0]
}

async function rigWithRecords(configs: object = {}): Promise<HandlerRig> {
  const rig = await HandlerRig.start()
  await rig.createTopic('a', { configs })
  const record = { key: Buffer.from('key'), timestamp: rig.clock.nowMs() }
  for (let count = 0; count < 3; count += 1) await rig.append('a', [record, record])
  return rig
}

test.each([0, 1, 2])('up to an offset, version %i', async (version) => {
  await using rig = await rigWithRecords()
  const expected = { partitionIndex: 0, errorCode: ErrorCode.NONE, lowWatermark: 3 }
  expect(await remove(rig, 3, { version })).toEqual(expected)
  expect(await remove(rig, 1, { version })).toEqual(expected) // what is gone stays gone
  await using restarted = await rig.restart()
  expect(restarted.broker.topics.byName('a')?.partitions[0]?.log?.logStartOffset).toBe(3)
})

test('-1 is the high watermark', async () => {
  await using rig = await rigWithRecords()
  expect(await remove(rig, -1)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 6 })
})

test.each([7, -2, 2 ** 53])('offset %i is out of range', async (offset) => {
  await using rig = await rigWithRecords()
  const errorCode = ErrorCode.OFFSET_OUT_OF_RANGE
  expect(await remove(rig, offset)).toMatchObject({ errorCode, lowWatermark: -1 })
})

test('what keeps its records', async () => {
  await using rig = await rigWithRecords({ 'cleanup.policy': 'compact' })
  expect(await remove(rig, 1)).toMatchObject({ errorCode: ErrorCode.POLICY_VIOLATION })
  await rig.broker.topics.createInternal('__consumer_offsets', 1, new Map())
  const internal = await remove(rig, -1, { name: '__consumer_offsets' })
  expect(internal).toMatchObject({ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION })
})

test('what is not there', async () => {
  await using rig = await rigWithRecords()
  const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  expect(await remove(rig, 1, { name: 'b' })).toMatchObject({ errorCode })
  expect(await remove(rig, 1, { partitionIndex: 1 })).toMatchObject({ errorCode })
})

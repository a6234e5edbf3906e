import {
  ErrorCode,
  ListOffsets,
  type ListOffsetsRequestListOffsetsPartition,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

type Asked = Partial<ListOffsetsRequestListOffsetsPartition>

const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

async function list(rig: HandlerRig, asked: readonly Asked[], version = 11, name = 'a') {
  const partitions = asked.map((each) => ({
    partitionIndex: 0,
    currentLeaderEpoch: -1,
    timestamp: LATEST,
    ...each,
  }))
  const request = { replicaId: -1, isolationLevel: 0, timeoutMs: 0, topics: [{ name, partitions }] }
  return (await rig.ask(ListOffsets, version, request)).topics[0]?.partitions ?? []
}

async function offsetAt(rig: HandlerRig, timestamp: number, version = 11) {
  return (await list(rig, [{ timestamp }], version))[0]
}

/** Offsets 0 to 3, of which offset 1 is the latest in time. */
async function rigWithRecords(): Promise<HandlerRig> {
  const rig = await HandlerRig.start()
  await rig.createTopic('a', { partitions: 2 })
  const now = rig.clock.nowMs()
  await rig.append('a', [{ timestamp: now }, { timestamp: now + 300 }])
  await rig.append('a', [{ timestamp: now + 100 }, { timestamp: now + 200 }])
  return rig
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])('both ends in version %i', async (version) => {
  await using rig = await rigWithRecords()
  const none = { timestamp: -1, errorCode: ErrorCode.NONE, leaderEpoch: version >= 4 ? 0 : -1 }
  expect(await offsetAt(rig, LATEST, version)).toMatchObject({ ...none, offset: 4 })
  expect(await offsetAt(rig, EARLIEST, version)).toMatchObject({ ...none, offset: 0 })
})

test('the first record at or after a time', async () => {
  await using rig = await rigWithRecords()
  const now = rig.clock.nowMs()
  expect(await offsetAt(rig, 0)).toMatchObject({ offset: 0, timestamp: now, leaderEpoch: 0 })
  expect(await offsetAt(rig, now + 1)).toMatchObject({ offset: 1, timestamp: now + 300 })
  expect(await offsetAt(rig, now + 300)).toMatchObject({ offset: 1, timestamp: now + 300 })
  const after = await offsetAt(rig, now + 301)
  expect(after).toMatchObject({ errorCode: ErrorCode.NONE, offset: -1, timestamp: -1 })
})

test('the record with the largest timestamp (KIP-734)', async () => {
  await using rig = await rigWithRecords()
  const now = rig.clock.nowMs()
  expect(await offsetAt(rig, MAX_TIMESTAMP)).toMatchObject({ offset: 1, timestamp: now + 300 })
  const [empty] = await list(rig, [{ partitionIndex: 1, timestamp: MAX_TIMESTAMP }])
  expect(empty).toMatchObject({ errorCode: ErrorCode.NONE, offset: -1, timestamp: -1 })
})

test('the ends of remote storage, which there is none of', async () => {
  await using rig = await rigWithRecords()
  expect(await offsetAt(rig, EARLIEST_LOCAL)).toMatchObject({ errorCode: 0, offset: 0 })
  expect(await offsetAt(rig, LATEST_TIERED)).toMatchObject({ errorCode: 0, offset: -1 })
  expect(await offsetAt(rig, EARLIEST_PENDING_UPLOAD)).toMatchObject({ errorCode: 0, offset: -1 })
})

test('times that a version or nobody knows', async () => {
  await using rig = await rigWithRecords()
  const errorCode = ErrorCode.UNSUPPORTED_VERSION
  expect(await offsetAt(rig, MAX_TIMESTAMP, 6)).toMatchObject({ errorCode, offset: -1 })
  expect(await offsetAt(rig, EARLIEST_LOCAL, 7)).toMatchObject({ errorCode })
  expect(await offsetAt(rig, LATEST_TIERED, 8)).toMatchObject({ errorCode })
  expect(await offsetAt(rig, EARLIEST_PENDING_UPLOAD, 10)).toMatchObject({ errorCode })
  expect(await offsetAt(rig, -7)).toMatchObject({ errorCode })
})

test('what is not there, or named twice', async () => {
  await using rig = await rigWithRecords()
  const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  expect(await list(rig, [{ partitionIndex: 2 }, { partitionIndex: -1 }])).toMatchObject([
    { partitionIndex: 2, errorCode },
    { partitionIndex: -1, errorCode },
  ])
  expect(await list(rig, [{}], 11, 'b')).toMatchObject([{ errorCode, offset: -1 }])
  const twice = await list(rig, [{}, { timestamp: EARLIEST }])
  expect(twice.map((each) => each.errorCode)).toEqual([
    ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_REQUEST,
  ])
})

test('a client that knows another leader epoch looks again', async () => {
  await using rig = await rigWithRecords()
  expect(await list(rig, [{ currentLeaderEpoch: 0 }])).toMatchObject([{ errorCode: 0, offset: 4 }])
  expect(await list(rig, [{ currentLeaderEpoch: 1 }])).toMatchObject([
    { errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH, offset: -1 },
  ])
})

test('the start after records were deleted', async () => {
  await using rig = await rigWithRecords()
  await rig.broker.topics.byName('a')?.partitions[0]?.log?.deleteRecordsBefore(3)
  expect(await offsetAt(rig, EARLIEST)).toMatchObject({ offset: 3 })
  expect((await offsetAt(rig, 0))?.offset).toBeGreaterThanOrEqual(3)
})

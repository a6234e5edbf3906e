import { ErrorCode, OffsetFetch, type OffsetFetchResponse, ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { commit, startGroupRig } from '../../test/group-requests.ts'
import type { HandlerRig } from '../../test/handler-rig.ts'

interface Wish {
  readonly groupId?: string
  readonly name?: string
  readonly topicId?: string
  readonly partitionIndexes?: readonly number[]
}

/** Asks for some offsets, or for all. */
function fetchOffsets(
  rig: HandlerRig,
  version: number,
  wish: Wish | 'all',
): Promise<OffsetFetchResponse> {
  const id = rig.broker.topics.byName('flights')?.id ?? ZERO_UUID
  const {
    groupId = 'g',
    name = 'flights',
    topicId = id,
    partitionIndexes = [0, 1],
  } = wish === 'all' ? {} : wish
  const topics = wish === 'all' ? null : [{ name, topicId, partitionIndexes }]
  const group = { groupId, memberId: null, memberEpoch: -1, topics }
  return rig.ask(OffsetFetch, version, { groupId, topics, groups: [group], requireStable: true })
}

const NONE = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 }

test.each([1, 2, 3, 4, 5, 6, 7])('version %i fetches for one group', async (version) => {
  await using rig = await startGroupRig()
  await commit(rig, 9)
  const committed = {
    ...NONE,
    partitionIndex: 0,
    committedOffset: 42,
    committedLeaderEpoch: version >= 5 ? 3 : -1,
    metadata: 'note',
  }
  const { errorCode, topics } = await fetchOffsets(rig, version, {})
  expect(errorCode).toBe(ErrorCode.NONE)
  expect(topics).toEqual([
    { name: 'flights', partitions: [committed, { ...NONE, partitionIndex: 1 }] },
  ])
  if (version < 2) return
  const all = await fetchOffsets(rig, version, 'all')
  expect(all.topics).toEqual([{ name: 'flights', partitions: [committed] }])
})

test.each([8, 9, 10])('version %i fetches for any number of groups', async (version) => {
  await using rig = await startGroupRig()
  await commit(rig, 9)
  const named =
    version >= 10 ? { topicId: rig.broker.topics.byName('flights')?.id } : { name: 'flights' }
  const committed = {
    partitionIndex: 0,
    committedOffset: 42,
    committedLeaderEpoch: 3,
    metadata: 'note',
    errorCode: 0,
  }
  const { groups } = await fetchOffsets(rig, version, {})
  expect(groups).toMatchObject([
    {
      groupId: 'g',
      errorCode: ErrorCode.NONE,
      topics: [{ ...named, partitions: [committed, { ...NONE, partitionIndex: 1 }] }],
    },
  ])
  const all = await fetchOffsets(rig, version, 'all')
  expect(all.groups).toMatchObject([{ topics: [{ ...named, partitions: [committed] }] }])
  const unknown = await fetchOffsets(rig, version, { groupId: 'nobody', partitionIndexes: [0] })
  expect(unknown.groups).toMatchObject([
    { groupId: 'nobody', errorCode: 0, topics: [{ partitions: [NONE] }] },
  ])
})

test('an id that no topic has is an error of its partitions', async () => {
  await using rig = await startGroupRig()
  await commit(rig, 9)
  const topicId = 'AAAAAAAAAAAAAAAAAAAAEQ'
  const { groups } = await fetchOffsets(rig, 10, { topicId })
  expect(groups).toMatchObject([
    {
      errorCode: ErrorCode.NONE,
      topics: [
        { topicId, partitions: [0, 1].map(() => ({ errorCode: ErrorCode.UNKNOWN_TOPIC_ID })) },
      ],
    },
  ])
})

test('offsets of a topic that was deleted and made again are gone', async () => {
  await using rig = await startGroupRig()
  await commit(rig, 9)
  await rig.broker.topics.delete([{ name: 'flights', id: null }])
  await rig.createTopic('flights')
  const { groups } = await fetchOffsets(rig, 9, { partitionIndexes: [0] })
  expect(groups[0]?.topics[0]?.partitions).toMatchObject([NONE])
})

test('offsets outlive the broker', async () => {
  await using rig = await startGroupRig()
  await commit(rig, 9)
  await using next = await rig.restart()
  next.broker.groups.start()
  const { groups } = await fetchOffsets(next, 9, { partitionIndexes: [0] })
  expect(groups[0]?.topics[0]?.partitions).toMatchObject([
    { committedOffset: 42, metadata: 'note' },
  ])
})

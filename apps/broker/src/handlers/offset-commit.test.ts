import { ErrorCode, OffsetCommit } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { assign, commit, enter, startGroupRig } from '../../test/group-requests.ts'

test.each([2, 3, 4, 5, 6, 7, 8, 9, 10])('version %i commits', async (version) => {
  await using rig = await startGroupRig()
  const { topics } = await commit(rig, version)
  const id = rig.broker.topics.byName('flights')?.id
  expect(topics).toMatchObject([
    {
      ...(version >= 10 ? { topicId: id } : { name: 'flights' }),
      partitions: [{ partitionIndex: 0, errorCode: ErrorCode.NONE }],
    },
  ])
  const fetched = await rig.broker.groups.fetchOffsets('g', null)
  expect(fetched.topics).toMatchObject([
    {
      topic: 'flights',
      topicId: id,
      partitions: [
        { committedOffset: 42, committedLeaderEpoch: version >= 6 ? 3 : -1, metadata: 'note' },
      ],
    },
  ])
})

test('what there is not cannot be committed, what is beside it can', async () => {
  await using rig = await startGroupRig()
  const codeOf = async (version: number, wish: object): Promise<number | undefined> =>
    (await commit(rig, version, wish)).topics[0]?.partitions[0]?.errorCode
  expect(await codeOf(9, { topic: 'none' })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  expect(await codeOf(10, { topic: 'none' })).toBe(ErrorCode.UNKNOWN_TOPIC_ID)
  expect(await codeOf(10, { partition: 2 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  expect(await codeOf(9, { partition: -1 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const offset = { committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null }
  const partitions = [1, 7, 0].map((partitionIndex) => ({ partitionIndex, ...offset }))
  const topicId = 'AAAAAAAAAAAAAAAAAAAAEQ'
  const { topics } = await rig.ask(OffsetCommit, 9, {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [
      { name: 'none', topicId, partitions },
      { name: 'flights', topicId, partitions },
    ],
  })
  expect(topics.map(({ partitions: codes }) => codes.map((each) => each.errorCode))).toEqual([
    [3, 3, 3],
    [0, 3, 0],
  ])
})

test('a member commits with its generation, and is told when it is late', async () => {
  await using rig = await startGroupRig()
  const joined = await enter(rig, 9)
  await assign(rig, 5, joined)
  const { memberId, generationId } = joined
  const codeOf = async (more: object): Promise<number | undefined> =>
    (await commit(rig, 9, {}, more)).topics[0]?.partitions[0]?.errorCode
  expect(await codeOf({ memberId, generationIdOrMemberEpoch: generationId })).toBe(ErrorCode.NONE)
  expect(await codeOf({ memberId, generationIdOrMemberEpoch: generationId - 1 })).toBe(
    ErrorCode.ILLEGAL_GENERATION,
  )
  expect(await codeOf({})).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  const other = { groupId: 'new', memberId, generationIdOrMemberEpoch: 1 }
  expect(await codeOf(other)).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
})

import { ErrorCode, OffsetDelete } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { commit, startGroupRig } from '../../test/group-requests.ts'

test('deletes offsets of partitions that there are', async () => {
  await using rig = await startGroupRig()
  await commit(rig, 9, { partition: 0 })
  await commit(rig, 9, { partition: 1 })
  const partitions = [{ partitionIndex: 1 }, { partitionIndex: 2 }]
  const deleted = await rig.ask(OffsetDelete, 0, {
    groupId: 'g',
    topics: [
      { name: 'none', partitions },
      { name: 'flights', partitions },
    ],
  })
  const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  expect(deleted.errorCode).toBe(ErrorCode.NONE)
  expect(deleted.topics.map((each) => each.partitions.map(({ errorCode }) => errorCode))).toEqual([
    [unknown, unknown],
    [ErrorCode.NONE, unknown],
  ])
  const { topics } = await rig.broker.groups.fetchOffsets('g', null)
  expect(topics[0]?.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([0])
})

test('a group that there is not has nothing to delete', async () => {
  await using rig = await startGroupRig()
  const deleted = await rig.ask(OffsetDelete, 0, { groupId: 'nobody', topics: [] })
  expect(deleted).toMatchObject({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] })
})

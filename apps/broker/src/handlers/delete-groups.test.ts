import { DeleteGroups, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { commit, enter, startGroupRig } from '../../test/group-requests.ts'

test.each([0, 1, 2])('version %i deletes what nobody uses', async (version) => {
  await using rig = await startGroupRig()
  await enter(rig, 9)
  await commit(rig, 9, {}, { groupId: 'unused' })
  const groupsNames = ['unused', 'g', 'nobody', 'nobody']
  const { results } = await rig.ask(DeleteGroups, version, { groupsNames })
  expect(results).toEqual([
    { groupId: 'unused', errorCode: ErrorCode.NONE },
    { groupId: 'g', errorCode: ErrorCode.NON_EMPTY_GROUP },
    { groupId: 'nobody', errorCode: ErrorCode.GROUP_ID_NOT_FOUND },
  ])
  expect((await rig.broker.groups.fetchOffsets('unused', null)).topics).toEqual([])
})

import { ErrorCode, ListGroups } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { commit, enter, startGroupRig } from '../../test/group-requests.ts'

test.each([0, 1, 2, 3, 4, 5])('version %i lists', async (version) => {
  await using rig = await startGroupRig()
  await enter(rig, 9)
  await commit(rig, 9, {}, { groupId: 'simple' })
  const listed = await rig.ask(ListGroups, version, { statesFilter: [], typesFilter: [] })
  expect(listed.errorCode).toBe(ErrorCode.NONE)
  expect(listed.groups).toEqual([
    {
      groupId: 'g',
      protocolType: 'consumer',
      groupState: version >= 4 ? 'CompletingRebalance' : '',
      groupType: version >= 5 ? 'classic' : '',
    },
    {
      groupId: 'simple',
      protocolType: '',
      groupState: version >= 4 ? 'Empty' : '',
      groupType: version >= 5 ? 'classic' : '',
    },
  ])
  if (version < 4) return
  const empty = await rig.ask(ListGroups, version, { statesFilter: ['empty'], typesFilter: [] })
  expect(empty.groups.map(({ groupId }) => groupId)).toEqual(['simple'])
})

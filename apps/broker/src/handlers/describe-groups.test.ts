import { DescribeGroups, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { assign, enter, startGroupRig } from '../../test/group-requests.ts'

test.each([0, 1, 2, 3, 4, 5, 6])('version %i describes', async (version) => {
  await using rig = await startGroupRig()
  const joined = await enter(rig, 9)
  await assign(rig, 5, joined)
  const { groups } = await rig.ask(DescribeGroups, version, {
    groups: ['g', 'nobody'],
    includeAuthorizedOperations: true,
  })
  const [group, absent] = groups
  expect(group).toMatchObject({
    errorCode: ErrorCode.NONE,
    groupId: 'g',
    groupState: 'Stable',
    protocolType: 'consumer',
    protocolData: 'range',
    members: [
      {
        memberId: joined.memberId,
        groupInstanceId: null,
        clientId: 'test',
        clientHost: '/127.0.0.1',
      },
    ],
    authorizedOperations: version >= 3 ? 0b1101_0100_1000 : -2_147_483_648,
  })
  const [member] = group?.members ?? []
  expect(Buffer.from(member?.memberMetadata ?? []).toString()).toBe('topics')
  expect(Buffer.from(member?.memberAssignment ?? []).toString()).toBe('p0')
  expect(absent).toMatchObject({
    errorCode: version >= 6 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE,
    errorMessage: version >= 6 ? 'Group nobody not found.' : null,
    groupId: 'nobody',
    groupState: 'Dead',
    members: [],
    authorizedOperations: [3, 4, 5].includes(version) ? 0b1101_0100_1000 : -2_147_483_648,
  })
})

test('a group that rebalances has members, but nothing that they agreed on', async () => {
  await using rig = await startGroupRig()
  await enter(rig, 9)
  const { groups } = await rig.ask(DescribeGroups, 6, {
    groups: ['g'],
    includeAuthorizedOperations: false,
  })
  expect(groups).toMatchObject([
    { groupState: 'CompletingRebalance', protocolData: '', authorizedOperations: -2_147_483_648 },
  ])
  expect(groups[0]?.members[0]?.memberMetadata).toHaveLength(0)
})

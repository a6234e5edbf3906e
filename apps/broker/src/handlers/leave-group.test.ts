import { ErrorCode, LeaveGroup, type LeaveGroupResponse } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { enter, startGroupRig } from '../../test/group-requests.ts'
import type { HandlerRig } from '../../test/handler-rig.ts'

function leave(rig: HandlerRig, version: number, memberId: string): Promise<LeaveGroupResponse> {
  const members = [{ memberId, groupInstanceId: null, reason: null }]
  return rig.ask(LeaveGroup, version, { groupId: 'g', memberId, members })
}

test.each([0, 1, 2])('version %i says for one member how it went', async (version) => {
  await using rig = await startGroupRig()
  const { memberId } = await enter(rig, 9)
  expect(await leave(rig, version, memberId)).toMatchObject({ errorCode: ErrorCode.NONE })
  expect(await leave(rig, version, memberId)).toMatchObject({
    errorCode: ErrorCode.UNKNOWN_MEMBER_ID,
  })
})

test.each([3, 4, 5])('version %i says it for each', async (version) => {
  await using rig = await startGroupRig()
  const { memberId } = await enter(rig, 9)
  const left = await leave(rig, version, memberId)
  expect(left).toMatchObject({
    errorCode: ErrorCode.NONE,
    members: [{ memberId, groupInstanceId: null, errorCode: ErrorCode.NONE }],
  })
  const again = await leave(rig, version, memberId)
  expect(again).toMatchObject({
    errorCode: ErrorCode.NONE,
    members: [{ memberId, errorCode: ErrorCode.UNKNOWN_MEMBER_ID }],
  })
})

test('an operator removes a static member', async () => {
  await using rig = await startGroupRig()
  await enter(rig, 9, { groupInstanceId: 'i' })
  const members = [{ memberId: '', groupInstanceId: 'i', reason: 'gone for good' }]
  const left = await rig.ask(LeaveGroup, 5, { groupId: 'g', memberId: '', members })
  expect(left.members).toEqual([{ memberId: '', groupInstanceId: 'i', errorCode: 0 }])
})

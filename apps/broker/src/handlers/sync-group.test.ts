import { ErrorCode, SyncGroup } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { assign, enter, startGroupRig } from '../../test/group-requests.ts'

test.each([0, 1, 2, 3, 4, 5])('version %i hands out the assignment', async (version) => {
  await using rig = await startGroupRig()
  const joined = await enter(rig, 9)
  const synced = await assign(rig, version, joined)
  expect(synced).toMatchObject({
    errorCode: ErrorCode.NONE,
    protocolType: version >= 5 ? 'consumer' : null,
    protocolName: version >= 5 ? 'range' : null,
  })
  expect(Buffer.from(synced.assignment).toString()).toBe('p0')
})

test('from version 5 on the protocol must be named, and be the one agreed on', async () => {
  await using rig = await startGroupRig()
  const { memberId, generationId } = await enter(rig, 9)
  const request = {
    groupId: 'g',
    generationId,
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  }
  const codeOf = async (more: object): Promise<number> =>
    (await rig.ask(SyncGroup, 5, { ...request, ...more })).errorCode
  const inconsistent = ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  expect(await codeOf({ protocolType: null })).toBe(inconsistent)
  expect(await codeOf({ protocolName: null })).toBe(inconsistent)
  expect(await codeOf({ protocolName: 'robin' })).toBe(inconsistent)
  expect(await codeOf({ protocolType: 'connect' })).toBe(inconsistent)
  expect(await codeOf({ groupId: '' })).toBe(ErrorCode.INVALID_GROUP_ID)
  expect(await codeOf({ groupId: 'other' })).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  expect(await codeOf({})).toBe(ErrorCode.NONE)
})

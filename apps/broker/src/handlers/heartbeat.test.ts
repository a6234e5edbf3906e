import { ErrorCode, Heartbeat } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { assign, enter, startGroupRig } from '../../test/group-requests.ts'

test.each([0, 1, 2, 3, 4])('version %i keeps a member in its group', async (version) => {
  await using rig = await startGroupRig()
  const joined = await enter(rig, 9)
  await assign(rig, 5, joined)
  const { memberId, generationId } = joined
  const request = { groupId: 'g', generationId, memberId, groupInstanceId: null }
  const beat = async (): Promise<number> => (await rig.ask(Heartbeat, version, request)).errorCode
  for (let beats = 0; beats < 5; beats += 1) {
    rig.clock.advance(9999)
    expect(await beat()).toBe(ErrorCode.NONE)
  }
  rig.clock.advance(10_000)
  expect(await beat()).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
})

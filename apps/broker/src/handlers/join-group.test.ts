import { ErrorCode, JoinGroup } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { enter, joinRequest, startGroupRig } from '../../test/group-requests.ts'

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('version %i joins alone and leads', async (version) => {
  await using rig = await startGroupRig()
  const joined = await enter(rig, version)
  expect(joined).toMatchObject({
    errorCode: ErrorCode.NONE,
    generationId: 1,
    protocolType: version >= 7 ? 'consumer' : null,
    protocolName: 'range',
    leader: joined.memberId,
    skipAssignment: false,
  })
  expect(joined.memberId).toMatch(/^test-[\w-]{22}$/)
  const [member] = joined.members
  expect(member?.memberId).toBe(joined.memberId)
  expect(Buffer.from(member?.metadata ?? []).toString()).toBe('topics')
})

test.each([0, 3, 4, 9])('an error at version %i can be written', async (version) => {
  await using rig = await startGroupRig()
  const refused = await rig.ask(JoinGroup, version, joinRequest({ memberId: 'stranger' }))
  expect(refused).toMatchObject({
    errorCode: ErrorCode.UNKNOWN_MEMBER_ID,
    generationId: -1,
    memberId: 'stranger',
    leader: '',
    members: [],
  })
})

test('a member keeps what it said: the request may be overwritten', async () => {
  await using rig = await startGroupRig()
  const metadata = Buffer.from('topics')
  const protocols = [
    { name: 'range', metadata },
    { name: 'range', metadata: Buffer.from('again') },
  ]
  const joining = rig.ask(JoinGroup, 3, joinRequest({ protocols }))
  metadata.fill(0)
  rig.clock.advance(0)
  const { members, errorCode } = await joining
  expect(errorCode).toBe(ErrorCode.NONE)
  expect(Buffer.from(members[0]?.metadata ?? []).toString()).toBe('topics')
})

test('version 0 has one timeout for both', async () => {
  await using rig = await startGroupRig()
  await enter(rig, 0, { sessionTimeoutMs: 7000 })
  const joining = rig.ask(JoinGroup, 1, joinRequest({ rebalanceTimeoutMs: 1 }))
  rig.clock.advance(6999)
  await Promise.resolve()
  rig.clock.advance(1)
  expect(await joining).toMatchObject({ errorCode: ErrorCode.NONE, generationId: 2 })
})

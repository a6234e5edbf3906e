import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { commitOf, NOBODY, offsetOf, RETENTION_MS } from '../../test/coordinator-stage.ts'
import { ShareStage } from '../../test/share-stage.ts'
import { shareGroupFrom } from './share-group.ts'

async function stageOf(...names: readonly string[]): Promise<ShareStage> {
  const stage = new ShareStage()
  stage.topics.set('flights', 2)
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (const name of names) await stage.join(name, 'flights')
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (const name of names) await stage.beat(name)
  stage.transcript()
  return stage
}

test('members share partitions, and are told when what they have has changed', async () => {
  const stage = new ShareStage()
  stage.topics.set('flights', 2)
  await stage.join('a', 'flights')
  await stage.join('b', 'flights')
  await stage.beat('a')
  await stage.beat('a')
  await stage.join('c', 'flights')
  await stage.beat('b', { memberEpoch: -1 })
  await stage.beat('a')
  await stage.beat('c')
  expect(stage.transcript()).toEqual([
    'a: 2 [flights 0 1]',
    'b: 3 [flights 1]',
    'a: 3 [flights 0]',
    'a: 3',
    'c: 4 [flights 0]',
    'b: -1',
    'a: 5',
    'c: 5 [flights 1]',
  ])
  expect(await stage.state()).toBe('Stable 5/5, a 5 [flights 0], c 5 [flights 1], of flights 0 1')
})

test('an answer may be lost, but nobody goes on with what was long ago', async () => {
  const stage = await stageOf('a', 'b')
  await stage.beat('a', { memberEpoch: 2 })
  await stage.beat('d', { memberEpoch: 1 })
  await stage.beat('d', { memberEpoch: -1 })
  await stage.join('c', 'flights')
  await stage.beat('a')
  await stage.beat('a', { memberEpoch: 2 })
  await stage.beat('a', { memberEpoch: 9 })
  await stage.join('d', 'flights')
  expect(stage.transcript()).toEqual([
    'a: 3',
    'd: UNKNOWN_MEMBER_ID',
    'd: UNKNOWN_MEMBER_ID',
    'c: 4 [flights 0]',
    'a: 4',
    'a: FENCED_MEMBER_EPOCH',
    'a: FENCED_MEMBER_EPOCH',
    'd: GROUP_MAX_SIZE_REACHED',
  ])
})

test('who is not heard of is taken out, and the group outlives its members', async () => {
  const stage = await stageOf('a', 'b')
  await stage.pass(44_000)
  await stage.beat('a')
  await stage.pass(2000)
  expect(await stage.state()).toBe('Stable 4/3, a 3 [flights 0], of flights 0 1')
  await stage.beat('a')
  await stage.beat('b')
  expect(stage.transcript()).toEqual(['a: 3', 'a: 4 [flights 0 1]', 'b: UNKNOWN_MEMBER_ID'])
  await stage.pass(46_000)
  expect(await stage.state()).toBe('Empty 5/4, of flights 0 1')
  await stage.age(2 * RETENTION_MS)
  expect(await stage.state(), 'what it did not get at is not lost').toBe(
    'Empty 5/4, of flights 0 1',
  )
})

test('topics come, grow and go', async () => {
  const stage = await stageOf('a')
  await stage.beat('a', { topicNames: ['flights', 'ports'] })
  stage.topics.set('ports', 1)
  stage.coordinator.topicsChanged()
  await stage.beat('a')
  stage.topics.set('flights', 3)
  stage.coordinator.topicsChanged()
  await stage.beat('a')
  await stage.beat('a', { topicNames: ['ports'] })
  expect(await stage.state()).toContain('of flights 0 1 2, of ports 0')
  stage.topics.delete('ports')
  await stage.coordinator.topicsDeleted(['ports'])
  await stage.beat('a')
  await stage.crash()
  expect(await stage.state()).toBe('Stable 7/7, a 7 [], of flights 0 1 2')
  expect(stage.transcript()).toEqual([
    'a: 3 [flights 0 1]',
    'a: 4 [flights 0 1, ports 0]',
    'a: 5 [flights 0 1 2, ports 0]',
    'a: 6 [ports 0]',
    'a: 7 []',
  ])
})

test('a topic that is made again is known at the next heartbeat, assigned or not', async () => {
  const stage = new ShareStage({ assignmentIntervalMs: 15_000 })
  stage.topics.set('flights', 1)
  await stage.join('a', 'flights')
  stage.topics.delete('flights')
  await stage.coordinator.topicsDeleted(['flights'])
  stage.topics.set('flights', 2)
  stage.coordinator.topicsChanged()
  await stage.beat('a')
  expect(await stage.state()).toBe('Stable 3/2, a 2 [], of flights 0 1')
  await stage.pass(15_000)
  await stage.beat('a')
  expect(await stage.state()).toBe('Stable 3/3, a 3 [flights 0 1], of flights 0 1')
})

test('a group is as it was after a restart', async () => {
  const stage = await stageOf('a', 'b')
  const before = await stage.state()
  await stage.crash()
  expect(await stage.state()).toBe(before)
  await stage.beat('a')
  expect(stage.transcript()).toEqual(['a: 3'])
  await stage.pass(46_000)
  expect(await stage.state(), 'sessions start anew').toContain('Empty')
})

test('nothing is said that could not be stored', async () => {
  const stage = await stageOf('a')
  stage.memory.errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  await stage.join('b', 'flights')
  stage.memory.errorCode = ErrorCode.NONE
  await stage.join('b', 'flights')
  await stage.crash()
  expect(await stage.state()).toContain('b 3 [flights 1]')
  expect(stage.transcript()[1]).toBe('b: 3 [flights 1]')
})

test('a group of another kind is none, and a share group no other', async () => {
  const stage = await stageOf('a')
  const { coordinator } = stage
  const joined = await coordinator.join('g', {
    memberId: '',
    groupInstanceId: null,
    clientId: '',
    clientHost: '',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: [],
    requiresKnownMemberId: false,
    supportsSkippingAssignment: true,
    reason: '',
  })
  expect(joined.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  const commit = commitOf(NOBODY, offsetOf('flights', 1))
  expect(await coordinator.commitOffsets('g', commit)).toEqual([ErrorCode.GROUP_ID_NOT_FOUND])
  expect(await coordinator.describe('g')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  expect(await coordinator.describeConsumerGroup('g')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  expect(await coordinator.deleteGroup('g')).toBe(ErrorCode.NON_EMPTY_GROUP)
  await coordinator.commitOffsets('other', commit)
  expect(await coordinator.share.find('other')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  const list = async (types: readonly string[]): Promise<object> =>
    (await coordinator.list({ states: [], types })).groups
  expect(await list(['Share'])).toEqual([
    { groupId: 'g', groupState: 'Stable', groupType: 'share', protocolType: 'share' },
  ])
  await stage.beat('a', { memberEpoch: -1 })
  expect(await coordinator.deleteGroup('g')).toBe(ErrorCode.NONE)
  await stage.crash()
  expect(await stage.state()).toBe('GROUP_ID_NOT_FOUND')
})

test('what a log says of who is no member counts for nothing', () => {
  const assigned = new Map([['id', [0]]])
  const group = shareGroupFrom('g', [
    { kind: 'current', memberId: 'a', value: { memberEpoch: 7, previousEpoch: 6, assigned } },
    { kind: 'target-epoch', value: { epoch: 5, timestampMs: 0 } },
  ])
  expect([group.members.size, group.epoch, group.state]).toEqual([0, 5, 'Empty'])
})

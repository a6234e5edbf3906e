import { ErrorCode, errorName } from '@pafka/protocol'
import { expect, test } from 'vitest'

import type { AnyGroupState } from '../src/groups/group-kinds.ts'
import { commitOf, NOBODY, offsetOf, RETENTION_MS, settled } from './coordinator-stage.ts'
import { ShareStage } from './share-stage.ts'
import { StreamsStage } from './streams-stage.ts'

/** A share group of one member, and a streams group of one, of one id at two brokers. */
async function stages(): Promise<{ shares: ShareStage; streams: StreamsStage }> {
  const shares = new ShareStage()
  const streams = new StreamsStage()
  shares.topics.set('lines', 1)
  await settled()
  streams.makeTopics(1)
  await shares.join('a', 'lines')
  await streams.join('a')
  shares.transcript()
  streams.transcript()
  return { shares, streams }
}

/** Members of one kind, for a broker that has a group of the other kind. */
function asOther<Stage extends ShareStage | StreamsStage>(
  stage: Stage,
  { coordinator }: ShareStage | StreamsStage,
): Stage {
  stage.coordinator.stop()
  stage.coordinator = coordinator
  return stage
}

async function listed(stage: ShareStage | StreamsStage): Promise<readonly string[]> {
  const { groups } = await stage.coordinator.list({ states: [], types: [] })
  return groups.map(
    (one: { groupType: string; protocolType: string; groupState: AnyGroupState }) =>
      `${one.groupType} ${one.protocolType} ${one.groupState}`,
  )
}

test('a share group is no streams group, with members or without', async () => {
  const { shares } = await stages()
  const streams = asOther(new StreamsStage(), shares)
  await streams.join('b')
  await shares.beat('a', { memberEpoch: -1 })
  await streams.join('b')
  expect(streams.transcript()).toEqual(['b: GROUP_ID_NOT_FOUND', 'b: GROUP_ID_NOT_FOUND'])
  expect(await streams.state()).toBe('GROUP_ID_NOT_FOUND')
  expect(await listed(shares)).toEqual(['share share Empty'])
  await shares.crash()
  expect(await listed(shares)).toEqual(['share share Empty'])
})

test('a streams group is no share group, with members or without', async () => {
  const { streams } = await stages()
  const shares = asOther(new ShareStage(), streams)
  await shares.join('b', 'lines')
  await streams.leave('a')
  await shares.join('b', 'lines')
  expect(shares.transcript()).toEqual(['b: GROUP_ID_NOT_FOUND', 'b: GROUP_ID_NOT_FOUND'])
  expect(await shares.state()).toBe('GROUP_ID_NOT_FOUND')
  const keepAll = await streams.coordinator.share.setTopics('g', (topics) => topics)
  expect(keepAll).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  expect(await listed(streams)).toEqual(['streams streams Empty'])
  await streams.crash()
  expect(await listed(streams)).toEqual(['streams streams Empty'])
})

test('the id of a group that was deleted may be used for the other kind', async () => {
  const { streams } = await stages()
  await streams.leave('a')
  expect(await streams.coordinator.deleteGroup('g')).toBe(ErrorCode.NONE)
  const shares = asOther(new ShareStage(), streams)
  await shares.join('b', 'lines')
  expect(await listed(streams)).toEqual(['share share Stable'])
  await streams.crash()
  expect(await listed(streams)).toEqual(['share share Stable'])
  shares.coordinator = streams.coordinator
  await shares.beat('b', { memberEpoch: -1 })
  expect(await streams.coordinator.deleteGroup('g')).toBe(ErrorCode.NONE)
  await streams.join('c')
  await streams.crash()
  expect(await listed(streams)).toEqual(['streams streams Stable'])
})

test('of two kinds whose end was lost a group has that which was founded last', async () => {
  const { shares, streams } = await stages()
  await streams.leave('a')
  const { partition } = streams.coordinator.placeOf('g')
  const ofShares = shares.memory.records(partition)
  const ofStreams = streams.memory.records(partition)
  const last = new Map([
    ['share share Stable', [...ofStreams, ...ofShares]],
    ['streams streams Empty', [...ofShares, ...ofStreams]],
  ])
  for (const [kind, records] of last) {
    const stage = new ShareStage()
    stage.memory.records(partition).push(...records)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await stage.crash()
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await listed(stage)).toEqual([kind])
  }
})

test('who joins by the classic protocol is told that groups are of another kind', async () => {
  for (const stage of Object.values(await stages())) {
    const { coordinator } = stage
    const claim = { memberId: 'a', generationId: 1, groupInstanceId: null }
    // oxlint-disable-next-line no-await-in-loop -- one group after the other
    const answers = await Promise.all([
      coordinator.join('g', { ...JOIN, memberId: '' }),
      coordinator.join('g', { ...JOIN, memberId: 'a' }),
      coordinator.sync('g', { ...claim, ...SYNC }),
    ])
    expect(answers.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'INCONSISTENT_GROUP_PROTOCOL',
      'INCONSISTENT_GROUP_PROTOCOL',
      'UNKNOWN_MEMBER_ID',
    ])
    // oxlint-disable-next-line no-await-in-loop -- one group after the other
    expect(await coordinator.heartbeat('g', claim)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
    // oxlint-disable-next-line no-await-in-loop -- one group after the other
    expect(await coordinator.leave('g', [{ ...claim }])).toEqual({
      errorCode: ErrorCode.NONE,
      memberErrors: [ErrorCode.UNKNOWN_MEMBER_ID],
    })
  }
})

test('a share group has no offsets to commit, fetch or delete', async () => {
  const { shares } = await stages()
  const { coordinator } = shares
  const place = { topic: 'lines', partition: 0 }
  const producer = { producerId: 1, producerEpoch: 0, isInTransaction: () => true }
  const missing = [ErrorCode.GROUP_ID_NOT_FOUND]
  const commits = [
    commitOf(NOBODY, offsetOf('lines', 1)),
    commitOf({ memberId: 'a', generationId: 1, groupInstanceId: null }, offsetOf('lines', 1)),
  ]
  for (const commit of commits) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await coordinator.commitOffsets('g', commit)).toEqual(missing)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await coordinator.commitInTransaction('g', commit, producer)).toEqual(missing)
  }
  const fetched = await coordinator.fetchOffsets('g', null)
  expect(fetched).toEqual({ errorCode: ErrorCode.NONE, topics: [] })
  const refused = { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, placeErrors: [] }
  expect(await coordinator.deleteOffsets('g', [place])).toEqual(refused)
  await shares.beat('a', { memberEpoch: -1 })
  expect(await coordinator.deleteOffsets('g', [place])).toEqual(refused)
})

test('a sweep leaves a share group that nobody is in, and ends such a streams group', async () => {
  const { shares, streams } = await stages()
  await shares.beat('a', { memberEpoch: -1 })
  await streams.leave('a')
  await Promise.all([shares.age(RETENTION_MS), streams.age(RETENTION_MS)])
  expect(await listed(shares)).toEqual(['share share Empty'])
  expect(await listed(streams)).toEqual([])
})

const SYNC = { protocolType: null, protocolName: null, assignments: new Map() }

const JOIN = {
  groupInstanceId: null,
  clientId: '',
  clientHost: '',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: new Uint8Array() }],
  requiresKnownMemberId: false,
  supportsSkippingAssignment: true,
  reason: '',
}

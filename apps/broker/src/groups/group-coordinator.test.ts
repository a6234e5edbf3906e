import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import {
  commitOf,
  CoordinatorStage,
  NOBODY,
  offsetOf,
  settled,
} from '../../test/coordinator-stage.ts'
import type { JoinRequest } from './join-group.ts'
import { MemoryCoordinatorLog } from '../../test/memory-coordinator-log.ts'
import type { CoordinatorReplay } from '../coordinator-log/coordinator-log.ts'

const JOIN: JoinRequest = {
  memberId: '',
  groupInstanceId: null,
  clientId: 'c',
  clientHost: '/127.0.0.1',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: new Uint8Array(0) }],
  requiresKnownMemberId: false,
  supportsSkippingAssignment: true,
  reason: '',
}

test('groups need a name, and sessions a length between the limits', async () => {
  const { coordinator } = new CoordinatorStage()
  const codes = [
    (await coordinator.join('', JOIN)).errorCode,
    (await coordinator.join('g', { ...JOIN, sessionTimeoutMs: 5999 })).errorCode,
    (await coordinator.join('g', { ...JOIN, sessionTimeoutMs: 1_800_001 })).errorCode,
    (await coordinator.join('g', { ...JOIN, memberId: 'unheard-of' })).errorCode,
    await coordinator.heartbeat('', NOBODY),
    await coordinator.heartbeat('g', NOBODY),
    (await coordinator.leave('', [])).errorCode,
    (await coordinator.deleteOffsets('', [])).errorCode,
  ]
  expect(codes).toEqual([
    ErrorCode.INVALID_GROUP_ID,
    ErrorCode.INVALID_SESSION_TIMEOUT,
    ErrorCode.INVALID_SESSION_TIMEOUT,
    ErrorCode.UNKNOWN_MEMBER_ID,
    ErrorCode.INVALID_GROUP_ID,
    ErrorCode.UNKNOWN_MEMBER_ID,
    ErrorCode.INVALID_GROUP_ID,
    ErrorCode.INVALID_GROUP_ID,
  ])
})

test('a stable group outlives the broker: its members go on as if nothing had been', async () => {
  const stage = new CoordinatorStage()
  const consumer = await stage.consumer('g', ['flights'])
  const before = await stage.coordinator.describe('g')
  stage.restart()
  expect(await stage.coordinator.heartbeat('g', consumer)).toBe(ErrorCode.NONE)
  expect(await stage.coordinator.describe('g')).toEqual(before)
  const synced = await stage.coordinator.sync('g', {
    ...consumer,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: new Map(),
  })
  expect(Buffer.from(synced.assignment).toString()).toBe('p0')
})

test('a member that is gone when the broker comes back expires', async () => {
  const stage = new CoordinatorStage()
  const consumer = await stage.consumer('g', ['flights'])
  stage.restart()
  await settled()
  stage.clock.advance(10_000)
  expect(await stage.coordinator.heartbeat('g', consumer)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  expect(await stage.coordinator.describe('g')).toMatchObject({ groupState: 'Empty' })
})

test('who waits when the broker stops is sent to look again', async () => {
  const stage = new CoordinatorStage()
  const joining = stage.coordinator.join('g', JOIN)
  await settled()
  stage.coordinator.stop()
  expect((await joining).errorCode).toBe(ErrorCode.NOT_COORDINATOR)
  expect(await stage.coordinator.heartbeat('g', NOBODY)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  expect(await stage.coordinator.ensureReady()).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
})

test('leaving a group that is not there, and one that is', async () => {
  const stage = new CoordinatorStage()
  const { memberId } = await stage.consumer('g', ['flights'])
  const leaving = [{ memberId, groupInstanceId: null }]
  expect(await stage.coordinator.leave('other', leaving)).toEqual({
    errorCode: ErrorCode.NONE,
    memberErrors: [ErrorCode.UNKNOWN_MEMBER_ID],
  })
  expect(await stage.coordinator.leave('g', leaving)).toEqual({
    errorCode: ErrorCode.NONE,
    memberErrors: [ErrorCode.NONE],
  })
})

test('groups are listed by state and type, in any case, and described', async () => {
  const stage = new CoordinatorStage()
  await stage.consumer('busy', ['flights'])
  await stage.coordinator.commitOffsets('simple', commitOf(NOBODY, offsetOf('flights', 1)))
  const list = async (states: string[], types: string[] = []): Promise<string[]> => {
    const { groups } = await stage.coordinator.list({ states, types })
    return groups.map(({ groupId, groupState, protocolType, groupType }) =>
      [groupId, groupState, protocolType, groupType].join(),
    )
  }
  expect(await list([])).toEqual(['busy,Stable,consumer,classic', 'simple,Empty,,classic'])
  expect(await list(['stable'])).toEqual(['busy,Stable,consumer,classic'])
  expect(await list(['Empty'], ['CLASSIC'])).toEqual(['simple,Empty,,classic'])
  expect(await list([], ['consumer'])).toEqual([])
  expect(await stage.coordinator.describe('nobody')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  expect(await stage.coordinator.describe('busy')).toMatchObject({
    groupState: 'Stable',
    protocolType: 'consumer',
    protocolData: 'range',
    members: [{ memberId: 'client-1', clientId: 'client', clientHost: '/127.0.0.1' }],
  })
})

test('only a group that nobody is in can be deleted, with all that it kept', async () => {
  const stage = new CoordinatorStage()
  const consumer = await stage.consumer('g', ['flights'])
  await stage.coordinator.commitOffsets('g', commitOf(consumer, offsetOf('flights', 9)))
  expect(await stage.coordinator.deleteGroup('g')).toBe(ErrorCode.NON_EMPTY_GROUP)
  expect(await stage.coordinator.deleteGroup('other')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  await stage.coordinator.leave('g', [consumer])
  expect(await stage.coordinator.deleteGroup('g')).toBe(ErrorCode.NONE)
  expect(await stage.coordinator.describe('g')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  stage.restart()
  expect(await stage.coordinator.describe('g')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  expect((await stage.coordinator.fetchOffsets('g', null)).topics).toEqual([])
})

test('a deletion that the log does not take leaves the group there', async () => {
  const stage = new CoordinatorStage()
  await stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('flights', 9)))
  stage.memory.errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  expect(await stage.coordinator.deleteGroup('g')).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(await stage.coordinator.describe('g')).toMatchObject({ groupState: 'Empty' })
  expect((await stage.coordinator.fetchOffsets('g', null)).topics).toHaveLength(1)
})

/** A log that takes its time to be read, or cannot be. */
class SlowLog extends MemoryCoordinatorLog {
  readonly read: PromiseWithResolvers<void> = Promise.withResolvers()
  failures = 0

  override async replay(partition: number, target: CoordinatorReplay): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1
      throw new Error('the disk is gone')
    }
    await this.read.promise
    await super.replay(partition, target)
  }
}

test('requests wait for their partition to be read, but not for ever', async () => {
  const log = new SlowLog(1)
  log.records(0).push({ key: Buffer.from('0003', 'hex'), value: null })
  const stage = new CoordinatorStage(log)
  const { coordinator } = stage
  const waiting = coordinator.fetchOffsets('g', null)
  stage.clock.advance(5000)
  expect((await waiting).errorCode).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  const beating = coordinator.heartbeat('g', NOBODY)
  const listing = coordinator.list({ states: [], types: [] })
  const syncing = coordinator.sync('g', {
    ...NOBODY,
    protocolType: null,
    protocolName: null,
    assignments: new Map(),
  })
  stage.clock.advance(5000)
  expect(await beating).toBe(ErrorCode.NONE)
  expect((await syncing).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS)
  expect((await listing).errorCode).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  const patient = coordinator.fetchOffsets('g', null)
  log.read.resolve()
  expect((await patient).errorCode).toBe(ErrorCode.NONE)
})

test('a partition that cannot be read is tried again by the next request', async () => {
  const log = new SlowLog(1)
  log.failures = 1
  log.read.resolve()
  log.records(0).push({ key: Buffer.from('0003', 'hex'), value: null })
  const stage = new CoordinatorStage(log)
  const first = await stage.coordinator.fetchOffsets('g', null)
  expect(first.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  expect((await stage.coordinator.fetchOffsets('g', null)).errorCode).toBe(ErrorCode.NONE)
  expect(stage.warnings[0]).toContain('the disk is gone')
})

test('records that are broken or foreign are left out, with one warning', async () => {
  const log = new MemoryCoordinatorLog(1)
  const early = new CoordinatorStage(log)
  await early.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('flights', 9)))
  const [good] = log.records(0)
  const broken = ['', '0001', '0002ffff'].map((key) => ({ key: Buffer.from(key, 'hex') }))
  log
    .records(0)
    .push(
      ...broken.map((record) => ({ ...record, value: null })),
      { key: good?.key ?? Buffer.alloc(0), value: Buffer.from('0003aa', 'hex') },
      { key: Buffer.from('0002000167', 'hex'), value: Buffer.from('0003', 'hex') },
      { key: Buffer.from('0063000167', 'hex'), value: Buffer.from('0000', 'hex') },
    )
  const stage = new CoordinatorStage(log)
  const { topics } = await stage.coordinator.fetchOffsets('g', null)
  expect(topics).toMatchObject([{ topic: 'flights', partitions: [{ committedOffset: 9 }] }])
  expect(stage.warnings).toEqual(['offsets-skipped {"partition":0,"corrupt":5,"foreign":1}'])
})

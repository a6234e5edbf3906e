import { ErrorCode, ZERO_UUID } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import {
  commitOf,
  CoordinatorStage,
  NOBODY,
  offsetOf,
  RETENTION_MS,
  settled,
} from '../../test/coordinator-stage.ts'
import { MemoryCoordinatorLog } from '../../test/memory-coordinator-log.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import { OffsetManager } from './offset-manager.ts'

const FLIGHTS = { topic: 'flights', topicId: ZERO_UUID, partitions: [0] }
const IDS = ['AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg'] as const

async function fetched(coordinator: GroupCoordinator, groupId: string): Promise<string[]> {
  const { topics } = await coordinator.fetchOffsets(groupId, null)
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata }) =>
      [topic, partitionIndex, committedOffset, committedLeaderEpoch, metadata].join(),
    ),
  )
}

test('what was committed is told, with its metadata and epoch, also after a restart', async () => {
  const stage = new CoordinatorStage()
  const consumer = await stage.consumer('g', ['flights'])
  const first = commitOf(
    consumer,
    offsetOf('flights', 41),
    offsetOf('flights', 7, { partition: 1, metadata: 'why', leaderEpoch: 3 }),
  )
  expect(await stage.coordinator.commitOffsets('g', first)).toEqual([0, 0])
  const second = commitOf(consumer, offsetOf('flights', 42, { metadata: null }))
  expect(await stage.coordinator.commitOffsets('g', second)).toEqual([0])
  const expected = ['flights,0,42,-1,', 'flights,1,7,3,why']
  expect(await fetched(stage.coordinator, 'g')).toEqual(expected)
  stage.restart()
  expect(await fetched(stage.coordinator, 'g')).toEqual(expected)
})

test('what is not committed is -1, and so is all of an unknown group', async () => {
  const { coordinator } = new CoordinatorStage()
  await coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('flights', 1)))
  const wanted = [
    { ...FLIGHTS, partitions: [0, 5] },
    { ...FLIGHTS, topic: 'other' },
  ]
  const offsets = async (groupId: string): Promise<number[]> => {
    const { errorCode, topics } = await coordinator.fetchOffsets(groupId, wanted)
    expect(errorCode).toBe(ErrorCode.NONE)
    return topics.flatMap(({ partitions }) => partitions.map((each) => each.committedOffset))
  }
  expect(await offsets('g')).toEqual([1, -1, -1])
  expect(await offsets('nobody')).toEqual([-1, -1, -1])
})

test('a commit is answered, and told to others, once the log has it', async () => {
  const stage = new CoordinatorStage()
  stage.memory.isHeld = true
  let answered = false
  const committing = Promise.resolve(
    stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('flights', 5))),
  ).then((codes) => {
    answered = true
    return codes
  })
  await settled()
  expect(answered).toBe(false)
  expect(await fetched(stage.coordinator, 'g')).toEqual([])
  stage.memory.release()
  expect(await committing).toEqual([ErrorCode.NONE])
  expect(await fetched(stage.coordinator, 'g')).toEqual(['flights,0,5,-1,'])
})

test('a commit that the log does not take is an error, and the one before it stays', async () => {
  const stage = new CoordinatorStage()
  await stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('flights', 5)))
  stage.memory.errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  const commit = commitOf(NOBODY, offsetOf('flights', 6), offsetOf('new', 1))
  const codes = await stage.coordinator.commitOffsets('g', commit)
  expect(codes).toEqual([ErrorCode.NOT_COORDINATOR, ErrorCode.NOT_COORDINATOR])
  expect(await fetched(stage.coordinator, 'g')).toEqual(['flights,0,5,-1,'])
})

test('who may commit', async () => {
  const { coordinator, consumer } = await (async () => {
    const stage = new CoordinatorStage()
    return { coordinator: stage.coordinator, consumer: await stage.consumer('g', ['flights']) }
  })()
  const codeOf = async (groupId: string, claim: object): Promise<unknown> => {
    const commit = { ...commitOf(NOBODY, offsetOf('flights', 1)), ...claim }
    return (await coordinator.commitOffsets(groupId, commit))[0]
  }
  expect(await codeOf('g', consumer)).toBe(ErrorCode.NONE)
  expect(await codeOf('g', NOBODY)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  expect(await codeOf('g', { ...consumer, generationId: 0 })).toBe(ErrorCode.ILLEGAL_GENERATION)
  expect(await codeOf('g', { ...consumer, memberId: 'x' })).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  expect(await codeOf('', NOBODY)).toBe(ErrorCode.NONE) // as old clients without a group do
  expect(await codeOf('new', consumer)).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  const old = { ...consumer, knowsGroupNotFound: false }
  expect(await codeOf('new', old)).toBe(ErrorCode.ILLEGAL_GENERATION)
  await coordinator.leave('g', [consumer])
  expect(await codeOf('g', NOBODY)).toBe(ErrorCode.NONE)
})

test('metadata that is too long costs its partition only', async () => {
  const { coordinator } = new CoordinatorStage()
  const commit = commitOf(
    NOBODY,
    offsetOf('flights', 1, { metadata: 'x'.repeat(11) }),
    offsetOf('flights', 2, { partition: 1, metadata: 'x'.repeat(10) }),
  )
  expect(await coordinator.commitOffsets('g', commit)).toEqual([
    ErrorCode.OFFSET_METADATA_TOO_LARGE,
    ErrorCode.NONE,
  ])
  expect(await fetched(coordinator, 'g')).toEqual(['flights,1,2,-1,xxxxxxxxxx'])
})

test('an offset of an earlier topic of the same name is not told', async () => {
  const { coordinator } = new CoordinatorStage()
  const [old, fresh] = IDS
  await coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('t', 5, { topicId: old })))
  const told = async (topicId: string): Promise<number | undefined> => {
    const { topics } = await coordinator.fetchOffsets('g', [{ ...FLIGHTS, topic: 't', topicId }])
    return topics[0]?.partitions[0]?.committedOffset
  }
  expect([await told(old), await told(fresh), await told(ZERO_UUID)]).toEqual([5, -1, 5])
})

test('offsets are deleted one by one, but not while somebody reads the topic', async () => {
  const stage = new CoordinatorStage()
  const consumer = await stage.consumer('g', ['flights'])
  const commit = commitOf(consumer, offsetOf('flights', 1), offsetOf('old', 2))
  await stage.coordinator.commitOffsets('g', commit)
  const places = ['flights', 'old', 'never'].map((topic) => ({ topic, partition: 0 }))
  expect(await stage.coordinator.deleteOffsets('g', places)).toEqual({
    errorCode: ErrorCode.NONE,
    placeErrors: [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, ErrorCode.NONE, ErrorCode.NONE],
  })
  expect((await stage.coordinator.deleteOffsets('nobody', places)).errorCode).toBe(
    ErrorCode.GROUP_ID_NOT_FOUND,
  )
  stage.restart()
  expect(await fetched(stage.coordinator, 'g')).toEqual(['flights,0,1,-1,'])
})

test('a deletion takes along what is being committed', async () => {
  const stage = new CoordinatorStage()
  stage.memory.isHeld = true
  const committing = stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('t', 1)))
  const deleting = stage.coordinator.deleteGroup('g')
  stage.memory.release()
  expect([await committing, await deleting]).toEqual([[ErrorCode.NONE], ErrorCode.NONE])
  expect(await fetched(stage.coordinator, 'g')).toEqual([])
  stage.memory.isHeld = false
  stage.restart()
  expect(await fetched(stage.coordinator, 'g')).toEqual([])
})

test('offsets go with their topic', async () => {
  const stage = new CoordinatorStage()
  await stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('a', 1), offsetOf('b', 2)))
  await stage.coordinator.topicsDeleted(['a'])
  expect(await fetched(stage.coordinator, 'g')).toEqual(['b,0,2,-1,'])
  stage.restart()
  expect(await fetched(stage.coordinator, 'g')).toEqual(['b,0,2,-1,'])
})

test('offsets of nobody expire by their own age, and their group with them', async () => {
  const stage = new CoordinatorStage()
  await stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('a', 1)))
  await stage.age(RETENTION_MS / 2)
  await stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('b', 2)))
  await stage.age(RETENTION_MS / 2)
  expect(await fetched(stage.coordinator, 'g')).toEqual(['b,0,2,-1,'])
  await stage.age(RETENTION_MS / 2)
  expect(await stage.coordinator.describe('g')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
  stage.restart()
  expect(await stage.coordinator.describe('g')).toBe(ErrorCode.GROUP_ID_NOT_FOUND)
})

test('a group that was deserted keeps its offsets from that day on', async () => {
  const stage = new CoordinatorStage()
  const consumer = await stage.consumer('g', ['a'])
  await stage.coordinator.commitOffsets('g', commitOf(consumer, offsetOf('a', 1)))
  for (let passedMs = 0; passedMs < RETENTION_MS; passedMs += 9000) {
    stage.clock.advance(9000)
    void stage.coordinator.heartbeat('g', consumer)
  }
  await stage.age(600_000) // its session ends
  expect(await fetched(stage.coordinator, 'g')).toEqual(['a,0,1,-1,'])
  await stage.age(RETENTION_MS - 1_200_000)
  expect(await fetched(stage.coordinator, 'g')).toEqual(['a,0,1,-1,'])
  await stage.age(1_800_000)
  expect(await fetched(stage.coordinator, 'g')).toEqual([])
})

test('a group in use loses what it no longer reads', async () => {
  const stage = new CoordinatorStage()
  const consumer = await stage.consumer('g', ['a'])
  const commit = commitOf(consumer, offsetOf('a', 1), offsetOf('was-read', 2))
  await stage.coordinator.commitOffsets('g', commit)
  for (let passedMs = 0; passedMs < RETENTION_MS + 600_000; passedMs += 9000) {
    stage.clock.advance(9000)
    void stage.coordinator.heartbeat('g', consumer)
  }
  await settled()
  expect(await fetched(stage.coordinator, 'g')).toEqual(['a,0,1,-1,'])
})

test('a retention that was asked for with the commit counts instead', async () => {
  const stage = new CoordinatorStage()
  const commit = commitOf(NOBODY, offsetOf('a', 1))
  await stage.coordinator.commitOffsets('g', { ...commit, retentionMs: 1_000_000 })
  await stage.age(600_000)
  expect(await fetched(stage.coordinator, 'g')).toEqual(['a,0,1,-1,'])
  await stage.age(600_000)
  expect(await fetched(stage.coordinator, 'g')).toEqual([])
})

test('offsets of a transaction that ends as soon as they are written end with it', async () => {
  const log = new MemoryCoordinatorLog()
  const manager = new OffsetManager({ clock: new ManualClock(), log, maxMetadataLength: 10 })
  const place = { topic: 'flights', partition: 0 }
  const partition = manager.partitionOf('g')
  const inOne = async (how: 'commit' | 'abort', offset: number): Promise<string> => {
    log.isHeld = true
    const writer = { producerId: 7, producerEpoch: 0, isInTransaction: () => true }
    const answer = manager.commitInTransaction('g', [offsetOf('flights', offset)], writer)
    log.release()
    manager.transactions.ended(partition, 7, how) // the next thing in the log is the marker
    expect(await answer).toEqual([ErrorCode.NONE])
    const slot = manager.store.get('g')?.get(place.topic, place.partition)
    return `${slot?.committed?.offset}, ${slot?.inTransactions} open`
  }
  expect(await inOne('commit', 5)).toBe('5, 0 open')
  expect(await inOne('abort', 6)).toBe('5, 0 open')
})

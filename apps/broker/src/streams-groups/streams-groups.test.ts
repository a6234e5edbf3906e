import { ErrorCode } from '@pafka/protocol'
import { describe, expect, test } from 'vitest'

import { commitOf, NOBODY, offsetOf, settled } from '../../test/coordinator-stage.ts'
import { StreamsStage, WORD_COUNT } from '../../test/streams-stage.ts'
import { StreamsStatus } from './configured-topology.ts'
import { NO_TASKS } from './tasks.ts'

async function stageWith(partitions: number): Promise<StreamsStage> {
  const stage = new StreamsStage()
  await settled()
  stage.makeTopics(partitions)
  return stage
}

describe('members', () => {
  test('one has all tasks, and gives up for a second what it said that it gave up', async () => {
    const stage = await stageWith(2)
    await stage.join('a')
    await stage.acknowledge('a')
    await stage.join('b')
    await stage.beat('a')
    await stage.beat('b')
    await stage.acknowledge('a')
    await stage.beat('b')
    await stage.beat('a')
    expect(stage.transcript()).toEqual([
      'a: 2 [0:0,1 1:0,1]',
      'a: 2',
      'b: 3 []',
      'a: 2 [0:0 1:0]',
      'b: 3',
      'a: 3',
      'b: 3 [0:1 1:1]',
      'a: 3',
    ])
    const expected = 'Stable 3/3, a 3 [0:0 1:0], b 3 [0:1 1:1]'
    expect(await stage.state()).toBe(expected)
  })

  test('the tasks of one that leaves are given to the other', async () => {
    const stage = await stageWith(2)
    await stage.join('a')
    await stage.join('b')
    await stage.settle('a', 'b')
    await stage.leave('a')
    await stage.settle('b')
    await stage.leave('a')
    expect(stage.transcript().slice(2)).toEqual([
      'a has 0:0 1:0',
      'b has 0:1 1:1',
      'a: -1',
      'b has 0:0,1 1:0,1',
      'a: UNKNOWN_MEMBER_ID',
    ])
  })

  test('one that is silent is taken out, one that does not give up too', async () => {
    const stage = await stageWith(2)
    await stage.join('a')
    await stage.join('b')
    await stage.beat('a')
    await stage.pass(30_000)
    await stage.beat('a')
    await stage.pass(20_000)
    await stage.beat('a')
    await stage.pass(11_000)
    expect(await stage.state()).toBe('Empty 5/4')
    expect(stage.transcript().at(-1)).toBe('a: 2')
  })
})

describe('epochs', () => {
  test('one that missed an answer goes on, one that cannot know is fenced', async () => {
    const stage = await stageWith(1)
    await stage.join('a')
    await stage.join('b')
    await stage.settle('a', 'b')
    await stage.leave('b')
    await stage.beat('a', { reported: null })
    stage.transcript()
    stage.actor('a').epoch -= 1
    await stage.beat('a')
    await stage.acknowledge('a')
    await stage.beat('a', { memberEpoch: 99 })
    await stage.beat('stranger', { memberEpoch: 1 })
    expect(stage.transcript()).toEqual([
      'a: FENCED_MEMBER_EPOCH',
      'a: 4',
      'a: FENCED_MEMBER_EPOCH',
      'stranger: UNKNOWN_MEMBER_ID',
    ])
  })

  test('one that joins anew is told all that it has, and makes no new epoch', async () => {
    const stage = await stageWith(1)
    await stage.join('a')
    await stage.join('a')
    expect(stage.transcript()).toEqual(['a: 2 [0:0 1:0]', 'a: 2 [0:0 1:0]'])
  })

  test('there are as many as there may be', async () => {
    const stage = new StreamsStage({ maxSize: 1 })
    await settled()
    stage.makeTopics(1)
    await stage.join('a')
    await stage.join('b')
    await stage.join('a')
    expect(stage.transcript().slice(1)).toEqual(['b: GROUP_MAX_SIZE_REACHED', 'a: 2 [0:0 1:0]'])
  })

  test('of one process share no task, even while it is given up', async () => {
    const stage = new StreamsStage({ standbyReplicas: 1 })
    await settled()
    stage.makeTopics(1)
    await stage.join('a', { processId: 'p' })
    await stage.join('b', { processId: 'q' })
    await stage.join('c', { processId: 'p' })
    await stage.settle('a', 'b', 'c')
    expect(stage.transcript().slice(3)).toEqual(['a has 0:0', 'b has 1:0', 'c has ~1:0'])
  })
})

describe('topics', () => {
  test('without its source topics a group has no tasks, and says why', async () => {
    const stage = await stageWith(1)
    stage.topics.delete('lines')
    stage.coordinator.topicsChanged()
    await stage.join('a')
    expect(await stage.state()).toBe('NotReady 2/2, a 2 []')
    stage.topics.set('lines', 1)
    stage.coordinator.topicsChanged()
    await stage.beat('a')
    stage.topics.delete('lines')
    stage.coordinator.topicsChanged()
    await stage.beat('a')
    await stage.acknowledge('a')
    expect(stage.transcript()).toEqual([
      `a: 2 [] status ${StreamsStatus.MISSING_SOURCE_TOPICS}`,
      'a: 3 [0:0 1:0]',
      `a: 3 [] status ${StreamsStatus.MISSING_SOURCE_TOPICS}`,
      `a: 4 status ${StreamsStatus.MISSING_SOURCE_TOPICS}`,
    ])
  })

  test('those that are missing of its own are asked for until they are there', async () => {
    const stage = await stageWith(3)
    stage.topics.delete('words')
    stage.topics.delete('counts')
    stage.coordinator.topicsChanged()
    await stage.join('a')
    const { toMake } = await stage.ask('a')
    expect(toMake.map(({ name, partitions }) => `${name} ${partitions}`)).toEqual([
      'words 3',
      'counts 3',
    ])
    stage.makeTopics(3)
    await stage.beat('a')
    expect((await stage.ask('a')).toMake).toEqual([])
    expect(stage.transcript()).toEqual([
      `a: 2 [] status ${StreamsStatus.MISSING_INTERNAL_TOPICS}`,
      'a: 3 [0:0,1,2 1:0,1,2]',
    ])
  })

  test('tasks that there cannot be are refused', async () => {
    const stage = await stageWith(1)
    await stage.join('a')
    const active = (id: string, partition: number): { readonly reported: typeof NO_TASKS } => ({
      reported: { ...NO_TASKS, active: new Map([[id, [partition]]]) },
    })
    await stage.beat('a', active('9', 0))
    await stage.beat('a', active('0', 1))
    await stage.beat('a', active('0', -1))
    expect(stage.transcript().slice(1)).toEqual(Array(3).fill('a: INVALID_REQUEST'))
  })
})

describe('topologies', () => {
  test('another one is refused, an older one told that it is old', async () => {
    const stage = await stageWith(1)
    await stage.join('a', { topology: { ...WORD_COUNT, epoch: 1 } })
    await stage.join('b', { topology: { ...WORD_COUNT, epoch: 2 } })
    await stage.join('c', { topology: { epoch: 1, subtopologies: [] } })
    await stage.join('d')
    const backwards = { epoch: 1, subtopologies: WORD_COUNT.subtopologies.toReversed() }
    await stage.join('e', { topology: backwards })
    expect(stage.transcript()).toEqual([
      'a: 2 [0:0 1:0]',
      'b: INVALID_REQUEST',
      'c: INVALID_REQUEST',
      `d: 3 [] status ${StreamsStatus.STALE_TOPOLOGY}`,
      'e: 4 []',
    ])
  })
})

describe('settings', () => {
  test('the first members are waited for', async () => {
    const stage = new StreamsStage({ initialRebalanceDelayMs: 3000 })
    await settled()
    stage.makeTopics(2)
    await stage.join('a')
    await stage.pass(1000)
    await stage.join('b')
    await stage.pass(2000)
    await stage.beat('a')
    await stage.beat('b')
    const { ASSIGNMENT_DELAYED } = StreamsStatus
    expect(stage.transcript()).toEqual([
      `a: 1 [] status ${ASSIGNMENT_DELAYED}`,
      `b: 1 [] status ${ASSIGNMENT_DELAYED}`,
      'a: 3 [0:0 1:0]',
      'b: 3 [0:1 1:1]',
    ])
  })

  test('assignments are at most so often', async () => {
    const stage = new StreamsStage({ assignmentIntervalMs: 1000 })
    await settled()
    stage.makeTopics(1)
    stage.clock.advance(1)
    await stage.join('a')
    await stage.join('b')
    await stage.pass(1000)
    await stage.beat('b')
    const { ASSIGNMENT_DELAYED } = StreamsStatus
    expect(stage.transcript()).toEqual([
      'a: 2 [0:0 1:0]',
      `b: 2 [] status ${ASSIGNMENT_DELAYED}`,
      'b: 3',
    ])
  })

  test('tasks that topics were missing for need not wait', async () => {
    const stage = new StreamsStage({ assignmentIntervalMs: 1000 })
    await settled()
    stage.clock.advance(1)
    await stage.join('a')
    stage.makeTopics(1)
    await stage.beat('a')
    expect(stage.transcript()).toEqual([
      `a: 2 [] status ${StreamsStatus.MISSING_SOURCE_TOPICS}`,
      'a: 3 [0:0 1:0]',
    ])
  })

  test('a change of the standby replicas is a new epoch', async () => {
    const stage = await stageWith(1)
    await stage.join('a')
    await stage.join('b')
    await stage.settle('a', 'b')
    stage.streamsSettings = { standbyReplicas: 1 }
    await stage.crash()
    await stage.settle('a', 'b')
    expect(stage.transcript().slice(-2)).toEqual(['a has 0:0 ~1:0', 'b has 1:0'])
    expect(await stage.state()).toBe('Stable 4/4, a 4 [0:0 ~1:0], b 4 [1:0]')
  })
})

test('one member can ask all to end; who comes when all are gone may stay', async () => {
  const stage = await stageWith(1)
  await stage.join('a')
  await stage.join('b')
  stage.transcript()
  await stage.beat('a', { shutdownApplication: true })
  await stage.beat('b')
  await stage.leave('a')
  await stage.leave('b')
  await stage.join('c')
  const asked = ` status ${StreamsStatus.SHUTDOWN_APPLICATION}`
  expect(stage.transcript()).toEqual([
    `a: 2 [0:0]${asked}`,
    `b: 3${asked}`,
    'a: -1',
    'b: -1',
    'c: 6 [0:0 1:0]',
  ])
})

test('where the state of the others is asked for is told when it changes', async () => {
  const stage = await stageWith(2)
  const userEndpoint = { host: 'h', port: 1 }
  const joined = { memberEpoch: 0, reported: NO_TASKS, topology: WORD_COUNT, userEndpoint }
  const first = await stage.ask('a', { ...joined, rebalanceTimeoutMs: 1, processId: 'p' })
  expect(first.endpointEpoch).toBe(1)
  expect(first.endpoints).toEqual([
    {
      userEndpoint,
      activePartitions: [
        { topic: 'lines', partitions: [0, 1] },
        { topic: 'words', partitions: [0, 1] },
      ],
      standbyPartitions: [],
    },
  ])
  stage.actor('a').epoch = first.memberEpoch
  expect((await stage.ask('a', { endpointEpoch: 1 })).endpoints).toBeNull()
})

test('offsets are committed by members, for what they have had since their epoch', async () => {
  const stage = await stageWith(1)
  await stage.join('a')
  await stage.join('b')
  await stage.leave('b')
  await stage.settle('a')
  const epoch = stage.actor('a').epoch
  const commit = (generationId: number, topic: string, memberId = 'a'): Promise<unknown> =>
    Promise.resolve(
      stage.coordinator.commitOffsets('g', {
        ...commitOf({ memberId, generationId, groupInstanceId: null }, offsetOf(topic, 3)),
      }),
    )
  expect(await commit(epoch, 'lines')).toEqual([ErrorCode.NONE])
  expect(await commit(2, 'lines')).toEqual([ErrorCode.NONE])
  expect(await commit(1, 'lines')).toEqual([ErrorCode.STALE_MEMBER_EPOCH])
  expect(await commit(2, 'other')).toEqual([ErrorCode.STALE_MEMBER_EPOCH])
  expect(await commit(epoch + 1, 'lines')).toEqual([ErrorCode.STALE_MEMBER_EPOCH])
  expect(await commit(epoch, 'lines', 'b')).toEqual([ErrorCode.UNKNOWN_MEMBER_ID])
  const wrong = await stage.coordinator.fetchOffsets('g', null, {
    ...{ memberId: 'a', memberEpoch: 1, requireStable: false },
  })
  expect(wrong.errorCode).toBe(ErrorCode.STALE_MEMBER_EPOCH)
  expect((await stage.coordinator.fetchOffsets('g', null)).topics).toHaveLength(1)
})

test('a group keeps offsets of its topics, and goes with the last when it is empty', async () => {
  const stage = await stageWith(1)
  await stage.join('a')
  const place = [{ topic: 'lines', partition: 0 }]
  const claim = { memberId: 'a', generationId: 2, groupInstanceId: null }
  await stage.coordinator.commitOffsets('g', commitOf(claim, offsetOf('lines', 3)))
  const kept = await stage.coordinator.deleteOffsets('g', place)
  expect(kept.placeErrors).toEqual([ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC])
  expect(await stage.coordinator.deleteGroup('g')).toBe(ErrorCode.NON_EMPTY_GROUP)
  await stage.leave('a')
  const listed = await stage.coordinator.list({ states: [], types: ['Streams'] })
  const group = { groupId: 'g', groupState: 'Empty', groupType: 'streams' }
  expect(listed.groups).toEqual([{ ...group, protocolType: 'streams' }])
  expect(await stage.coordinator.deleteGroup('g')).toBe(ErrorCode.NONE)
  await stage.crash()
  expect(await stage.state()).toBe('GROUP_ID_NOT_FOUND')
})

test('a group of another kind is none, unless nobody is in it', async () => {
  const stage = await stageWith(1)
  await stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('lines', 3)))
  await stage.join('a')
  expect(stage.transcript()).toEqual(['a: 2 [0:0 1:0]'])
  await stage.crash()
  expect(await stage.state()).toBe('Stable 2/2, a 2 [0:0 1:0]')
  await stage.leave('a')
  await stage.consumer('g', ['lines'])
  expect(await stage.state()).toBe('GROUP_ID_NOT_FOUND')
  await stage.join('b')
  expect(stage.transcript().at(-1)).toBe('b: GROUP_ID_NOT_FOUND')
})

test('nobody is told what could not be stored; it is stored with the next', async () => {
  const stage = await stageWith(1)
  stage.memory.errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  await stage.join('a')
  stage.memory.errorCode = ErrorCode.NONE
  await stage.join('a')
  expect(stage.transcript()).toEqual(['a: NOT_COORDINATOR', 'a: 2 [0:0 1:0]'])
  await stage.crash()
  expect(await stage.state()).toBe('Stable 2/2, a 2 [0:0 1:0]')
})

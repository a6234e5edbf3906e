import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  ErrorCode,
  IncrementalAlterConfigs,
  ListGroups,
  OffsetFetch,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const REQUEST: ConsumerGroupHeartbeatRequest = {
  groupId: 'g',
  memberId: 'm',
  memberEpoch: 0,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: 60_000,
  subscribedTopicNames: ['flights'],
  subscribedTopicRegex: null,
  serverAssignor: null,
  topicPartitions: [],
}

async function startRig(): Promise<HandlerRig> {
  const settings = {
    'group.consumer.heartbeat.interval.ms': 500,
    'group.consumer.min.heartbeat.interval.ms': 500,
  }
  const rig = await HandlerRig.start({ settings })
  await rig.createTopic('flights', { partitions: 3 })
  rig.broker.groups.start()
  return rig
}

function beat(
  rig: HandlerRig,
  more: Partial<ConsumerGroupHeartbeatRequest> = {},
  version = 1,
): Promise<ConsumerGroupHeartbeatResponse> {
  return rig.ask(ConsumerGroupHeartbeat, version, { ...REQUEST, ...more })
}

test('a member is told its partitions, in all that describes its group too', async () => {
  await using rig = await startRig()
  const topicId = rig.broker.topics.byName('flights')?.id ?? ''
  const joined = await beat(rig)
  expect(joined).toMatchObject({ errorCode: ErrorCode.NONE, memberId: 'm', memberEpoch: 2 })
  expect(joined.heartbeatIntervalMs).toBe(500)
  expect(joined.assignment?.topicPartitions).toEqual([{ topicId, partitions: [0, 1, 2] }])
  const described = await rig.ask(ConsumerGroupDescribe, 1, {
    groupIds: ['g', ''],
    includeAuthorizedOperations: false,
  })
  expect(described.groups[0]).toMatchObject({ groupState: 'Stable', assignorName: 'uniform' })
  expect(described.groups[1]).toMatchObject({ errorCode: ErrorCode.INVALID_GROUP_ID })
  const request = { statesFilter: ['stable'], typesFilter: ['Consumer'] }
  const { groups } = await rig.ask(ListGroups, 5, request)
  const listed = { groupId: 'g', protocolType: 'consumer', groupType: 'consumer' }
  expect(groups).toEqual([{ ...listed, groupState: 'Stable' }])
})

test('before version 1 the broker makes member ids, and knows no patterns', async () => {
  await using rig = await startRig()
  const { memberId } = await beat(rig, { memberId: '' }, 0)
  expect(memberId).toMatch(/^[\w-]{22}$/)
  expect((await beat(rig, { memberId: '' })).errorCode).toBe(ErrorCode.INVALID_REQUEST)
  const refused = await beat(rig, { subscribedTopicRegex: '(' })
  expect(refused.errorCode).toBe(ErrorCode.INVALID_REGULAR_EXPRESSION)
  expect(refused.errorMessage).toContain('missing')
})

test('topics that are made and deleted are seen at the next heartbeat', async () => {
  await using rig = await startRig()
  await beat(rig, { subscribedTopicNames: ['ports'] })
  const topic = await rig.createTopic('ports', { partitions: 2 })
  const topicId = topic.topic?.id ?? ''
  const unchanged = { subscribedTopicNames: null, topicPartitions: null, rebalanceTimeoutMs: -1 }
  const given = await beat(rig, { memberEpoch: 2, ...unchanged })
  expect(given.assignment?.topicPartitions).toEqual([{ topicId, partitions: [0, 1] }])
  await rig.broker.topics.addPartitions([{ name: 'ports', count: 3, assignments: null }])
  const more = await beat(rig, { memberEpoch: 3, ...unchanged })
  expect(more.assignment?.topicPartitions).toEqual([{ topicId, partitions: [0, 1, 2] }])
  await rig.broker.topics.delete([{ name: 'ports', id: null }])
  const none = await beat(rig, { memberEpoch: 4, ...unchanged })
  expect(none.assignment?.topicPartitions).toEqual([])
})

test('offsets are fetched by members in their epoch', async () => {
  await using rig = await startRig()
  await beat(rig)
  const fetch = async (memberId: string | null, memberEpoch: number): Promise<number> => {
    const groups = [{ groupId: 'g', memberId, memberEpoch, topics: null }]
    const request = { groupId: '', topics: null, groups, requireStable: false }
    const answered = await rig.ask(OffsetFetch, 9, request)
    return answered.groups[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  }
  expect(await fetch('m', 2)).toBe(ErrorCode.NONE)
  expect(await fetch('m', 1)).toBe(ErrorCode.STALE_MEMBER_EPOCH)
  expect(await fetch('stranger', 2)).toBe(ErrorCode.UNKNOWN_MEMBER_ID)
  expect(await fetch(null, -1)).toBe(ErrorCode.NONE)
})

async function configure(rig: HandlerRig, name: string, value: string): Promise<void> {
  const configs = [{ name, value, configOperation: 0 }]
  const resources = [{ resourceType: 32, resourceName: 'g', configs }]
  const { responses } = await rig.ask(IncrementalAlterConfigs, 1, {
    resources,
    validateOnly: false,
  })
  expect(responses[0]).toMatchObject({ errorCode: ErrorCode.NONE })
}

test('what its group is given counts for a member from its next heartbeat', async () => {
  await using rig = await startRig()
  await beat(rig)
  await configure(rig, 'consumer.heartbeat.interval.ms', '7000')
  await configure(rig, 'consumer.session.timeout.ms', '60000')
  const next = { memberEpoch: 2, subscribedTopicNames: null, topicPartitions: null }
  expect(await beat(rig, next)).toMatchObject({ errorCode: 0, heartbeatIntervalMs: 7000 })
  rig.clock.advance(59_999)
  expect(await beat(rig, next)).toMatchObject({ errorCode: ErrorCode.NONE })
  rig.clock.advance(60_000)
  expect(await beat(rig, next)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
})

test('nobody is assigned anew before the interval of the group has passed', async () => {
  await using rig = await startRig()
  await configure(rig, 'consumer.assignment.interval.ms', '10000')
  await beat(rig)
  const second = { memberId: 'n' }
  expect(await beat(rig, second)).toMatchObject({ memberEpoch: 2 })
  rig.clock.advance(10_000)
  const next = { ...second, memberEpoch: 2, subscribedTopicNames: null, topicPartitions: null }
  expect(await beat(rig, next)).toMatchObject({ memberEpoch: 3 })
})

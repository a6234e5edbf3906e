import { ConsumerGroupHeartbeat, ShareGroupHeartbeat, StreamsGroupHeartbeat } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { type AdminStage, startAdmin } from './admin-stage.ts'
import { OTHER_KAFKA } from './stage-broker.ts'

/** One that takes part, until it is disposed of. */
async function joined(stage: AdminStage, groupId: string, topic: string, instanceId?: string) {
  const consumer = stage.kafka.consumer(
    groupId,
    topic,
    instanceId === undefined ? {} : { instanceId },
  )
  await expect.poll(() => consumer.assignment.length, { timeout: 30_000 }).toBe(1)
  return consumer
}

const BEAT = {
  ...{ memberEpoch: 0, instanceId: null, rackId: null, rebalanceTimeoutMs: 60_000 },
  ...{ subscribedTopicRegex: null, serverAssignor: null },
}

async function joinConsumerGroup({ cluster }: AdminStage, groupId: string, topic: string) {
  const request = { ...BEAT, groupId, memberId: 'm', subscribedTopicNames: [topic] }
  return cluster.askAny({
    api: ConsumerGroupHeartbeat,
    request: { ...request, topicPartitions: [] },
  })
}

async function joinShareGroup(
  { cluster }: AdminStage,
  groupId: string,
  { topic, memberEpoch = 0 }: { readonly topic: string; readonly memberEpoch?: number },
) {
  return cluster.askAny({
    api: ShareGroupHeartbeat,
    request: {
      ...{ groupId, memberId: 'AAAAAAAAAAAAAAAAAAAAAQ', memberEpoch, rackId: 'r' },
      subscribedTopicNames: [topic],
    },
  })
}

async function joinStreamsGroup({ cluster }: AdminStage, groupId: string, topic: string) {
  const tasks = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
  const topology = {
    epoch: 1,
    subtopologies: [
      {
        ...{ subtopologyId: '0', sourceTopics: [topic], sourceTopicRegex: [] },
        ...{ stateChangelogTopics: [], repartitionSinkTopics: [], repartitionSourceTopics: [] },
        copartitionGroups: [],
      },
    ],
  }
  return cluster.askAny({
    api: StreamsGroupHeartbeat,
    request: {
      ...{ groupId, memberId: 'm', memberEpoch: 0, endpointInformationEpoch: 0, ...tasks },
      ...{ instanceId: null, rackId: null, rebalanceTimeoutMs: 60_000, topology },
      ...{ processId: 'p', userEndpoint: null, clientTags: [], taskOffsets: null },
      ...{ taskEndOffsets: null, shutdownApplication: false },
    },
  })
}

test('a classic group is listed and described, with what its member has', async () => {
  await using stage = await startAdmin()
  const { groups } = stage.admin
  const topic = await stage.newTopic('t')
  const groupId = stage.name('g')
  await using _consumer = await joined(stage, groupId, topic)
  const described = await groups.describe(groupId)
  expect(described).toMatchObject({
    ...{ groupId, type: 'classic', state: 'Stable', protocolType: 'consumer' },
    ...{ epoch: undefined, topology: undefined },
    members: [
      {
        ...{ topics: [topic], assignment: [{ topic, partition: 0 }], host: '127.0.0.1' },
        ...{ instanceId: null, rack: null, clientId: 'pafka' },
      },
    ],
  })
  expect(described.assignor).toMatch(/^[a-z-]+$/u)
  expect(described.operations).toBeUndefined()
  const { operations } = await groups.describe(groupId, { withOperations: true })
  expect(operations).toEqual(expect.arrayContaining(['read', 'describe', 'delete']))
  const listing = { groupId, type: 'classic', state: 'Stable', protocolType: 'consumer' }
  expect(await groups.list()).toContainEqual(listing)
  expect(await groups.list({ states: ['Stable'], types: ['classic'] })).toContainEqual(listing)
  const others = await groups.list({ states: ['Empty'] })
  expect(others.map((one) => one.groupId)).not.toContain(groupId)
})

test('groups of all types are described in one shape, and told apart', async () => {
  await using stage = await startAdmin({
    config: { 'group.streams.initial.rebalance.delay.ms': 0 },
  })
  const { groups } = stage.admin
  const topic = await stage.newTopic('t')
  const [consumer, share, streams] = ['c', 's', 'k'].map((what) => stage.name(what))
  if (consumer === undefined || share === undefined || streams === undefined) return
  await joinConsumerGroup(stage, consumer, topic)
  let { memberEpoch } = await joinShareGroup(stage, share, { topic })
  await joinStreamsGroup(stage, streams, topic)
  const nobody = stage.name('nobody')
  const assignment = [{ topic, partition: 0 }]
  const beat = async () => {
    const answer = await joinShareGroup(stage, share, { topic, memberEpoch })
    memberEpoch = answer.memberEpoch
    return (await groups.describe(share)).members[0]?.assignment
  }
  await expect.poll(beat, { timeout: 20_000 }).toEqual(assignment)
  const target = async () => {
    // joins anew: the coordinator may have known nothing of the topic yet
    await joinConsumerGroup(stage, consumer, topic)
    return (await groups.describe(consumer)).members[0]?.target
  }
  await expect.poll(target, { timeout: 20_000 }).toEqual(assignment)
  const { done, failed } = await groups.describe([consumer, nobody, share, streams])
  expect(failed).toMatchObject([{ code: 'GROUP_ID_NOT_FOUND', context: { groupId: nobody } }])
  expect(done).toMatchObject([
    {
      ...{ groupId: consumer, type: 'consumer', assignor: 'uniform' },
      members: [{ memberId: 'm', topics: [topic], target: assignment, topicPattern: null }],
    },
    {
      ...{ groupId: share, type: 'share', state: 'Stable', protocolType: 'share' },
      members: [{ topics: [topic], rack: 'r', assignment, target: undefined }],
    },
    {
      ...{ groupId: streams, type: 'streams', protocolType: 'streams' },
      topology: { epoch: 1, subtopologies: [{ id: '0', sources: [topic], changelogs: [] }] },
      members: [{ memberId: 'm', processId: 'p' }],
    },
  ])
  expect(done[2]?.members[0]?.targetTasks).toBeDefined()
  await expect(groups.describe(streams, { type: 'classic' })).rejects.toMatchObject({
    code: 'GROUP_ID_NOT_FOUND',
  })
  const listed = await groups.list({ types: ['share', 'streams'] })
  const own = listed.filter(({ groupId }) => [consumer, share, streams].includes(groupId))
  expect(own.map(({ type }) => type).toSorted()).toEqual(['share', 'streams'])
})

test('groups are deleted when nobody is in them', async () => {
  await using stage = await startAdmin()
  const { groups, offsets } = stage.admin
  const topic = await stage.newTopic('t')
  const [busy = '', idle = '', nobody = ''] = ['b', 'i', 'n'].map((what) => stage.name(what))
  await offsets.alter(idle, [{ topic, partition: 0, offset: 0 }])
  await using _consumer = await joined(stage, busy, topic)
  const { done, failed } = await groups.delete([busy, idle, nobody])
  expect(done).toEqual([idle])
  expect(failed.map(({ code, context }) => [code, context.groupId])).toEqual([
    ['NON_EMPTY_GROUP', busy],
    ['GROUP_ID_NOT_FOUND', nobody],
  ])
  await expect(groups.delete(busy)).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' })
})

test('members are made to leave: one, a static one, all', async () => {
  await using stage = await startAdmin()
  const { groups } = stage.admin
  const topic = await stage.newTopic('t')
  const groupId = stage.name('g')
  const consumer = await joined(stage, groupId, topic, 'i1')
  const gone = await groups.removeMembers(groupId, [{ instanceId: 'i2' }, { memberId: 'm' }])
  expect(gone.done).toEqual([])
  expect(gone.failed.map(({ code, context }) => [code, context.subject])).toEqual([
    ['UNKNOWN_MEMBER_ID', 'member i2'],
    ['UNKNOWN_MEMBER_ID', 'member m'],
  ])
  await consumer.close()
  // a static one does not leave by itself
  expect((await groups.describe(groupId)).members).toMatchObject([{ instanceId: 'i1' }])
  const all = await groups.removeMembers(groupId, 'all', { reason: 'a test' })
  expect(all).toEqual({ done: [{ instanceId: 'i1' }], failed: [] })
  expect((await groups.describe(groupId)).members).toEqual([])
})

test('where a share group begins is told, changed and forgotten', async () => {
  await using stage = await startAdmin()
  const { shareOffsets } = stage.admin
  const topic = await stage.newTopic('t', 2)
  const groupId = stage.name('s')
  await stage.send(topic, ['a', 'b', 'c'])
  await joinShareGroup(stage, groupId, { topic })
  const busy = await shareOffsets.alter(groupId, [{ topic, partition: 0, offset: 1 }])
  expect(busy.failed).toMatchObject([
    { code: 'NON_EMPTY_GROUP', context: { topic, partition: 0, groupId } },
  ])
  await joinShareGroup(stage, groupId, { topic, memberEpoch: -1 })
  const altered = await shareOffsets.alter(groupId, [
    { topic, partition: 0, offset: 1 },
    { topic, partition: 9, offset: 1 },
  ])
  expect(altered.done).toEqual([{ topic, partition: 0 }])
  expect(altered.failed).toMatchObject([
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', context: { topic, partition: 9, groupId } },
  ])
  const own = async () => {
    const offsets = await shareOffsets.fetch(groupId)
    return offsets.filter(({ offset }) => offset !== undefined)
  }
  const patience = { timeout: 20_000 }
  await expect.poll(own, patience).toMatchObject([{ topic, partition: 0, offset: 1 }])
  const nobody = stage.name('nobody')
  const many = await shareOffsets.fetch([groupId, nobody])
  const counts = new Map(many.done.map((one) => [one.groupId, one.offsets.length]))
  expect(counts.get(groupId)).toBeGreaterThan(0)
  // Kafka tells nothing of it, ours that there is none
  expect(counts.get(nobody) ?? 0).toBe(0)
  const nowhere = stage.name('nowhere')
  const deleted = await shareOffsets.delete(groupId, [topic, nowhere])
  expect(deleted.done).toEqual([topic])
  expect(deleted.failed).toMatchObject([
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', context: { topic: nowhere, groupId } },
  ])
  await expect.poll(own, patience).toEqual([])
})

test('offsets of a group are changed, reset and deleted', async () => {
  await using stage = await startAdmin()
  const { offsets } = stage.admin
  const topic = await stage.newTopic('t', 2)
  const groupId = stage.name('g')
  await stage.send(topic, ['a', 'b', 'c'])
  expect(await offsets.fetch(groupId)).toEqual([])
  const altered = await offsets.alter(groupId, [
    { topic, partition: 0, offset: 2, metadata: 'hello' },
    { topic: stage.name('nowhere'), partition: 0, offset: 2 },
  ])
  expect(altered.done).toEqual([{ topic, partition: 0 }])
  expect(altered.failed).toMatchObject([{ code: 'UNKNOWN_TOPIC_OR_PARTITION', kind: 'usage' }])
  expect(await offsets.fetch(groupId)).toEqual([
    { topic, partition: 0, offset: 2, leaderEpoch: -1, metadata: 'hello' },
  ])
  const partition = 0
  expect(await offsets.reset(groupId, { shift: -1 }, { dryRun: true })).toEqual({
    done: [{ topic, partition, from: 2, to: 1 }],
    failed: [],
  })
  expect((await offsets.fetch(groupId))[0]?.offset).toBe(2)
  expect((await offsets.reset(groupId, 'latest', { of: topic })).done).toEqual([
    { topic, partition, from: 2, to: 3 },
    { topic, partition: 1, from: undefined, to: 0 },
  ])
  const back = await offsets.reset(groupId, { timestamp: 1 }, { of: [{ topic, partition }] })
  expect(back.done).toEqual([{ topic, partition, from: 3, to: 0 }])
  expect(await offsets.reset(groupId, { agoMs: 0 }, { of: [{ topic, partition }] })).toEqual({
    done: [{ topic, partition, from: 0, to: 3 }],
    failed: [],
  })
  const many = await offsets.fetch([groupId, stage.name('nobody')])
  expect(many.done.map((one) => one.offsets.length)).toEqual([2, 0])
  const deleted = await offsets.delete(groupId, [{ topic, partition }])
  expect(deleted).toEqual({ done: [{ topic, partition }], failed: [] })
  expect((await offsets.fetch(groupId)).map((one) => one.partition)).toEqual([1])
})

test('offsets of a group that is busy stay, and what is not there is told', async () => {
  await using stage = await startAdmin()
  const { offsets } = stage.admin
  const topic = await stage.newTopic('t')
  const groupId = stage.name('g')
  await using _consumer = await joined(stage, groupId, topic)
  const place = { topic, partition: 0 }
  expect(await offsets.alter(groupId, [{ ...place, offset: 0 }])).toMatchObject({
    ...{ done: [], failed: [{ code: 'UNKNOWN_MEMBER_ID', context: { ...place, groupId } }] },
  })
  expect(await offsets.delete(groupId, [place])).toMatchObject({
    ...{ done: [], failed: [{ code: 'GROUP_SUBSCRIBED_TO_TOPIC', context: { groupId } }] },
  })
  const nobody = stage.name('nobody')
  expect(await offsets.delete(nobody, [place])).toMatchObject({
    failed: [{ code: 'GROUP_ID_NOT_FOUND', context: { ...place, groupId: nobody } }],
  })
  expect(await offsets.reset(nobody, { shift: 1 }, { of: topic })).toMatchObject({
    ...{ done: [], failed: [{ code: 'NOTHING_COMMITTED', context: place }] },
  })
})

test('what cannot be meant is told at once', async () => {
  await using stage = await startAdmin()
  const { groups, offsets } = stage.admin
  await expect(groups.describe(['', 'g', ''])).rejects.toThrow('groupId')
  await expect(groups.list({ types: ['old' as 'classic'] })).rejects.toThrow('type: old')
  await expect(groups.removeMembers('g', [{ memberId: '' }])).rejects.toThrow('member')
  await expect(offsets.alter('g', [{ topic: 't', partition: 0, offset: -1 }])).rejects.toThrow(
    'offset of t: -1',
  )
  await expect(offsets.reset('g', 'start' as 'latest')).rejects.toThrow('to: start')
  await expect(offsets.reset('g', { shift: 0.5 })).rejects.toThrow('shift: 0.5')
})

test.skipIf(OTHER_KAFKA !== undefined)('what may pass is asked again', async () => {
  const { Broker } = await import('@pafka/broker')
  const { Kafka } = await import('../src/index.ts')
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka(broker.bootstrap)
  const { groups, offsets } = kafka.admin()
  broker.faults.answer('FindCoordinator', 'COORDINATOR_NOT_AVAILABLE')
  broker.faults.answer('OffsetCommit', 'NOT_COORDINATOR')
  await offsets.alter('g', [{ topic: 't', partition: 0, offset: 0 }])
  broker.faults.answer('OffsetFetch', 'COORDINATOR_LOAD_IN_PROGRESS')
  expect(await offsets.fetch('g')).toHaveLength(1)
  broker.faults.answer('ListGroups', 'COORDINATOR_LOAD_IN_PROGRESS')
  expect(await groups.list()).toMatchObject([{ groupId: 'g', state: 'Empty' }])
  broker.faults.answer('DescribeGroups', 'COORDINATOR_LOAD_IN_PROGRESS')
  expect(await groups.describe('g')).toMatchObject({ type: 'classic', state: 'Empty' })
  broker.faults.loseAnswer('DeleteGroups')
  await groups.delete('g')
  expect(await groups.list()).toEqual([])
})

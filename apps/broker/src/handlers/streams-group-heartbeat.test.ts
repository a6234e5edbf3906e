import {
  DescribeConfigs,
  ErrorCode,
  IncrementalAlterConfigs,
  Metadata,
  StreamsGroupDescribe,
  StreamsGroupHeartbeat,
  type StreamsGroupHeartbeatRequest,
  type StreamsGroupHeartbeatResponse,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'
import { aTopology, between, changelog } from '../../test/topologies.ts'
import { StreamsStatus } from '../streams-groups/configured-topology.ts'

const REQUEST: StreamsGroupHeartbeatRequest = {
  groupId: 'g',
  memberId: 'm',
  memberEpoch: 0,
  endpointInformationEpoch: 0,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: 60_000,
  topology: aTopology(
    { sourceTopics: ['lines'], repartitionSinkTopics: ['words'] },
    { repartitionSourceTopics: [between('words')], stateChangelogTopics: [changelog('counts')] },
  ),
  activeTasks: [],
  standbyTasks: [],
  warmupTasks: [],
  processId: 'p',
  userEndpoint: null,
  clientTags: [],
  taskOffsets: null,
  taskEndOffsets: null,
  shutdownApplication: false,
}

const GROUP_RESOURCE = 32
const SET = 0

async function startRig(partitions = 3): Promise<HandlerRig> {
  const settings = { 'group.streams.initial.rebalance.delay.ms': 0 }
  const rig = await HandlerRig.start({ settings })
  await rig.createTopic('lines', { partitions })
  const { groups, topics } = rig.broker
  topics.observe({ created: () => groups.topicsChanged() })
  groups.start()
  return rig
}

function beat(
  rig: HandlerRig,
  more: Partial<StreamsGroupHeartbeatRequest> = {},
): Promise<StreamsGroupHeartbeatResponse> {
  return rig.ask(StreamsGroupHeartbeat, 0, { ...REQUEST, ...more })
}

test('who joins finds its internal topics made, and is given its tasks at once', async () => {
  await using rig = await startRig()
  const joined = await beat(rig)
  expect(joined).toMatchObject({ errorCode: ErrorCode.NONE, memberId: 'm', status: [] })
  expect(joined.activeTasks).toEqual([
    { subtopologyId: '0', partitions: [0, 1, 2] },
    { subtopologyId: '1', partitions: [0, 1, 2] },
  ])
  expect(rig.broker.topics.byName('words')?.partitions).toHaveLength(3)
  const counts = await rig.ask(DescribeConfigs, 4, {
    resources: [{ resourceType: 2, resourceName: 'counts', configurationKeys: ['cleanup.policy'] }],
    includeSynonyms: false,
    includeDocumentation: false,
  })
  expect(counts.results[0]?.configs[0]?.value).toBe('compact')
})

test('a topic that cannot be made is told of at each heartbeat', async () => {
  await using rig = await startRig()
  const topicConfigs = [{ key: 'cleanup.policy', value: 'burn' }]
  const topology = aTopology({
    sourceTopics: ['lines'],
    stateChangelogTopics: [{ ...changelog('counts'), topicConfigs }],
  })
  const joined = await beat(rig, { topology })
  expect(joined.activeTasks).toEqual([])
  const [status] = joined.status ?? []
  expect(status?.statusCode).toBe(StreamsStatus.MISSING_INTERNAL_TOPICS)
  expect(status?.statusDetail).toMatch(
    /^Internal topics are missing: counts; Creation failed: counts \(.*burn.*\)\.$/,
  )
  const { memberEpoch } = joined
  const said = { topology: null, activeTasks: null, standbyTasks: null, warmupTasks: null }
  expect((await beat(rig, { memberEpoch, ...said })).status).toEqual(joined.status)
})

test('a group goes by its own configs', async () => {
  await using rig = await startRig()
  const config = { configOperation: SET, name: 'streams.heartbeat.interval.ms', value: '7000' }
  await rig.ask(IncrementalAlterConfigs, 1, {
    resources: [{ resourceType: GROUP_RESOURCE, resourceName: 'g', configs: [config] }],
    validateOnly: false,
  })
  expect((await beat(rig)).heartbeatIntervalMs).toBe(7000)
  const other = await beat(rig, { groupId: 'other' })
  expect(other.heartbeatIntervalMs).toBe(5000)
})

test('what is wrong with a topology is said in one code', async () => {
  await using rig = await startRig()
  const source = { sourceTopics: ['lines'] }
  const group = { sourceTopics: [1], sourceTopicRegex: [], repartitionSourceTopics: [] }
  const twice = aTopology(source, source)
  const bad = [
    aTopology({ stateChangelogTopics: [changelog('counts')] }),
    aTopology({ ...source, stateChangelogTopics: [{ ...changelog('counts'), partitions: 1 }] }),
    aTopology({ repartitionSourceTopics: [between('words', -1)] }),
    aTopology({ ...source, copartitionGroups: [group] }),
    aTopology({ ...source, repartitionSinkTopics: ['__transaction_state'] }),
    aTopology({ ...source, repartitionSinkTopics: ['no name'] }),
    { ...aTopology(source), epoch: -1 },
    { ...twice, subtopologies: twice.subtopologies.map((one) => ({ ...one, subtopologyId: '0' })) },
  ]
  for (const topology of bad) {
    const { errorCode } = await beat(rig, { topology })
    expect(errorCode, JSON.stringify(topology)).toBe(ErrorCode.STREAMS_INVALID_TOPOLOGY)
  }
  const metadata = await rig.ask(Metadata, 12, {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  expect(metadata.topics.map(({ name }) => name)).toEqual(['lines'])
})

test('a group is described with its topology, an unknown one refused', async () => {
  await using rig = await startRig(2)
  await beat(rig)
  const { groups } = await rig.ask(StreamsGroupDescribe, 0, {
    groupIds: ['g', 'nobody', ''],
    includeAuthorizedOperations: false,
  })
  expect(groups.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.NONE,
    ErrorCode.GROUP_ID_NOT_FOUND,
    ErrorCode.INVALID_GROUP_ID,
  ])
  const subtopologies = groups[0]?.topology?.subtopologies ?? []
  const internal = subtopologies.flatMap(({ repartitionSourceTopics, stateChangelogTopics }) =>
    [...repartitionSourceTopics, ...stateChangelogTopics].map((one) => [one.name, one.partitions]),
  )
  expect(Object.fromEntries(internal)).toEqual({ words: 2, counts: 2 })
})

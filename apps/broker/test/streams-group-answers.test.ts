import { readFile, writeFile } from 'node:fs/promises'

import { Broker } from '@pafka/broker'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DeleteGroups,
  DescribeGroups,
  Heartbeat,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  ZERO_UUID,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { COUNT, GROUP, OTHER_TOPIC, StreamsGroupPlay, TOPIC } from './streams-group-play.ts'
import { aTopology, changelog } from './topologies.ts'

/** What Apache Kafka 4.3.1 answered to the same play. */
const ANSWERS = new URL('fixtures/streams-group-answers.txt', import.meta.url)
/**
 * `host:port` of a fresh Kafka with group.streams.assignment.interval.ms=0 and
 * group.streams.initial.rebalance.delay.ms=0: writes `ANSWERS` anew.
 */
const RECORD_FROM = process.env['PAFKA_RECORD_STREAMS_GROUP_ANSWERS']

test('streams groups are answered as Kafka answers', async () => {
  if (RECORD_FROM !== undefined) {
    await writeFile(ANSWERS, `${(await played(RECORD_FROM)).join('\n')}\n`)
  }
  const config = {
    'group.streams.initial.rebalance.delay.ms': 0,
    'group.streams.assignment.interval.ms': 0,
    'offsets.topic.num.partitions': 50,
  }
  await using broker = await Broker.start({ config })
  const expected = (await readFile(ANSWERS, 'utf8')).trimEnd().split('\n')
  expect(await played(broker.bootstrap)).toEqual(expected)
})

async function played(bootstrap: string): Promise<readonly string[]> {
  using play = await StreamsGroupPlay.open(bootstrap)
  await refusals(play)
  await topologies(play)
  await twoMembers(play)
  await offsets(play)
  await endpoints(play)
  await otherKinds(play)
  await ends(play)
  return play.lines
}

async function refusals(play: StreamsGroupPlay): Promise<void> {
  play.note('refusals')
  await play.join('')
  await play.join('a', { groupId: '' })
  await play.join('a', { instanceId: 'i' })
  await play.join('a', { rackId: '' })
  await play.join('a', { rebalanceTimeoutMs: -1 })
  await play.join('a', { activeTasks: null })
  await play.join('a', { activeTasks: [{ subtopologyId: '0', partitions: [0] }] })
  await play.join('a', { topology: null })
  await play.join('a', { warmupTasks: [{ subtopologyId: '0', partitions: [0] }] })
  await play.join('a', { taskOffsets: [] })
  await play.join('a', { taskEndOffsets: [] })
  await play.beat('a', { memberEpoch: 1 })
  await play.beat('a', { memberEpoch: 1, topology: COUNT })
  await play.beat('a', { memberEpoch: 1, activeTasks: [] })
  await play.beat('a', { memberEpoch: -1 })
  await play.beat('a', { memberEpoch: -2 })
  await play.beat('a', { memberEpoch: -3 })
  await play.describe(GROUP, 'nobody')
}

async function topologies(play: StreamsGroupPlay): Promise<void> {
  play.note('topologies')
  const withSource = { sourceTopics: [TOPIC] }
  const refused = [
    aTopology({ ...withSource, sourceTopicRegex: ['s.*'] }),
    aTopology({ ...withSource, stateChangelogTopics: [{ ...changelog('c'), partitions: 2 }] }),
    aTopology({ sourceTopics: ['__consumer_offsets'] }),
    aTopology({ sourceTopics: ['no topic'] }),
  ]
  for (const topology of refused) await play.join('a', { topology })
  const groupId = 'streams-missing'
  const missing = aTopology({ sourceTopics: ['e', 'd', 'c', 'b', 'a'] })
  await play.join('a', { groupId, topology: missing })
  await play.describe(groupId)
  await play.beat('a', { groupId, memberEpoch: -1 })
  const joined = { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] }
  const uneven = aTopology({
    sourceTopics: [TOPIC, OTHER_TOPIC],
    copartitionGroups: [joined],
  })
  await play.join('a', { groupId: 'streams-uneven', topology: uneven })
  await play.describe('streams-uneven')
  await play.beat('a', { groupId: 'streams-uneven', memberEpoch: -1 })
}

async function twoMembers(play: StreamsGroupPlay): Promise<void> {
  play.note('two members')
  await play.join('a')
  await play.acknowledge('a')
  await play.beat('a')
  const again = { memberEpoch: 0, rebalanceTimeoutMs: 60_000, topology: COUNT }
  const nothing = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
  await play.beat('a', { ...again, ...nothing })
  await play.beat('a', { memberEpoch: 7 })
  await play.beat('b', { memberEpoch: 1 })
  await play.join('b')
  await play.beat('a')
  await play.describe(GROUP)
  await play.beat('b')
  await play.beat('a')
  await play.acknowledge('a')
  await play.describe(GROUP)
  await play.beat('b')
  await play.acknowledge('b')
  await play.describe(GROUP)
  await play.beat('a', { memberEpoch: 2, ...nothing })
  await play.beat('a', { memberEpoch: 2 })
  await play.beat('b', { clientTags: [{ key: 'zone', value: 'z' }], rackId: 'r' })
  await play.beat('a', { ...nothing, activeTasks: [{ subtopologyId: '9', partitions: [0] }] })
  await play.beat('a', { ...nothing, activeTasks: [{ subtopologyId: '0', partitions: [2] }] })
  await play.settle('a', 'b')
  await play.describe(GROUP)
  await play.join('c', { topology: { ...COUNT, epoch: 1 } })
  await play.join('c', { topology: aTopology({ sourceTopics: [TOPIC] }) })
  await play.ask(ListGroups, 5, { statesFilter: ['Stable'], typesFilter: ['streams'] })
  await play.ask(DescribeGroups, 6, { groups: [GROUP], includeAuthorizedOperations: false })
}

async function offsets(play: StreamsGroupPlay): Promise<void> {
  play.note('offsets')
  const current = play.epochOf('a')
  for (const epoch of [current, current + 1, current - 1, 0, -1]) await commit(play, 'a', epoch)
  await commit(play, '', -1)
  await commit(play, 'stranger', current)
  await commit(play, 'a', current, 8)
  for (const [memberId, epoch] of [
    ['a', current] as const,
    ['a', current + 1] as const,
    ['stranger', current] as const,
    [null, -1] as const,
  ]) {
    const topics = [{ name: TOPIC, topicId: ZERO_UUID, partitionIndexes: [0, 1] }]
    const groups = [{ groupId: GROUP, memberId, memberEpoch: epoch, topics }]
    await play.ask(OffsetFetch, 9, { groupId: '', topics: null, groups, requireStable: false })
  }
  const topics = [TOPIC, OTHER_TOPIC].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }))
  await play.ask(OffsetDelete, 0, { groupId: GROUP, topics })
}

async function commit(
  play: StreamsGroupPlay,
  memberId: string,
  epoch: number,
  version = 9,
): Promise<void> {
  const offset = { committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: '' }
  const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, ...offset }))
  await play.ask(OffsetCommit, version, {
    groupId: GROUP,
    memberId,
    generationIdOrMemberEpoch: epoch,
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [{ name: TOPIC, topicId: ZERO_UUID, partitions }],
  })
}

async function endpoints(play: StreamsGroupPlay): Promise<void> {
  play.note('endpoints')
  await play.join('c', { userEndpoint: { host: 'h', port: 7 } })
  await play.settle('a', 'b', 'c')
  await play.beat('a', { endpointInformationEpoch: 2 })
  await play.beat('c', { memberEpoch: -1 })
  await play.settle('a', 'b')
}

async function otherKinds(play: StreamsGroupPlay): Promise<void> {
  play.note('other kinds')
  await play.ask(ConsumerGroupHeartbeat, 0, {
    groupId: GROUP,
    memberId: 'n',
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: 1000,
    subscribedTopicNames: [TOPIC],
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: [],
  })
  const asked = { groupIds: [GROUP], includeAuthorizedOperations: false }
  await play.ask(ConsumerGroupDescribe, 0, asked)
  const claim = { groupId: GROUP, memberId: 'a', groupInstanceId: null }
  await play.ask(Heartbeat, 4, { ...claim, generationId: play.epochOf('a') })
}

async function ends(play: StreamsGroupPlay): Promise<void> {
  play.note('ends')
  await play.beat('a', { shutdownApplication: true })
  await play.beat('b')
  await play.ask(DeleteGroups, 2, { groupsNames: [GROUP] })
  await play.beat('a', { memberEpoch: -1 })
  await play.settle('b')
  await play.beat('b', { memberEpoch: -1 })
  await play.beat('b', { memberEpoch: -1 })
  await play.describe(GROUP)
  await play.join('d')
  await play.beat('d', { memberEpoch: -1 })
  await play.ask(DeleteGroups, 2, { groupsNames: [GROUP] })
  await play.describe(GROUP)
  await play.beat('a', { memberEpoch: 3 })
}

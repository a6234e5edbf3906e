import { readFile, writeFile } from 'node:fs/promises'

import { Broker } from '@pafka/broker'
import {
  ConsumerGroupHeartbeat,
  DeleteGroups,
  DescribeGroups,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  SyncGroup,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ConsumerGroupPlay, GROUP, TOPIC } from './consumer-group-play.ts'

/** What Apache Kafka 4.3.1 answered to the same play. */
const ANSWERS = new URL('fixtures/consumer-group-answers.txt', import.meta.url)
/**
 * `host:port` of a fresh Kafka with group.consumer.assignment.interval.ms=0 and
 * group.initial.rebalance.delay.ms=0: writes `ANSWERS` anew.
 */
const RECORD_FROM = process.env['PAFKA_RECORD_CONSUMER_GROUP_ANSWERS']

test('consumer groups are answered as Kafka answers', async () => {
  if (RECORD_FROM !== undefined) {
    await writeFile(ANSWERS, `${(await played(RECORD_FROM)).join('\n')}\n`)
  }
  const config = { 'group.initial.rebalance.delay.ms': 0, 'offsets.topic.num.partitions': 50 }
  await using broker = await Broker.start({ config })
  const expected = (await readFile(ANSWERS, 'utf8')).trimEnd().split('\n')
  expect(await played(broker.bootstrap)).toEqual(expected)
})

async function played(bootstrap: string): Promise<readonly string[]> {
  using play = await ConsumerGroupPlay.open(bootstrap)
  await refusals(play)
  await twoMembers(play)
  await offsets(play)
  await staticMembers(play)
  await patterns(play)
  await migration(play)
  return play.lines
}

async function refusals(play: ConsumerGroupPlay): Promise<void> {
  play.note('refusals')
  await play.join('')
  await play.join('a', { groupId: '' })
  await play.join('a', { instanceId: '' })
  await play.join('a', { rackId: '' })
  await play.join('a', { rebalanceTimeoutMs: -1 })
  await play.join('a', { topicPartitions: null })
  await play.join('a', { topicPartitions: [{ topicId: play.topicId, partitions: [0] }] })
  await play.join('a', { subscribedTopicNames: null })
  await play.join('a', { serverAssignor: 'robin' })
  await play.join('a', { memberEpoch: 1 })
  await play.join('a', { memberEpoch: -1 })
  await play.join('a', { memberEpoch: -2 })
  await play.join('a', { memberEpoch: -2, instanceId: 'i' })
  await play.join('a', { memberEpoch: -3 })
  await play.join('a', { subscribedTopicRegex: '(' })
  await play.describe(GROUP, 'nobody')
}

async function twoMembers(play: ConsumerGroupPlay): Promise<void> {
  play.note('two members')
  await play.join('a')
  await play.describe(GROUP)
  await play.acknowledge('a')
  await play.beat('a')
  await play.beat('a', {
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: [TOPIC],
    topicPartitions: [],
  })
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
  await play.beat('a', { memberEpoch: 1, topicPartitions: [] })
  await play.beat('a', { memberEpoch: 1 })
  await play.beat('b', { serverAssignor: 'range' })
  await play.beat('b', { subscribedTopicNames: [TOPIC, 'no-such-topic'] })
  await play.settle('a', 'b')
  await play.describe(GROUP)
  await play.beat('a', {
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: [TOPIC],
    topicPartitions: [],
  })
  await play.ask(ListGroups, 5, { statesFilter: [], typesFilter: ['consumer'] })
  await play.ask(DescribeGroups, 6, { groups: [GROUP], includeAuthorizedOperations: false })
  await play.ask(DescribeGroups, 5, { groups: [GROUP], includeAuthorizedOperations: false })
}

async function offsets(play: ConsumerGroupPlay): Promise<void> {
  play.note('offsets')
  const current = play.epochOf('a')
  await commit(play, 'a', current)
  await commit(play, 'a', current + 1)
  await commit(play, 'a', current - 1)
  await commit(play, 'a', 0)
  await commit(play, 'a', -1)
  await commit(play, '', -1)
  await commit(play, 'stranger', current)
  await commit(play, 'a', current, 8)
  await fetchOffsets(play, 'a', current)
  await fetchOffsets(play, 'a', current - 1)
  await fetchOffsets(play, 'stranger', current)
  await fetchOffsets(play, null, -1)
  const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0 }] }]
  await play.ask(OffsetDelete, 0, { groupId: GROUP, topics })
  await play.ask(DeleteGroups, 2, { groupsNames: [GROUP] })
  await play.beat('b', { memberEpoch: -1 })
  await play.settle('a')
  await play.beat('a', { memberEpoch: -1 })
  await play.beat('a', { memberEpoch: -1 })
  await play.describe(GROUP)
  await play.ask(ListGroups, 5, { statesFilter: ['empty'], typesFilter: [] })
  await commit(play, '', -1)
  await play.ask(DeleteGroups, 2, { groupsNames: [GROUP] })
  await play.ask(DeleteGroups, 2, { groupsNames: [GROUP] })
}

async function commit(
  play: ConsumerGroupPlay,
  memberId: string,
  epoch: number,
  version = 9,
): Promise<void> {
  const offset = { committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: '' }
  await play.ask(OffsetCommit, version, {
    groupId: GROUP,
    memberId,
    generationIdOrMemberEpoch: epoch,
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [
      { name: TOPIC, topicId: play.topicId, partitions: [{ partitionIndex: 0, ...offset }] },
    ],
  })
}

async function fetchOffsets(
  play: ConsumerGroupPlay,
  memberId: string | null,
  memberEpoch: number,
): Promise<void> {
  const topics = [{ name: TOPIC, topicId: play.topicId, partitionIndexes: [0, 1] }]
  const groups = [{ groupId: GROUP, memberId, memberEpoch, topics }]
  await play.ask(OffsetFetch, 9, { groupId: '', topics: null, groups, requireStable: false })
}

async function staticMembers(play: ConsumerGroupPlay): Promise<void> {
  play.note('static members')
  const instanceId = 'i'
  await play.join('s1', { instanceId })
  await play.acknowledge('s1')
  await play.beat('s1', { instanceId })
  await play.beat('s1', { instanceId: 'j' })
  await play.join('s2', { instanceId })
  await play.beat('s2', { memberEpoch: -2, instanceId })
  await play.beat('s1', { memberEpoch: -2, instanceId })
  await play.describe(GROUP)
  await play.join('s2', { instanceId })
  await play.describe(GROUP)
  await play.beat('s1', { instanceId })
  await play.beat('s2', { memberEpoch: -1, instanceId })
  await play.describe(GROUP)
}

async function patterns(play: ConsumerGroupPlay): Promise<void> {
  play.note('patterns')
  const pattern = { subscribedTopicNames: null, subscribedTopicRegex: 'consumer-to.*' }
  await play.join('p', pattern)
  for (let tries = 0; tries < 5; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    play.lines.pop()
    await play.acknowledge('p')
  }
  await play.settle('p')
  await play.beat('p', { subscribedTopicRegex: '', subscribedTopicNames: [] })
  await play.settle('p')
  await play.describe(GROUP)
  await play.beat('p', { subscribedTopicRegex: '__consumer_offse.s' })
  play.lines.pop() // Kafka finds out later
  for (let tries = 0; tries < 5; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    await play.settle('p')
    play.lines.pop()
  }
  await play.acknowledge('p')
  await play.describe(GROUP)
  await play.beat('p', { memberEpoch: -1 })
}

/** A classic member, then one of the new protocol, then the classic one goes, or the other. */
async function migration(play: ConsumerGroupPlay): Promise<void> {
  play.note('migration')
  const memberId = await joinClassic(play, '')
  play.name(memberId, 'classic')
  const again = await classic(play, memberId)
  await sync(play, memberId, again)
  await play.join('n')
  await play.describe(GROUP)
  await heartbeat(play, memberId, again)
  await mixed(play, memberId)
  const moved = await classic(play, memberId)
  await sync(play, memberId, moved)
  await heartbeat(play, memberId, moved)
  const last = await classic(play, memberId)
  await sync(play, memberId, last)
  await play.settle('n')
  await play.describe(GROUP)
  await play.ask(DescribeGroups, 6, { groups: [GROUP], includeAuthorizedOperations: false })
  await commit(play, memberId, last)
  await commit(play, memberId, last + 1)
  await play.beat('n', { memberEpoch: -1 })
  await play.describe(GROUP)
  await heartbeat(play, memberId, last)
  await play.ask(LeaveGroup, 5, {
    groupId: GROUP,
    memberId: '',
    members: [{ memberId, groupInstanceId: null, reason: null }],
  })
  await play.ask(DeleteGroups, 2, { groupsNames: [GROUP] })
  await play.beat('n', { memberEpoch: 3 })
  await play.ask(ConsumerGroupHeartbeat, 0, {
    groupId: GROUP,
    memberId: 'n',
    memberEpoch: 3,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
  })
}

/** What members of one protocol are told who ask by the other, or for what they have not. */
async function mixed(play: ConsumerGroupPlay, memberId: string): Promise<void> {
  await heartbeat(play, 'n', 2)
  await heartbeat(play, memberId, 7)
  await heartbeat(play, 'stranger', 2)
  await sync(play, 'n', 2)
  await sync(play, memberId, 7)
  await sync(play, memberId, 1)
  await play.ask(JoinGroup, 9, { ...joinRequest(''), protocolType: 'connect' })
  const protocols = [{ name: 'robin', metadata: SUBSCRIPTION }]
  await play.ask(JoinGroup, 9, { ...joinRequest('x'), protocols })
  await play.ask(JoinGroup, 9, { ...joinRequest('x'), protocols: [] })
  await play.ask(JoinGroup, 9, { ...joinRequest('x'), groupInstanceId: 'unknown' })
  const stranger = { memberId: 'stranger', groupInstanceId: null, reason: null }
  const unknown = { memberId: '', groupInstanceId: 'unknown', reason: null }
  const members = [stranger, unknown]
  await play.ask(LeaveGroup, 5, { groupId: GROUP, memberId: '', members })
  await play.ask(ListGroups, 5, { statesFilter: [], typesFilter: [] })
}

/** Version 1 of a consumer's subscription to `TOPIC`. */
const SUBSCRIPTION = Buffer.concat([
  Buffer.from('000100000001000e', 'hex'),
  Buffer.from(TOPIC),
  Buffer.from('ffffffff00000000', 'hex'),
])

async function joinClassic(play: ConsumerGroupPlay, memberId: string): Promise<string> {
  const kept = play.lines.length
  const joined = await play.ask(JoinGroup, 9, joinRequest(memberId))
  play.lines.length = kept // its id is random
  return joined.memberId
}

async function classic(play: ConsumerGroupPlay, memberId: string): Promise<number> {
  const { generationId } = await play.ask(JoinGroup, 9, joinRequest(memberId))
  return generationId
}

function joinRequest(memberId: string): Parameters<typeof JoinGroup.request.encode>[1] {
  return {
    groupId: GROUP,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 5000,
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: SUBSCRIPTION }],
    reason: null,
  }
}

async function sync(
  play: ConsumerGroupPlay,
  memberId: string,
  generationId: number,
): Promise<void> {
  // all four partitions of the topic, as its leader would assign them to itself
  const assignment = Buffer.concat([
    Buffer.from('000100000001000e', 'hex'),
    Buffer.from(TOPIC),
    Buffer.from('0000000400000000000000010000000200000003ffffffff', 'hex'),
  ])
  await play.ask(SyncGroup, 5, {
    groupId: GROUP,
    memberId,
    groupInstanceId: null,
    generationId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId, assignment }],
  })
}

async function heartbeat(
  play: ConsumerGroupPlay,
  memberId: string,
  generationId: number,
): Promise<void> {
  await play.ask(Heartbeat, 4, { groupId: GROUP, memberId, groupInstanceId: null, generationId })
}

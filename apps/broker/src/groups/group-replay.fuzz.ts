import { assert, type Random } from '@pafka/base'
import { ErrorCode, ZERO_UUID } from '@pafka/protocol'
import { type Fuzz, mutated } from '@pafka/testing'

import { CoordinatorStage, NOBODY } from '../../test/coordinator-stage.ts'
import { MemoryCoordinatorLog } from '../../test/memory-coordinator-log.ts'
import { ShareStage } from '../../test/share-stage.ts'
import { StreamsStage, WORD_COUNT } from '../../test/streams-stage.ts'
import { ConsumerGroup } from '../consumer-groups/consumer-group.ts'
import { encodeGroupRecord } from '../consumer-groups/consumer-group-codec.ts'
import { NEW_ASSIGNMENT, NEW_METADATA } from '../consumer-groups/consumer-member.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { NO_TASKS } from '../streams-groups/tasks.ts'
import { OffsetsRecordEncoder } from './offsets-record.ts'
import { topicsOfSubscription } from './consumer-metadata.ts'

export const fuzzes: readonly Fuzz[] = [
  { name: 'load groups and offsets from a damaged log, and use them', run: loadDamaged },
  {
    name: 'read the topics of any subscription',
    run: (random) => void topicsOfSubscription(mutated(random, SUBSCRIPTION)),
  },
]

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const HEARTBEAT = {
  ...{ memberIds: ['m1', 'm2', 'new'], instanceId: null, memberEpoch: 0, reported: new Map() },
  ...{ rackId: null, clientId: 'c', clientHost: '/::1', rebalanceTimeoutMs: 1 },
  ...{ topicNames: ['flights'], topicPattern: null, serverAssignor: null },
}

const STREAMS_HEARTBEAT = {
  ...{ memberEpoch: 0, endpointEpoch: 0, rackId: null, clientId: 'c', clientHost: '/::1' },
  ...{ rebalanceTimeoutMs: 1, topology: WORD_COUNT, reported: NO_TASKS, processId: 'p' },
  ...{ userEndpoint: null, clientTags: [], shutdownApplication: false },
}

/** Version 1: the topic `flights`, no user data, no owned partitions. */
const SUBSCRIPTION = Buffer.from('0001000000010007666c6967687473ffffffff00000000', 'hex')

async function loadDamaged(random: Random): Promise<void> {
  const log = new MemoryCoordinatorLog(1)
  const records = [...sound(random), ...(await played(random))]
  log.records(0).push(...records.map((record) => damaged(random, record)))
  const stage = new CoordinatorStage(log)
  const { coordinator } = stage
  const { errorCode, groups } = await coordinator.list({ states: [], types: [] })
  assert(errorCode === ErrorCode.NONE, 'whatever was there, the partition is loaded')
  for (const { groupId } of groups) {
    await coordinator.heartbeat(groupId, { ...NOBODY, memberId: 'm0', generationId: 1 })
    await coordinator.fetchOffsets(groupId, null)
    const { memberIds, ...request } = HEARTBEAT
    for (const memberId of memberIds) {
      await coordinator.consumerHeartbeat(groupId, { ...request, memberId })
      await coordinator.share.heartbeat(groupId, { ...request, memberId })
      await coordinator.streams.heartbeat(groupId, { ...STREAMS_HEARTBEAT, memberId })
    }
    await coordinator.streams.describe(groupId)
    await coordinator.leave(groupId, [{ memberId: 'm1', groupInstanceId: null }])
  }
  stage.clock.advance(600_000)
  stage.coordinator.stop()
}

/** What a coordinator may have written. */
function sound(random: Random): CoordinatorRecord[] {
  const encoder = new OffsetsRecordEncoder()
  for (let left = random.below(5); left > 0; left -= 1) {
    const place = { topic: 'flights', partition: random.below(3) }
    encoder.offset(anId(random), place, {
      offset: random.below(1000),
      leaderEpoch: -1,
      metadata: 'm',
      commitTimestampMs: 0,
      expireTimestampMs: random.below(3) - 1,
      topicId: ZERO_UUID,
    })
    encoder.group(anId(random), {
      protocolType: 'consumer',
      generation: 1,
      protocol: 'range',
      leader: 'm0',
      currentStateTimestamp: 0,
      members: Array.from({ length: random.below(3) }, (_, index) => ({
        memberId: `m${index}`,
        groupInstanceId: random.below(2) === 0 ? null : `i${index}`,
        clientId: 'c',
        clientHost: '/::1',
        rebalanceTimeout: 1000,
        sessionTimeout: 1000,
        subscription: SUBSCRIPTION,
        assignment: new Uint8Array(0),
      })),
    })
    if (random.below(4) === 0) encoder.groupTombstone(anId(random))
  }
  return [...encoder.finish(), ...soundConsumerGroup(random)]
}

/** A group of the consumer protocol, in the midst of a rebalance. */
function soundConsumerGroup(random: Random): CoordinatorRecord[] {
  const group = new ConsumerGroup(anId(random))
  const epoch = 1 + random.below(5)
  group.emit({ kind: 'group', value: { epoch, metadataHash: 1 } })
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const memberId = `m${left}`
    const assigned = new Map([[TOPIC_ID, new Map([[left, epoch]])]])
    const classic = {
      sessionTimeoutMs: 9000,
      protocols: [{ name: 'range', metadata: SUBSCRIPTION }],
    }
    const value = { ...NEW_METADATA, rebalanceTimeoutMs: 1, topicNames: ['flights'] }
    const metadata = random.below(2) === 0 ? value : { ...value, classic }
    group.emit({ kind: 'member', memberId, value: metadata })
    group.emit({ kind: 'target', memberId, value: new Map([[TOPIC_ID, [left, 7]]]) })
    const current = { ...NEW_ASSIGNMENT, memberEpoch: epoch, assigned }
    group.emit({ kind: 'current', memberId, value: current })
  }
  group.emit({ kind: 'target-epoch', value: { epoch, timestampMs: 0 } })
  return group.takeEmitted().map((record) => encodeGroupRecord(group.groupId, record))
}

/** A share group or a streams group, of an id that is used for groups of other kinds, too. */
async function played(random: Random): Promise<readonly CoordinatorRecord[]> {
  const names = ['m1', 'm2'].slice(random.below(3))
  const stage = random.below(2) === 0 ? await playedShares(names) : await playedStreams(names)
  const { partition } = stage.coordinator.placeOf('g')
  stage.coordinator.stop()
  return stage.memory.records(partition)
}

async function playedShares(names: readonly string[]): Promise<CoordinatorStage> {
  const stage = new ShareStage()
  stage.topics.set('flights', 2)
  for (const name of names) await stage.join(name, 'flights')
  return stage
}

async function playedStreams(names: readonly string[]): Promise<CoordinatorStage> {
  const stage = new StreamsStage()
  stage.makeTopics(2)
  for (const name of names) await stage.join(name)
  return stage
}

function anId(random: Random): string {
  return ['g', 'g1', 'g2'][random.below(3)] ?? ''
}

function damaged(random: Random, { key, value }: CoordinatorRecord): CoordinatorRecord {
  return {
    key: mutated(random, key),
    value: value === null || random.below(10) === 0 ? null : mutated(random, value),
  }
}

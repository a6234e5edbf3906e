import { WireReader } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { aTopology, between, changelog } from '../../test/topologies.ts'
import { MemberState } from '../consumer-groups/consumer-member.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { decodeStreamsRecord, streamsGroupFormat } from './streams-group-codec.ts'
import type { StreamsGroupRecord } from './streams-group-record.ts'
import { NEW_STREAMS_ASSIGNMENT, NEW_STREAMS_METADATA } from './streams-member.ts'
import { NO_TASKS } from './tasks.ts'

const configs = [{ key: 'num.standby.replicas', value: '1' }]
const topology = aTopology(
  {
    sourceTopics: ['a', 'b'],
    repartitionSinkTopics: ['r'],
    copartitionGroups: [
      { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] },
    ],
  },
  { repartitionSourceTopics: [between('r', 3)], stateChangelogTopics: [changelog('c')] },
)
const epochs = new Map([
  [1, 5],
  [2, 3],
])

const RECORDS: readonly StreamsGroupRecord[] = [
  {
    kind: 'group',
    value: { epoch: 7, metadataHash: 123_456_789_012, validatedTopologyEpoch: 2, configs },
  },
  { kind: 'group', value: { epoch: 7, metadataHash: 0, validatedTopologyEpoch: -1, configs: [] } },
  { kind: 'group', value: null },
  { kind: 'topology', value: topology },
  { kind: 'topology', value: null },
  { kind: 'target-epoch', value: { epoch: 6, timestampMs: 1_700_000_000_000 } },
  { kind: 'target-epoch', value: null },
  {
    kind: 'target',
    memberId: 'm',
    value: {
      active: new Map([['0', [0, 2]]]),
      standby: new Map([['1', [1]]]),
      warmup: new Map([['1', [3]]]),
    },
  },
  { kind: 'target', memberId: 'm', value: NO_TASKS },
  { kind: 'target', memberId: 'm', value: null },
  {
    kind: 'member',
    memberId: 'm',
    value: {
      instanceId: null,
      rackId: 'r',
      clientId: 'c',
      clientHost: '/::1',
      rebalanceTimeoutMs: 5,
      topologyEpoch: 1,
      processId: 'p',
      userEndpoint: { host: 'h', port: 65_535 },
      clientTags: [{ key: 'zone', value: 'z' }],
    },
  },
  { kind: 'member', memberId: 'm', value: NEW_STREAMS_METADATA },
  { kind: 'member', memberId: 'm', value: null },
  {
    kind: 'current',
    memberId: 'm',
    value: {
      memberEpoch: 5,
      previousEpoch: 4,
      state: MemberState.UNREVOKED,
      assigned: { ...NO_TASKS, active: new Map([['0', epochs]]), standby: new Map([['1', [1]]]) },
      revoking: { ...NO_TASKS, active: new Map([['1', new Map([[0, 2]])]]) },
    },
  },
  { kind: 'current', memberId: 'm', value: NEW_STREAMS_ASSIGNMENT },
  { kind: 'current', memberId: 'm', value: null },
]

function decoded({ key, value }: CoordinatorRecord): ReturnType<typeof decodeStreamsRecord> {
  const reader = new WireReader(key)
  return decodeStreamsRecord(reader.int16(), reader, value)
}

test.each(RECORDS)('a record comes back as it went: %o', (record) => {
  expect(decoded(streamsGroupFormat.encode('g', record))).toEqual({ groupId: 'g', record })
})

test('types of keys are those of Kafka', () => {
  const types = RECORDS.map((record) => {
    const { key } = streamsGroupFormat.encode('g', record)
    return `${record.kind} ${new WireReader(key).int16()}`
  })
  const expected = ['group 17', 'topology 23', 'target-epoch 20', 'target 21', 'member 19']
  expect([...new Set(types)]).toEqual([...expected, 'current 22'])
})

test('a record of another kind is none of streams groups', () => {
  expect(decodeStreamsRecord(3, new WireReader(new Uint8Array(8)), null)).toBeUndefined()
})

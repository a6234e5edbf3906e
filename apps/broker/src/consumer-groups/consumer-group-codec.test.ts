import { WireReader } from '@pafka/protocol'
import { expect, test } from 'vitest'

import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { decodeGroupRecord, encodeGroupRecord } from './consumer-group-codec.ts'
import type { ConsumerGroupRecord } from './consumer-group-record.ts'
import { MemberState, NEW_ASSIGNMENT, NEW_METADATA } from './consumer-member.ts'

const TOPIC = 'AAAAAAAAAAAAAAAAAAAAAQ'

const RECORDS: readonly ConsumerGroupRecord[] = [
  { kind: 'group', value: { epoch: 7, metadataHash: 123_456_789_012 } },
  { kind: 'group', value: null },
  { kind: 'target-epoch', value: { epoch: 6, timestampMs: 1_700_000_000_000 } },
  { kind: 'target-epoch', value: null },
  { kind: 'target', memberId: 'm', value: new Map([[TOPIC, [0, 2]]]) },
  { kind: 'target', memberId: 'm', value: null },
  { kind: 'pattern', pattern: 'f.*', value: { topicNames: ['a'], version: 2, timestampMs: 3 } },
  { kind: 'pattern', pattern: 'f.*', value: null },
  {
    kind: 'member',
    memberId: 'm',
    value: {
      instanceId: 'i',
      rackId: 'r',
      clientId: 'c',
      clientHost: '/::1',
      topicNames: ['a', 'b'],
      topicPattern: 'f.*',
      rebalanceTimeoutMs: 5,
      serverAssignor: 'range',
      classic: {
        sessionTimeoutMs: 4,
        protocols: [{ name: 'range', metadata: new Uint8Array([1]) }],
      },
    },
  },
  { kind: 'member', memberId: 'm', value: NEW_METADATA },
  { kind: 'member', memberId: 'm', value: null },
  {
    kind: 'current',
    memberId: 'm',
    value: {
      memberEpoch: 5,
      previousEpoch: 4,
      state: MemberState.UNREVOKED,
      assigned: new Map([
        [
          TOPIC,
          new Map([
            [1, 5],
            [2, 3],
          ]),
        ],
      ]),
      revoking: new Map([[TOPIC, new Map([[0, 2]])]]),
    },
  },
  { kind: 'current', memberId: 'm', value: null },
]

function decode({ key, value }: CoordinatorRecord): unknown {
  const reader = new WireReader(key)
  return decodeGroupRecord(reader.int16(), reader, value)
}

test('every record comes back as it was', () => {
  for (const record of RECORDS) {
    expect(decode(encodeGroupRecord('g', record))).toEqual({ groupId: 'g', record })
  }
})

/** As DumpLogSegments and a hex editor show what Kafka 4.3.1 wrote of a group. */
test('a record is byte for byte what Kafka writes', () => {
  const hex = (record: ConsumerGroupRecord): string => {
    const { key, value } = encodeGroupRecord('consumer-play', record)
    return Buffer.concat([key, Buffer.from(' '), value ?? new Uint8Array(0)]).toString('latin1')
  }
  const bytes = (...parts: readonly string[]): string =>
    parts.map((part) => Buffer.from(part, 'hex').toString('latin1')).join(' ')
  const group = '000d636f6e73756d65722d706c6179'
  const metadata = {
    ...NEW_METADATA,
    clientId: 'play',
    clientHost: '/127.0.0.1',
    topicNames: ['consumer-topic'],
    rebalanceTimeoutMs: 60_000,
  }
  expect(hex({ kind: 'member', memberId: 'a', value: metadata })).toBe(
    bytes(
      `0005${group}000161`,
      '0000000005706c61790b2f3132372e302e302e31020f636f6e73756d65722d746f706963010000ea60000100' +
        '0100',
    ),
  )
  const current = { ...NEW_ASSIGNMENT, memberEpoch: 3, previousEpoch: 0 }
  expect(hex({ kind: 'current', memberId: 'b', value: current })).toBe(
    bytes(`0008${group}000162`, '0000000000030000000000010100'),
  )
  expect(hex({ kind: 'target', memberId: 'p', value: new Map() })).toBe(
    bytes(`0007${group}000170`, '00000100'),
  )
})

test('a member in a state of a later Kafka starts over', () => {
  const unknown = encodeGroupRecord('g', { kind: 'current', memberId: 'm', value: NEW_ASSIGNMENT })
  const value = new Uint8Array(unknown.value ?? [])
  value[10] = 99
  expect(decode({ key: unknown.key, value })).toMatchObject({ record: { value: NEW_ASSIGNMENT } })
})

test('what Kafka before 4.1 kept of topics is known, and means nothing', () => {
  const key = Buffer.from('0004000167', 'hex')
  expect(decode({ key, value: null })).toEqual({ groupId: 'g', record: null })
  expect(decode({ key: Buffer.from('0063', 'hex'), value: null })).toBe(undefined)
})

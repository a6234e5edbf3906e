import { DecodeError } from '@pafka/base'
import { ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { javaHashCode, partitionOfKey } from '../coordinator-log/coordinator-log.ts'
import { OffsetsRecordReader } from './offsets-record-reader.ts'
import { OffsetsRecordEncoder } from './offsets-record.ts'

const PLACE = { topic: 'flights', partition: 3 }
const COMMITTED = {
  offset: 42,
  leaderEpoch: 7,
  metadata: 'héllo',
  commitTimestampMs: 1_700_000_000_000,
  expireTimestampMs: -1,
  topicId: ZERO_UUID,
}
const GROUP = {
  protocolType: 'consumer',
  generation: 5,
  protocol: 'range',
  leader: 'a-1',
  currentStateTimestamp: 1_700_000_000_000,
  members: [
    {
      memberId: 'a-1',
      groupInstanceId: null,
      clientId: 'a',
      clientHost: '/127.0.0.1',
      rebalanceTimeout: 60_000,
      sessionTimeout: 10_000,
      subscription: Buffer.from('topics'),
      assignment: Buffer.from('partitions'),
    },
  ],
}

const reader = new OffsetsRecordReader()
const NOTHING = Buffer.alloc(0)

function hex(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? Buffer.from(bytes).toString('hex') : null
}

/** One field per part. */
function hexOf(...parts: readonly string[]): string {
  return parts.join('')
}

test('an offset is written as Kafka 4.3 writes it: key of type 1, value of version 3', () => {
  const encoder = new OffsetsRecordEncoder()
  encoder.offset('g', PLACE, COMMITTED)
  const [record] = encoder.finish()
  expect(hex(record?.key)).toEqual(hexOf('0001', '000167', '0007666c6967687473', '00000003'))
  expect(hex(record?.value)).toEqual(
    hexOf('0003', '000000000000002a', '00000007', '000668c3a96c6c6f', '0000018bcfe56800'),
  )
})

test('a topic id makes it version 4, a retention of its own version 1', () => {
  const encoder = new OffsetsRecordEncoder()
  encoder.offset('g', PLACE, { ...COMMITTED, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' })
  encoder.offset('g', PLACE, { ...COMMITTED, expireTimestampMs: 9 })
  const records = encoder.finish()
  expect(records.map(({ value }) => hex(value)?.slice(0, 4))).toEqual(['0004', '0001'])
  expect(records.map(({ value }) => value && reader.offset(value))).toEqual([
    { ...COMMITTED, topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' },
    { ...COMMITTED, expireTimestampMs: 9, leaderEpoch: -1 },
  ])
})

test('records of one encoder come back one by one, tombstones without a value', () => {
  const encoder = new OffsetsRecordEncoder(4)
  const metadata = 'x'.repeat(5000) // more than one piece of memory
  encoder.offset('g', PLACE, { ...COMMITTED, metadata })
  encoder.offsetTombstone('g', PLACE)
  encoder.group('g', GROUP)
  encoder.groupTombstone('g')
  const records = encoder.finish()
  expect(records.map(({ key }) => reader.key(key))).toEqual([
    { kind: 'offset', groupId: 'g', place: PLACE },
    { kind: 'offset', groupId: 'g', place: PLACE },
    { kind: 'group', groupId: 'g' },
    { kind: 'group', groupId: 'g' },
  ])
  expect(records.map(({ value }) => value === null)).toEqual([false, true, false, true])
  const [offset, , group] = records.map(({ value }) => value ?? Buffer.alloc(0))
  expect(offset && reader.offset(offset).metadata).toBe(metadata)
  expect(group && hex(group.subarray(0, 2))).toBe('0003')
  expect(group && reader.group(group)).toEqual(GROUP)
})

test('keys of kinds that nobody here knows are named, broken ones refused', () => {
  expect(reader.key(Buffer.from('0003000167', 'hex'))).toEqual({
    kind: 'unknown',
    recordType: 3,
  })
  for (const broken of ['', '00', '0001', '00010005', '0002ffff']) {
    expect(() => reader.key(Buffer.from(broken, 'hex'))).toThrow(DecodeError)
  }
  expect(() => reader.offset(Buffer.from('0009', 'hex'))).toThrow(DecodeError)
  expect(() => reader.group(Buffer.from('0003', 'hex'))).toThrow(DecodeError)
})

test('keys that begin like the one before are told apart', () => {
  const encoder = new OffsetsRecordEncoder(6)
  const places: [string, string, number][] = [
    ['g', 'flights', 1],
    ['g', 'flights', 2],
    ['g', 'flightz', 2],
    ['h', 'flightz', 2],
    ['hf', 'lightz', 2],
    ['hf', 'lightz', 70_000],
  ]
  for (const [groupId, topic, partition] of places) {
    encoder.offsetTombstone(groupId, { topic, partition })
  }
  const records = encoder.finish().map(({ key }) => Buffer.from(key)) // memory of their own
  expect(records.map((key) => reader.key(key))).toEqual(
    places.map(([groupId, topic, partition]) => {
      return { kind: 'offset', groupId, place: { topic, partition } }
    }),
  )
  const [, last] = records
  expect(() => reader.key(last?.subarray(0, -1) ?? NOTHING)).toThrow(DecodeError)
})

test('a group is kept in the partition that Java would choose', () => {
  expect(javaHashCode('hello')).toBe(99_162_322)
  expect(javaHashCode('polygenelubricants')).toBe(-(2 ** 31))
  expect(partitionOfKey('polygenelubricants', 50)).toBe(0)
  expect(partitionOfKey('', 50)).toBe(0)
  expect(partitionOfKey('hello', 50)).toBe(22)
})

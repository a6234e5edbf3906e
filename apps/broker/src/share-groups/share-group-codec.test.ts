import { WireReader } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { decodeShareRecord, shareGroupFormat } from './share-group-codec.ts'
import type { ShareGroupRecord } from './share-group-record.ts'

const TOPIC = 'Zm9vYmFyZm9vYmFyZm9vYg'
const partitions = new Map([[TOPIC, [0, 2]]])

const RECORDS: readonly ShareGroupRecord[] = [
  { kind: 'group', value: { epoch: 3, metadataHash: 99 } },
  { kind: 'target-epoch', value: { epoch: 3, timestampMs: 1_700_000_000_000 } },
  { kind: 'topics', value: new Map([[TOPIC, { name: 'flights', partitions: [0, 1, 2] }]]) },
  {
    kind: 'member',
    memberId: 'm',
    value: { rackId: 'r', clientId: 'c', clientHost: '/::1', topicNames: ['flights', 'ports'] },
  },
  { kind: 'target', memberId: 'm', value: partitions },
  {
    kind: 'current',
    memberId: 'm',
    value: { memberEpoch: 3, previousEpoch: 2, assigned: partitions },
  },
]

test('every record comes back, and so does what deletes it', () => {
  for (const record of RECORDS) {
    for (const one of [record, { ...record, value: null }]) {
      const { key, value } = shareGroupFormat.encode('g', one)
      const reader = new WireReader(key)
      const recordType = reader.int16()
      expect(decodeShareRecord(recordType, reader, value)).toEqual({ groupId: 'g', record: one })
    }
  }
})

test('a key of another kind is none', () => {
  expect(decodeShareRecord(2, new WireReader(new Uint8Array(8)), null)).toBeUndefined()
})

test('a value of a later version is refused', () => {
  const { key, value } = shareGroupFormat.encode('g', RECORDS[0] ?? { kind: 'group', value: null })
  const reader = new WireReader(key)
  const recordType = reader.int16()
  const later = Buffer.from(value ?? [])
  later.writeInt16BE(1)
  expect(() => decodeShareRecord(recordType, reader, later)).toThrow('has no version 1')
})

import { DecodeError } from '@pafka/base'
import { Writer } from 'protobufjs/minimal.js'
import { expect, test } from 'vitest'

import { type CatalogRecord, decodeCatalogRecords, encodeCatalogRecords } from './catalog-record.ts'

const configs = new Map([
  ['retention.ms', '9223372036854775807'],
  ['empty', ''],
])

const places = ['x', 'y', '', 'y', 'x']

const RECORDS: readonly CatalogRecord[] = [
  { kind: 'topic-created', name: 'a', id: 'i', partitions: 3, internal: true, configs, places },
  { kind: 'topic-deleted', id: 'i', places: ['x'] },
  { kind: 'partitions-added', id: 'i', partitions: 70_000, places: [] },
  { kind: 'partitions-placed', id: 'i', places },
  { kind: 'topic-configs-set', id: 'i', configs: new Map() },
  { kind: 'broker-configs-set', broker: '', configs },
  { kind: 'producer-ids-reserved', nextBlock: 2 ** 32 - 1 },
  { kind: 'leader-epoch-raised', leaderEpoch: 0 },
  { kind: 'client-metrics-set', name: 'producers', configs },
  { kind: 'client-metrics-set', name: 'none', configs: new Map() },
  { kind: 'group-configs-set', name: 'orders', configs },
  { kind: 'group-configs-set', name: 'none', configs: new Map() },
  {
    kind: 'feature-levels-set',
    levels: new Map([
      ['transaction.version', 1],
      ['share.version', 0],
    ]),
  },
  {
    kind: 'client-quotas-set',
    entity: [
      { type: 'user', name: null },
      { type: 'client-id', name: '<default>' },
    ],
    quotas: new Map([
      ['request_percentage', 0.25],
      ['producer_byte_rate', 2 ** 63],
    ]),
  },
  { kind: 'client-quotas-set', entity: [{ type: 'ip', name: '::1' }], quotas: new Map() },
  {
    kind: 'catalog-kept',
    lineages: ['l', 'm'],
    dirs: [
      { id: 'x', path: '/a', hasCopy: true },
      { id: 'y', path: '/b', hasCopy: false },
    ],
  },
]

test('records come back as they were, alone and together', () => {
  for (const record of RECORDS)
    expect(decodeCatalogRecords(encodeCatalogRecords([record]))).toEqual([record])
  expect(decodeCatalogRecords(encodeCatalogRecords(RECORDS))).toEqual(RECORDS)
  expect(decodeCatalogRecords(encodeCatalogRecords([]))).toEqual([])
})

test('bytes cut anywhere are refused, or are fewer whole records', () => {
  const bytes = encodeCatalogRecords(RECORDS)
  for (let size = 0; size < bytes.length; size += 1) {
    const found = decoded(bytes.subarray(0, size))
    expect(RECORDS.slice(0, found?.length ?? 0)).toEqual(found ?? [])
  }
})

function decoded(bytes: Uint8Array): CatalogRecord[] | undefined {
  try {
    return decodeCatalogRecords(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** A batch of one record whose one field is `tag` and holds a message. */
function batchOf(tag: number, message: (writer: Writer) => void): Uint8Array {
  const writer = Writer.create()
  writer.uint32((1 << 3) | 2).fork()
  writer.uint32((tag << 3) | 2).fork()
  message(writer)
  return writer.ldelim().ldelim().finish()
}

test('a field that a newer version added is skipped, a kind that it added is not', () => {
  const added = batchOf(2, (writer) => {
    writer.uint32((1 << 3) | 2).string('i')
    writer.uint32((15 << 3) | 2).string('new')
    writer.uint32((16 << 3) | 0).uint32(7)
  })
  expect(decodeCatalogRecords(added)).toEqual([{ kind: 'topic-deleted', id: 'i', places: [] }])
  const unknown = batchOf(15, (writer) => writer.uint32((1 << 3) | 2).string('i'))
  expect(() => decodeCatalogRecords(unknown)).toThrow(/newer version/)
})

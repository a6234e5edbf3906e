import { DecodeError } from '@pafka/base'
import { encodeEndTransactionMarker, encodeRecordBatch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { bytes } from '../serde/bytes.ts'
import { utf8 } from '../serde/utf8.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { type AbortedTransaction, FetchedRecords } from './fetched-records.ts'

const source = { topic: 't', partition: 3, key: utf8(), value: utf8() }

interface BatchWish {
  readonly at: number
  readonly values: readonly string[]
  readonly producerId?: number
  readonly transactional?: boolean
}

function batchOf({ at, values, producerId = -1, transactional = false }: BatchWish): Uint8Array {
  const records = values.map((value) => ({
    ...{ timestamp: 1000 + at, key: Buffer.from(`k${value}`), value: Buffer.from(value) },
  }))
  return encodeRecordBatch({ baseOffset: at, producerId, transactional, records })
}

function marker(at: number, producerId: number, commit: boolean): Uint8Array {
  return encodeEndTransactionMarker({
    ...{ baseOffset: at, producerId, commit, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1 },
  })
}

function recordsIn(
  batches: readonly Uint8Array[],
  fetchOffset = 0,
  aborted: readonly AbortedTransaction[] = [],
): { readonly records: ConsumerRecord<string, string>[]; readonly nextOffset: number } {
  const fetched = new FetchedRecords(Buffer.concat(batches), fetchOffset, aborted)
  const records: ConsumerRecord<string, string>[] = []
  for (let batch = fetched.next(); batch !== undefined; batch = fetched.next()) {
    for (let one = batch.next(source); one !== undefined; one = batch.next(source)) {
      records.push(one)
    }
  }
  return { records, nextOffset: fetched.nextOffset }
}

function valuesIn(...given: Parameters<typeof recordsIn>): (string | null)[] {
  return recordsIn(...given).records.map(({ value }) => value)
}

test('records have what was sent, and where they are', () => {
  const headers = [
    { key: 'a', value: Buffer.from('1') },
    { key: 'a', value: Buffer.from('2') },
    { key: 'none', value: null },
  ]
  const batch = encodeRecordBatch({
    baseOffset: 7,
    records: [
      { timestamp: 1000, key: null, value: null },
      { timestamp: 900, key: Buffer.from(''), value: Buffer.from('ü'.repeat(5000)), headers },
    ],
  })
  const [first, second] = recordsIn([batch]).records
  expect([first?.key, first?.value, first?.headers]).toEqual([null, null, []])
  expect([first?.offset, first?.timestamp, first?.partition]).toEqual([7, 1000, 3])
  expect([second?.key, second?.value]).toEqual(['', 'ü'.repeat(5000)])
  expect([second?.offset, second?.timestamp, second?.topic]).toEqual([8, 900, 't'])
  expect(second?.headers.map(([name]) => name)).toEqual(['a', 'a', 'none'])
  expect([second?.header('a'), second?.header('none'), second?.header('b')]).toEqual([
    '2',
    undefined,
    undefined,
  ])
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('records of %s', (compression) => {
  const records = Array.from({ length: 300 }, (_, at) => {
    return { timestamp: at, key: null, value: Buffer.from(`value ${at}`) }
  })
  const read = recordsIn([encodeRecordBatch({ compression, records })])
  expect(read.records.map(({ value }) => value)).toEqual(
    records.map(({ value }) => value.toString()),
  )
  expect(read.nextOffset).toBe(300)
})

test('what the broker stamped has its time', () => {
  const records = [{ timestamp: 5, key: null, value: null }]
  expect(recordsIn([encodeRecordBatch({ logAppendTime: 77, records })]).records[0]?.timestamp).toBe(
    77,
  )
})

test('records before the offset that was asked for are left out, in the midst of a batch', () => {
  const read = recordsIn([batchOf({ at: 0, values: ['a', 'b', 'c'] })], 1)
  expect([read.records.map(({ value }) => value), read.nextOffset]).toEqual([['b', 'c'], 3])
})

test('a cut batch at the end is left for the next fetch, and batches before are left out', () => {
  const batches = [
    batchOf({ at: 0, values: ['a', 'b'] }),
    batchOf({ at: 2, values: ['c'] }),
    batchOf({ at: 3, values: ['d', 'e'] }).subarray(0, 70),
  ]
  const read = recordsIn(batches, 2)
  expect([read.records.map(({ value }) => value), read.nextOffset]).toEqual([['c'], 3])
})

test('two aborted transactions of one producer in one answer, and a committed one between', () => {
  const of = (at: number, values: readonly string[]): Uint8Array =>
    batchOf({ at, values, producerId: 9, transactional: true })
  const batches = [
    of(0, ['aborted 1']),
    marker(1, 9, false),
    of(2, ['committed']),
    marker(3, 9, true),
    batchOf({ at: 4, values: ['plain'] }),
    of(5, ['aborted 2']),
    marker(6, 9, false),
    of(7, ['committed 2']),
  ]
  const aborted = [
    { producerId: 9, firstOffset: 5 },
    { producerId: 9, firstOffset: 0 },
  ]
  expect(valuesIn(batches, 0, aborted)).toEqual(['committed', 'plain', 'committed 2'])
})

test('the marker of one producer ends no transaction of another', () => {
  const of = (at: number, producerId: number, value: string): Uint8Array =>
    batchOf({ at, values: [value], producerId, transactional: true })
  const batches = [
    ...[of(0, 1, 'aborted 1'), of(1, 2, 'aborted 2'), of(2, 3, 'kept')],
    ...[marker(3, 1, false), of(4, 2, 'aborted 2, too'), of(5, 1, 'kept, too')],
    ...[marker(6, 3, true), of(7, 2, 'aborted 2, at last'), marker(8, 2, false)],
    ...[marker(9, 1, true), of(10, 2, 'committed 2'), marker(11, 2, true)],
  ]
  const aborted = [
    { producerId: 1, firstOffset: 0 },
    { producerId: 2, firstOffset: 1 },
  ]
  expect(valuesIn(batches, 0, aborted)).toEqual(['kept', 'kept, too', 'committed 2'])
})

test('an aborted transaction whose marker comes with a later answer', () => {
  const of = (at: number, producerId: number, value: string): Uint8Array =>
    batchOf({ at, values: [value], producerId, transactional: true })
  const batches = [of(10, 1, 'aborted'), of(11, 2, 'kept'), of(12, 1, 'aborted, too')]
  const aborted = [{ producerId: 1, firstOffset: 4 }]
  const read = recordsIn(batches, 10, aborted)
  expect([read.records.map(({ value }) => value), read.nextOffset]).toEqual([['kept'], 13])
})

test('who reads what is not committed sees all but the markers', () => {
  const batches = [
    batchOf({ at: 0, values: ['x'], producerId: 1, transactional: true }),
    marker(1, 1, false),
  ]
  const read = recordsIn(batches)
  expect([read.records.map(({ value }) => value), read.nextOffset]).toEqual([['x'], 2])
})

test('a damaged batch is not given', () => {
  const batch = Buffer.from(batchOf({ at: 0, values: ['a'] }))
  batch[batch.length - 1] = 99
  expect(() => recordsIn([batch])).toThrow(DecodeError)
})

test('what cannot be decoded says where it is', () => {
  const broken = {
    ...source,
    value: {
      decode: () => {
        throw new SyntaxError('no JSON')
      },
    },
  }
  const batch = new FetchedRecords(batchOf({ at: 5, values: ['a'] }), 0, []).next()
  const record = batch?.next(broken)
  expect(() => record?.value).toThrow('The value of t/3 at offset 5 cannot be decoded: no JSON')
  expect(record?.key).toBe('ka')
})

test('a record that is detached keeps what it is, and nothing of its batch', () => {
  const record = encodeRecordBatch({
    records: [
      {
        ...{ timestamp: 1, key: Buffer.from('key'), value: Buffer.from('value') },
        headers: [{ key: 'h', value: Buffer.from('x') }],
      },
    ],
  })
  const fetched = Buffer.from(record)
  const one = new FetchedRecords(fetched, 0, []).next()?.next(source)
  one?.detach()
  fetched.fill(0)
  expect([one?.key, one?.value, one?.header('h')]).toEqual(['key', 'value', 'x'])
})

test('views that were looked at before it was detached are of its own bytes after', () => {
  const views = { ...source, key: bytes(), value: bytes() }
  const batch = batchOf({ at: 0, values: ['a'] })
  const one = new FetchedRecords(Buffer.from(batch), 0, []).next()?.next(views)
  const before = [one?.key, one?.value]
  one?.detach()
  expect([one?.key, one?.value]).toEqual(before)
  for (const view of [one?.key, one?.value]) {
    // neither the batch, nor a pool that others share
    expect(view?.buffer.byteLength).toBe(3)
  }
})

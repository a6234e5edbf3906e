import { DecodeError } from '@pafka/base'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { ErrorCode } from '../errors/error-code.ts'
import { BATCH_HEADER_BYTES, sequenceAfter, setProducerState } from './batch-header.ts'
import { checkBatch, checkClientCounts } from './check-batch.ts'
import { checkRecords } from './check-records.ts'
import { encodeRecordBatch, RecordBatchBuilder, type RecordInput } from './record-batch-builder.ts'
import { readBatches, readRecords, RecordBatchView } from './record-batch.ts'
import type { RecordView } from './record.ts'

const bytes = fc.option(
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  { nil: null },
)

const record: fc.Arbitrary<RecordInput> = fc.record({
  timestamp: fc.oneof(
    fc.integer({ min: -1, max: 2 ** 42 }),
    fc.constantFrom(-1, 0, 2 ** 31, 2 ** 45, 1_700_000_000_000),
  ),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: bytes }), {
    maxLength: 3,
  }),
})

const compression = fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd')

function inputOf(view: RecordView): RecordInput {
  const { timestamp, key, value } = view
  return { timestamp, key, value, headers: view.headers() }
}

test('any records come back, whatever the codec', () => {
  const records = fc.array(record, { minLength: 1, maxLength: 20 })
  const property = fc.property(records, compression, (given, codec) => {
    const batch = encodeRecordBatch({ baseOffset: 1000, compression: codec, records: given })
    expect(checkBatch(batch, 0, batch.length)).toBe(ErrorCode.NONE)
    expect(checkClientCounts(batch, 0)).toBe(ErrorCode.NONE)
    expect(checkRecords(batch, 0, { requireKeys: false })).toBe(ErrorCode.NONE)
    const view = new RecordBatchView(batch, 0)
    const read = [...readRecords(view)]
    expect(read.map(inputOf)).toEqual(given)
    expect(read.map(({ offset }) => offset)).toEqual(given.map((_, at) => 1000 + at))
    expect(view.maxTimestamp).toBe(Math.max(...given.map(({ timestamp }) => timestamp)))
  })
  fc.assert(property, { numRuns: 200 })
})

test('a builder knows its size before it builds', () => {
  const builder = new RecordBatchBuilder()
  expect(builder.sizeBytes).toBe(BATCH_HEADER_BYTES)
  let added = 0
  for (let at = 0; at < 300; at++) {
    added += builder.append({ timestamp: at * 1000, key: null, value: Buffer.alloc(at) })
  }
  expect(builder.sizeBytes).toBe(BATCH_HEADER_BYTES + added)
  expect(builder.recordsCount).toBe(300)
  expect(builder.build()).toHaveLength(BATCH_HEADER_BYTES + added)
})

test('offsets may have gaps, as compaction leaves them', () => {
  const batch = encodeRecordBatch({
    baseOffset: 50,
    lastOffsetDelta: 9,
    records: [
      { timestamp: 1, key: null, value: null, offsetDelta: 2 },
      { timestamp: 1, key: null, value: null, offsetDelta: 7 },
    ],
  })
  const view = new RecordBatchView(batch, 0)
  expect([...readRecords(view)].map(({ offset }) => offset)).toEqual([52, 57])
  expect([view.lastOffset, view.nextOffset, view.recordsCount]).toEqual([59, 60, 2])
})

test('producer state can be set later, and sequences wrap', () => {
  const records = [
    { timestamp: 1, key: null, value: null },
    { timestamp: 1, key: null, value: null },
  ]
  const batch = encodeRecordBatch({ records })
  setProducerState(batch, 0, { producerId: 2 ** 40, producerEpoch: 3, baseSequence: 2 ** 31 - 1 })
  const view = new RecordBatchView(batch, 0)
  expect(view.valid).toBe(true)
  expect([view.producerId, view.producerEpoch]).toEqual([2 ** 40, 3])
  expect([view.baseSequence, view.lastSequence]).toEqual([2 ** 31 - 1, 0])
  expect(sequenceAfter(2 ** 31 - 1, 1)).toBe(0)
  expect(sequenceAfter(5, 10)).toBe(15)
})

test('batches are read one after another, and a cut one ends them', () => {
  const one = encodeRecordBatch({ records: [{ timestamp: 1, key: null, value: null }] })
  const three = Buffer.concat([one, one, one])
  expect([...readBatches(three)].map(({ at }) => at)).toEqual([0, one.length, 2 * one.length])
  expect([...readBatches(three.subarray(0, three.length - 1))]).toHaveLength(2)
  three[one.length + 16] = 1
  expect(() => [...readBatches(three)]).toThrow(DecodeError)
})

test('decompressing has a limit', () => {
  const value = Buffer.alloc(100_000)
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const records = [{ timestamp: 1, key: null, value }]
    const view = new RecordBatchView(encodeRecordBatch({ compression: codec, records }), 0)
    expect(() => [...readRecords(view, 50_000)]).toThrow(DecodeError)
    expect([...readRecords(view, 101_000)]).toHaveLength(1)
  }
})

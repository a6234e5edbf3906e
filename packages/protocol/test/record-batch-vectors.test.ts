import { readFileSync } from 'node:fs'

import {
  checkBatch,
  checkRecords,
  type CompressionName,
  compressionName,
  controlRecordTypeOf,
  ControlRecordType,
  coordinatorEpochOf,
  encodeEndTransactionMarker,
  encodeRecordBatch,
  ErrorCode,
  readBatches,
  readRecords,
  type RecordBatchView,
  type RecordView,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

interface RecordVector {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

interface BatchVector {
  readonly sizeBytes: number
  readonly compression: CompressionName
  readonly records: readonly RecordVector[]
  readonly [header: string]: unknown
}

interface Vector {
  readonly what: string
  readonly base64: string
  readonly batches: readonly BatchVector[]
}

const vectors = readFileSync(
  new URL('fixtures/vectors/record-batches.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)

for (const { what, base64, batches: expected } of vectors) {
  const bytes = Buffer.from(base64, 'base64')

  test(`${what}: header, CRC and records are as Java wrote them`, () => {
    const batches = [...readBatches(bytes)]
    expect(batches.map(described)).toEqual(expected)
    for (const batch of batches) {
      expect(checkBatch(bytes, batch.at, bytes.length)).toBe(ErrorCode.NONE)
      expect(checkRecords(bytes, batch.at, { requireKeys: false })).toBe(ErrorCode.NONE)
    }
  })

  test(`${what}: encoded again, it is the same`, () => {
    for (const batch of readBatches(bytes)) {
      const again = encodedAgain(batch)
      const copies = [...readBatches(again)]
      expect(copies.map((copy) => copy.valid)).toEqual([true])
      // Two compressors need not write the same bytes.
      const ignored = batch.compression === 0 ? {} : { crc32c: 0, sizeBytes: 0 }
      expect(copies.map((copy) => ({ ...described(copy), ...ignored }))).toEqual([
        { ...described(batch), ...ignored },
      ])
      const same = batch.compression === 0 ? again : Buffer.from(batch.slice())
      expect(same.equals(batch.slice())).toBe(true)
    }
  })

  test(`${what}: any flipped bit under the CRC is found`, () => {
    for (const batch of readBatches(bytes)) {
      for (let at = batch.at + 17; at < batch.at + batch.sizeBytes; at += 7) {
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ 0x10
        expect(checkBatch(damaged, batch.at, damaged.length)).toBe(ErrorCode.CORRUPT_MESSAGE)
      }
    }
  })
}

test('transaction markers are written as Java writes them', () => {
  for (const commit of [true, false]) {
    const what = `end transaction ${commit ? 'COMMIT' : 'ABORT'}`
    const vector = vectors.find((candidate) => candidate.what === what)
    const bytes = Buffer.from(vector?.base64 ?? '', 'base64')
    const [batch] = readBatches(bytes)
    const [record] = batch === undefined ? [] : readRecords(batch)
    expect(record && controlRecordTypeOf(record)).toBe(
      commit ? ControlRecordType.commit : ControlRecordType.abort,
    )
    const marker = encodeEndTransactionMarker({
      commit,
      coordinatorEpoch: record === undefined ? -1 : coordinatorEpochOf(record),
      producerId: 90_001,
      producerEpoch: 3,
      timestamp: 1_700_000_000_123,
      baseOffset: 77,
      partitionLeaderEpoch: 4,
    })
    expect(marker).toEqual(bytes)
  }
})

/** A batch in the form of the vectors. */
function described(batch: RecordBatchView): BatchVector {
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    leaderEpoch: batch.partitionLeaderEpoch,
    magic: 2,
    sizeBytes: batch.sizeBytes,
    crc32c: batch.crc,
    compression: compressionName(batch.compression) ?? 'none',
    timestampType: batch.logAppendTime ? 'LogAppendTime' : 'CreateTime',
    maxTimestamp: batch.maxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    lastSequence: batch.lastSequence,
    transactional: batch.transactional,
    control: batch.control,
    records: [...readRecords(batch)].map(describedRecord),
  }
}

function describedRecord(record: RecordView): RecordVector {
  const { offset, timestamp } = record
  const headers = record.headers().map(({ key, value }) => [key, base64Of(value)] as const)
  return { offset, timestamp, key: base64Of(record.key), value: base64Of(record.value), headers }
}

function base64Of(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('base64')
}

function encodedAgain(batch: RecordBatchView): Buffer {
  const records = [...readRecords(batch)].map((record) => ({
    timestamp: batch.baseTimestamp + record.timestampDelta,
    key: record.key,
    value: record.value,
    headers: record.headers(),
  }))
  const bytes = encodeRecordBatch({
    baseOffset: batch.baseOffset,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    compression: compressionName(batch.compression),
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    transactional: batch.transactional,
    control: batch.control,
    logAppendTime: batch.logAppendTime ? batch.maxTimestamp : undefined,
    records,
  })
  return Buffer.from(bytes)
}

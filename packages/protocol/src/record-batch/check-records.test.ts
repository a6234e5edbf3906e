import { expect, test } from 'vitest'

import { ErrorCode } from '../errors/error-code.ts'
import { setInt32At } from './big-endian.ts'
import { BATCH_HEADER_BYTES, computeCrc, recordsCountOf, setLogAppendTime } from './batch-header.ts'
import { checkBatch, checkClientCounts, wholeBatchSize } from './check-batch.ts'
import { checkRecordBytes, checkRecords } from './check-records.ts'
import { encodeRecordBatch, type RecordInput } from './record-batch-builder.ts'

const ANY = { requireKeys: false }
const RECORDS_COUNT_AT = 57
const LAST_OFFSET_DELTA_AT = 23
const CRC_AT = 17
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21

const records: readonly RecordInput[] = [
  { timestamp: 10, key: null, value: Buffer.from('first') },
  { timestamp: 5, key: new Uint8Array(0), value: null },
  { timestamp: -1, key: Buffer.alloc(200), value: Buffer.alloc(9000) },
  {
    timestamp: 1_700_000_000_000,
    key: Buffer.from('k'),
    value: new Uint8Array(0),
    headers: [
      { key: 'trace', value: Buffer.alloc(70) },
      { key: '', value: null },
    ],
  },
]

function withCrc(batch: Uint8Array): Uint8Array {
  setInt32At(batch, CRC_AT, computeCrc(batch, 0, batch.length))
  return batch
}

test('the records of a built batch fill it', () => {
  const batch = encodeRecordBatch({ records })
  expect(checkBatch(batch, 0, batch.length)).toBe(ErrorCode.NONE)
  expect(checkClientCounts(batch, 0)).toBe(ErrorCode.NONE)
  expect(checkRecords(batch, 0, ANY)).toBe(ErrorCode.NONE)
  expect(checkRecords(batch, 0, { requireKeys: true })).toBe(ErrorCode.INVALID_RECORD)
  const keyed = encodeRecordBatch({ records: records.slice(1) })
  expect(checkRecords(keyed, 0, { requireKeys: true })).toBe(ErrorCode.NONE)
})

test('a batch may stand anywhere in the bytes', () => {
  const batch = encodeRecordBatch({ records })
  const bytes = Buffer.concat([Buffer.alloc(33, 0xee), batch, Buffer.alloc(9, 0xee)])
  expect(checkBatch(bytes, 33, 33 + batch.length)).toBe(ErrorCode.NONE)
  expect(checkRecords(bytes, 33, ANY)).toBe(ErrorCode.NONE)
})

test('a wrong count, or an offset out of turn, is INVALID_RECORD', () => {
  for (const count of [0, -1, 3, 5, 0x7fffffff]) {
    const batch = encodeRecordBatch({ records })
    setInt32At(batch, RECORDS_COUNT_AT, count)
    expect(checkClientCounts(withCrc(batch), 0)).toBe(ErrorCode.INVALID_RECORD)
    setInt32At(batch, LAST_OFFSET_DELTA_AT, count - 1)
    expect(checkRecords(withCrc(batch), 0, ANY)).toBe(ErrorCode.INVALID_RECORD)
  }
  const gap = encodeRecordBatch({
    records: [
      { timestamp: 1, key: null, value: null },
      { timestamp: 1, key: null, value: null, offsetDelta: 2 },
    ],
  })
  expect(checkRecords(gap, 0, ANY)).toBe(ErrorCode.INVALID_RECORD)
})

test('no damaged byte of the records makes the walk throw or read outside', () => {
  const batch = encodeRecordBatch({ records })
  const count = recordsCountOf(batch)
  for (let at = BATCH_HEADER_BYTES; at < batch.length; at++) {
    if (at > BATCH_HEADER_BYTES + 260 && at < batch.length - 120) continue // inside a value
    const before = batch[at] ?? 0
    for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
      batch[at] = byte
      const range = { from: BATCH_HEADER_BYTES, to: batch.length, count }
      const code = checkRecordBytes(batch, range, ANY)
      expect([ErrorCode.NONE, ErrorCode.INVALID_RECORD]).toContain(code)
    }
    batch[at] = before
  }
  for (let to = BATCH_HEADER_BYTES; to < batch.length; to++) {
    const range = { from: BATCH_HEADER_BYTES, to, count }
    expect(checkRecordBytes(batch, range, ANY)).toBe(ErrorCode.INVALID_RECORD)
  }
})

test('a length that lies is CORRUPT_MESSAGE', () => {
  for (const length of [-1, 0, 48, 0x7fffffff, -0x80000000]) {
    const batch = encodeRecordBatch({ records })
    setInt32At(batch, 8, length)
    expect(wholeBatchSize(batch, 0, batch.length)).toBe(-1)
    expect(checkBatch(batch, 0, batch.length)).toBe(ErrorCode.CORRUPT_MESSAGE)
  }
  const batch = encodeRecordBatch({ records })
  for (let end = 0; end < batch.length; end += 13) {
    expect(checkBatch(batch, 0, end)).toBe(ErrorCode.CORRUPT_MESSAGE)
  }
})

function codeWith(at: number, byte: number): ErrorCode {
  const batch = encodeRecordBatch({ records })
  batch[at] = byte
  return checkBatch(withCrc(batch), 0, batch.length)
}

test('old formats, unknown magics and unknown attributes are told apart', () => {
  expect(codeWith(MAGIC_AT, 0)).toBe(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT)
  expect(codeWith(MAGIC_AT, 1)).toBe(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT)
  expect(codeWith(MAGIC_AT, 3)).toBe(ErrorCode.INVALID_RECORD)
  expect(codeWith(ATTRIBUTES_AT, 1)).toBe(ErrorCode.INVALID_RECORD)
  expect(codeWith(ATTRIBUTES_AT + 1, 0x80)).toBe(ErrorCode.INVALID_RECORD)
})

test('a message set of magic 1, shorter than a batch header, is known as old', () => {
  const message = new Uint8Array(12 + 22 + 3)
  setInt32At(message, 8, message.length - 12)
  message[MAGIC_AT] = 1
  expect(checkBatch(message, 0, message.length)).toBe(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT)
})

test('log append time is patched in, and the CRC follows', () => {
  const batch = encodeRecordBatch({ records })
  setLogAppendTime(batch, 0, 1_800_000_000_000)
  expect(checkBatch(batch, 0, batch.length)).toBe(ErrorCode.NONE)
})

import { ErrorCode } from '../errors/error-code.ts'
import { BATCH_HEADER_BYTES, batchSizeOf, compressionOf, recordsCountOf } from './batch-header.ts'

export interface RecordRules {
  /** Refuse records without a key, as a compacted topic does. */
  readonly requireKeys: boolean
}

/** Where records stand, and how many there must be. */
export interface RecordRange {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly count: number
}

/**
 * Walks the records of an uncompressed batch: as many as the header says, filling it exactly, with
 * offset deltas 0, 1, 2, ... A batch that fails would poison every consumer. Hot.
 * @param bytes a batch that `checkBatch` passed. A compressed one is not looked into here.
 */
export function checkRecords(bytes: Uint8Array, at: number, rules: RecordRules): ErrorCode {
  if (compressionOf(bytes, at) !== 0) return ErrorCode.NONE
  const count = recordsCountOf(bytes, at)
  const from = at + BATCH_HEADER_BYTES
  return checkRecordBytes(bytes, { from, to: at + batchSizeOf(bytes, at), count }, rules)
}

/** The same for records that were decompressed. No allocation per record. */
export function checkRecordBytes(
  bytes: Uint8Array,
  { from, to, count }: RecordRange,
  { requireKeys }: RecordRules,
): ErrorCode {
  if (to > bytes.length) return ErrorCode.INVALID_RECORD
  let at = from
  for (let delta = 0; delta < count; delta++) {
    const length = varint(bytes, at, to)
    const end = nextAt + length
    if (length < 0 || end > to) return ErrorCode.INVALID_RECORD
    at = skipVarint(bytes, nextAt + 1, end) // an unused attributes byte, then the timestamp delta
    if (varint(bytes, at, end) !== delta) return ErrorCode.INVALID_RECORD
    const keyBytes = varint(bytes, nextAt, end)
    if (keyBytes < 0 && (requireKeys || keyBytes !== -1)) return ErrorCode.INVALID_RECORD
    at = keyBytes < 0 ? nextAt : nextAt + keyBytes
    const valueBytes = varint(bytes, at, end)
    if (valueBytes < -1) return ErrorCode.INVALID_RECORD
    at = valueBytes < 0 ? nextAt : nextAt + valueBytes
    const headers = varint(bytes, at, end)
    if (headers < 0) return ErrorCode.INVALID_RECORD
    at = headers === 0 ? nextAt : skipHeaders(bytes, headers, end)
    if (at !== end) return ErrorCode.INVALID_RECORD
  }
  return at === to ? ErrorCode.NONE : ErrorCode.INVALID_RECORD
}

/** Where the varint read last ended: what a pair would say, without an object. */
let nextAt = 0

/** A zigzag varint of up to 5 bytes. One that passes `end` sets `nextAt` beyond `end` for good. */
function varint(bytes: Uint8Array, at: number, end: number): number {
  if (at < end) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) {
      nextAt = at + 1
      return (byte >>> 1) ^ -(byte & 1)
    }
  }
  return longVarint(bytes, at, end)
}

function longVarint(bytes: Uint8Array, from: number, end: number): number {
  let value = 0
  let at = from
  for (let shift = 0; shift < 35 && at < end; shift += 7) {
    const byte = bytes[at++] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      nextAt = at
      return (value >>> 1) ^ -(value & 1)
    }
  }
  nextAt = end + 1
  return 0
}

/** Position after a varint of up to 10 bytes; beyond `end` when it is not inside. */
function skipVarint(bytes: Uint8Array, from: number, end: number): number {
  const last = Math.min(from + 10, end)
  for (let at = from; at < last; at++) if ((bytes[at] ?? 0) < 0x80) return at + 1
  return end + 1
}

/** Starts at `nextAt`. @returns the position after them, which is not `end` when they are bad. */
function skipHeaders(bytes: Uint8Array, count: number, end: number): number {
  let at = nextAt
  for (let left = count; left > 0; left--) {
    const keyBytes = varint(bytes, at, end)
    if (keyBytes < 0) return end + 1
    const valueBytes = varint(bytes, nextAt + keyBytes, end)
    if (valueBytes < -1) return end + 1
    at = valueBytes < 0 ? nextAt : nextAt + valueBytes
    if (at > end) return end + 1
  }
  return at
}

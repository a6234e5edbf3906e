import { crc32 } from 'node:zlib'

import { DecodeError } from '@pafka/base'

import { Compression } from '../compression/compression.ts'
import { batchSizeOf, magicOf, NO_TIMESTAMP } from './batch-header.ts'
import { int32At, int64At, int8At, uint32At } from './big-endian.ts'

// Magic 0 and 1: one message, after its offset and its size. The records of a compressed one are
// in its value. Source: Kafka `LegacyRecord.java`, class comment.
/** uint32, CRC32 (not CRC32C) over every byte from the magic on. */
const CRC_AT = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 17
/** Of magic 1 only. */
const TIMESTAMP_AT = 18
const TIMESTAMP_BYTES = 8
const COMPRESSION_MASK = 0x07
const LOG_APPEND_TIME_BIT = 0x08

/** A message of magic 0 or 1; key and value are views. */
export interface OldMessage {
  readonly magic: number
  /** Of a compressed one: of the last in it. In one of magic 1: relative to the first in it. */
  readonly offset: number
  /** Milliseconds since the epoch; -1 of magic 0, which has none. */
  readonly timestamp: number
  readonly hasLogAppendTime: boolean
  readonly compression: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/**
 * Reads the message at `at`, which is known to be whole, and checks its CRC.
 * @throws {DecodeError} when it is damaged
 */
export function readOldMessage(bytes: Uint8Array, at: number): OldMessage {
  const end = at + batchSizeOf(bytes, at)
  const magic = magicOf(bytes, at)
  if (magic !== 0 && magic !== 1) throw new DecodeError(`a message has magic ${magic}`)
  if (crc32(bytes.subarray(at + MAGIC_AT, end)) !== uint32At(bytes, at + CRC_AT)) {
    throw new DecodeError(`a message of magic ${magic} is damaged`)
  }
  const attributes = int8At(bytes, at + ATTRIBUTES_AT)
  const keyAt = at + TIMESTAMP_AT + (magic === 1 ? TIMESTAMP_BYTES : 0)
  const key = nullableAt(bytes, keyAt, end)
  const valueAt = keyAt + 4 + (key?.length ?? 0)
  const value = nullableAt(bytes, valueAt, end)
  if (valueAt + 4 + (value?.length ?? 0) !== end) throw badMessage()
  return {
    ...{ magic, offset: int64At(bytes, at), key, value },
    timestamp: magic === 1 ? int64At(bytes, at + TIMESTAMP_AT) : NO_TIMESTAMP,
    hasLogAppendTime: magic === 1 && (attributes & LOG_APPEND_TIME_BIT) !== 0,
    compression: attributes & COMPRESSION_MASK,
  }
}

/** Whether the message at `at`, which is known to be whole, has others in its value. */
export function isCompressedMessage(bytes: Uint8Array, at: number): boolean {
  return (int8At(bytes, at + ATTRIBUTES_AT) & COMPRESSION_MASK) !== Compression.none
}

function nullableAt(bytes: Uint8Array, at: number, end: number): Uint8Array | null {
  if (at + 4 > end) throw badMessage()
  const length = int32At(bytes, at)
  if (length < -1 || length > end - at - 4) throw badMessage()
  return length < 0 ? null : bytes.subarray(at + 4, at + 4 + length)
}

function badMessage(): DecodeError {
  return new DecodeError('a message is not as long as it says')
}

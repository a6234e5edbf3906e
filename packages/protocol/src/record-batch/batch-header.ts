import { crc32c } from './crc32c.ts'
import {
  int16At,
  int32At,
  int64At,
  int8At,
  setInt16At,
  setInt32At,
  setInt64At,
  uint32At,
} from './big-endian.ts'

// Magic 2. Source: Kafka `DefaultRecordBatch.java`, class comment.
const BASE_OFFSET_AT = 0
/** int32 size of all that follows it. */
const LENGTH_AT = 8
const PARTITION_LEADER_EPOCH_AT = 12
const MAGIC_AT = 16
/** uint32 over every byte from ATTRIBUTES_AT on: base offset and leader epoch can be patched. */
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const MAX_TIMESTAMP_AT = 35
const PRODUCER_ID_AT = 43
const PRODUCER_EPOCH_AT = 51
const BASE_SEQUENCE_AT = 53
const RECORDS_COUNT_AT = 57

/** Bytes before the first record. */
export const BATCH_HEADER_BYTES: number = 61
/** Base offset and length: what the length does not count. Every magic has it. */
export const BATCH_PREFIX_BYTES: number = 12
/** Bytes up to and with the magic, which tell what the rest is. */
export const BATCH_MAGIC_END: number = 17
export const CURRENT_MAGIC: number = 2

export const NO_PRODUCER_ID: number = -1
export const NO_PRODUCER_EPOCH: number = -1
export const NO_SEQUENCE: number = -1
export const NO_TIMESTAMP: number = -1
export const NO_PARTITION_LEADER_EPOCH: number = -1

const COMPRESSION_MASK = 0x07
const LOG_APPEND_TIME_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20
const DELETE_HORIZON_BIT = 0x40
const KNOWN_ATTRIBUTES = 0x7f

// The accessors take the position of the batch in `bytes`; 61 bytes from there must exist.

export function baseOffsetOf(bytes: Uint8Array, at: number = 0): number {
  return int64At(bytes, at + BASE_OFFSET_AT)
}

/** The length field: bytes after it. See `batchSizeOf`. */
export function batchLengthOf(bytes: Uint8Array, at: number = 0): number {
  return int32At(bytes, at + LENGTH_AT)
}

/** Bytes of the whole batch, as it says itself. */
export function batchSizeOf(bytes: Uint8Array, at: number = 0): number {
  return BATCH_PREFIX_BYTES + int32At(bytes, at + LENGTH_AT)
}

export function partitionLeaderEpochOf(bytes: Uint8Array, at: number = 0): number {
  return int32At(bytes, at + PARTITION_LEADER_EPOCH_AT)
}

export function magicOf(bytes: Uint8Array, at: number = 0): number {
  return int8At(bytes, at + MAGIC_AT)
}

/** The CRC as it stands in the batch. */
export function crcOf(bytes: Uint8Array, at: number = 0): number {
  return uint32At(bytes, at + CRC_AT)
}

export function attributesOf(bytes: Uint8Array, at: number = 0): number {
  return int16At(bytes, at + ATTRIBUTES_AT)
}

export function lastOffsetDeltaOf(bytes: Uint8Array, at: number = 0): number {
  return int32At(bytes, at + LAST_OFFSET_DELTA_AT)
}

/** Inclusive. */
export function lastOffsetOf(bytes: Uint8Array, at: number = 0): number {
  return baseOffsetOf(bytes, at) + lastOffsetDeltaOf(bytes, at)
}

/** The offset after the last one. */
export function nextOffsetOf(bytes: Uint8Array, at: number = 0): number {
  return lastOffsetOf(bytes, at) + 1
}

/** Milliseconds that record timestamps are relative to; the delete horizon when that bit is set. */
export function baseTimestampOf(bytes: Uint8Array, at: number = 0): number {
  return int64At(bytes, at + BASE_TIMESTAMP_AT)
}

export function maxTimestampOf(bytes: Uint8Array, at: number = 0): number {
  return int64At(bytes, at + MAX_TIMESTAMP_AT)
}

export function producerIdOf(bytes: Uint8Array, at: number = 0): number {
  return int64At(bytes, at + PRODUCER_ID_AT)
}

export function producerEpochOf(bytes: Uint8Array, at: number = 0): number {
  return int16At(bytes, at + PRODUCER_EPOCH_AT)
}

export function baseSequenceOf(bytes: Uint8Array, at: number = 0): number {
  return int32At(bytes, at + BASE_SEQUENCE_AT)
}

/** Sequence of the last record; sequences wrap from 2^31 - 1 to 0. */
export function lastSequenceOf(bytes: Uint8Array, at: number = 0): number {
  const base = baseSequenceOf(bytes, at)
  return base === NO_SEQUENCE ? NO_SEQUENCE : sequenceAfter(base, lastOffsetDeltaOf(bytes, at))
}

/** `sequence + increment` in the numbers from 0 to 2^31 - 1, which wrap. */
export function sequenceAfter(sequence: number, increment: number): number {
  return (sequence + increment) % 2 ** 31
}

export function recordsCountOf(bytes: Uint8Array, at: number = 0): number {
  return int32At(bytes, at + RECORDS_COUNT_AT)
}

/** The number of the compression codec, see `Compression`. */
export function compressionOf(bytes: Uint8Array, at: number = 0): number {
  return attributesOf(bytes, at) & COMPRESSION_MASK
}

/** Timestamps are the broker's: all records have the max timestamp. */
export function hasLogAppendTime(bytes: Uint8Array, at: number = 0): boolean {
  return (attributesOf(bytes, at) & LOG_APPEND_TIME_BIT) !== 0
}

export function isTransactional(bytes: Uint8Array, at: number = 0): boolean {
  return (attributesOf(bytes, at) & TRANSACTIONAL_BIT) !== 0
}

/** Its records are markers for the broker and clients, not data. */
export function isControlBatch(bytes: Uint8Array, at: number = 0): boolean {
  return (attributesOf(bytes, at) & CONTROL_BIT) !== 0
}

/** Compaction has put the time from which tombstones may go into the base timestamp. */
export function hasDeleteHorizon(bytes: Uint8Array, at: number = 0): boolean {
  return (attributesOf(bytes, at) & DELETE_HORIZON_BIT) !== 0
}

export function hasKnownAttributes(bytes: Uint8Array, at: number = 0): boolean {
  return (attributesOf(bytes, at) & ~KNOWN_ATTRIBUTES) === 0
}

/** The CRC that the batch should have. @param sizeBytes of the whole batch */
export function computeCrc(bytes: Uint8Array, at: number, sizeBytes: number): number {
  return crc32c(bytes, at + ATTRIBUTES_AT, at + sizeBytes)
}

/** Outside of the CRC. */
export function setBaseOffset(bytes: Uint8Array, at: number, baseOffset: number): void {
  setInt64At(bytes, at + BASE_OFFSET_AT, baseOffset)
}

/** Outside of the CRC. */
export function setPartitionLeaderEpoch(bytes: Uint8Array, at: number, leaderEpoch: number): void {
  setInt32At(bytes, at + PARTITION_LEADER_EPOCH_AT, leaderEpoch)
}

/** Makes the broker's time the timestamp of all records, and computes the CRC again. */
export function setLogAppendTime(bytes: Uint8Array, at: number, timestampMs: number): void {
  setInt16At(bytes, at + ATTRIBUTES_AT, attributesOf(bytes, at) | LOG_APPEND_TIME_BIT)
  setInt64At(bytes, at + MAX_TIMESTAMP_AT, timestampMs)
  setCrc(bytes, at)
}

/** For a client that got its producer id after the records; computes the CRC again. */
export function setProducerState(
  bytes: Uint8Array,
  at: number,
  producer: { producerId: number; producerEpoch: number; baseSequence: number },
): void {
  setInt64At(bytes, at + PRODUCER_ID_AT, producer.producerId)
  setInt16At(bytes, at + PRODUCER_EPOCH_AT, producer.producerEpoch)
  setInt32At(bytes, at + BASE_SEQUENCE_AT, producer.baseSequence)
  setCrc(bytes, at)
}

function setCrc(bytes: Uint8Array, at: number): void {
  setInt32At(bytes, at + CRC_AT, computeCrc(bytes, at, batchSizeOf(bytes, at)))
}

export interface BatchHeader {
  readonly baseOffset: number
  readonly partitionLeaderEpoch: number
  readonly compression: number
  readonly logAppendTime: boolean
  readonly transactional: boolean
  readonly control: boolean
  readonly deleteHorizon: boolean
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordsCount: number
}

/** Writes the header of a batch that fills `batch` and whose records are in place, CRC included. */
export function writeBatchHeader(batch: Uint8Array, header: BatchHeader): void {
  setInt64At(batch, BASE_OFFSET_AT, header.baseOffset)
  setInt32At(batch, LENGTH_AT, batch.length - BATCH_PREFIX_BYTES)
  setInt32At(batch, PARTITION_LEADER_EPOCH_AT, header.partitionLeaderEpoch)
  batch[MAGIC_AT] = CURRENT_MAGIC
  const attributes =
    header.compression |
    (header.logAppendTime ? LOG_APPEND_TIME_BIT : 0) |
    (header.transactional ? TRANSACTIONAL_BIT : 0) |
    (header.control ? CONTROL_BIT : 0) |
    (header.deleteHorizon ? DELETE_HORIZON_BIT : 0)
  setInt16At(batch, ATTRIBUTES_AT, attributes)
  setInt32At(batch, LAST_OFFSET_DELTA_AT, header.lastOffsetDelta)
  setInt64At(batch, BASE_TIMESTAMP_AT, header.baseTimestamp)
  setInt64At(batch, MAX_TIMESTAMP_AT, header.maxTimestamp)
  setInt64At(batch, PRODUCER_ID_AT, header.producerId)
  setInt16At(batch, PRODUCER_EPOCH_AT, header.producerEpoch)
  setInt32At(batch, BASE_SEQUENCE_AT, header.baseSequence)
  setInt32At(batch, RECORDS_COUNT_AT, header.recordsCount)
  setCrc(batch, 0)
}

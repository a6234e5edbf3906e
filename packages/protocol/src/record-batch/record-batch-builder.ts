import { assert } from '@pafka/base'

import { compress, Compression, type CompressionName } from '../compression/compression.ts'
import * as header from './batch-header.ts'
import type { RecordHeader } from './record.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from './varint.ts'

const NO_HEADERS: readonly RecordHeader[] = []
const INITIAL_BYTES = 512

export interface RecordInput {
  /** Milliseconds since the epoch, or -1. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly RecordHeader[] | undefined
  /** Relative to the base offset; by default one more than the record before. */
  readonly offsetDelta?: number | undefined
}

export interface RecordBatchOptions {
  readonly baseOffset?: number | undefined
  readonly partitionLeaderEpoch?: number | undefined
  readonly compression?: CompressionName | undefined
  readonly compressionLevel?: number | undefined
  readonly producerId?: number | undefined
  readonly producerEpoch?: number | undefined
  readonly baseSequence?: number | undefined
  readonly transactional?: boolean | undefined
  readonly control?: boolean | undefined
  /** Set: the timestamp of all records, whatever they say. */
  readonly logAppendTime?: number | undefined
  /** Compaction keeps the last offset of a batch whose last records went. */
  readonly lastOffsetDelta?: number | undefined
}

/**
 * Collects the records of one batch of magic 2. `append` copies what it gets.
 * Source of the format: Kafka `DefaultRecord.java` and `DefaultRecordBatch.java`, class comments.
 */
export class RecordBatchBuilder {
  #bytes: Buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  #position: number = header.BATCH_HEADER_BYTES
  #count = 0
  #lastOffsetDelta = -1
  #baseTimestamp: number = header.NO_TIMESTAMP
  #maxTimestamp: number = header.NO_TIMESTAMP

  get recordsCount(): number {
    return this.#count
  }

  /** Bytes of the batch before compression, with its header. */
  get sizeBytes(): number {
    return this.#position
  }

  /** Adds a record and returns the bytes it took. */
  append(record: RecordInput): number {
    const { timestamp, key, value, headers = NO_HEADERS } = record
    if (this.#count === 0) this.#baseTimestamp = timestamp
    const offsetDelta = record.offsetDelta ?? this.#lastOffsetDelta + 1
    assert(offsetDelta > this.#lastOffsetDelta, 'offsets of records rise')
    const timestampDelta = timestamp - this.#baseTimestamp
    const length =
      1 +
      varlongBytes(timestampDelta) +
      varintBytes(offsetDelta) +
      nullableBytes(key) +
      nullableBytes(value) +
      headerBytes(headers)
    const before = this.#position
    this.#reserve(varintBytes(length) + length)
    let at = writeVarint(this.#bytes, before, length)
    this.#bytes[at++] = 0
    at = writeVarlong(this.#bytes, at, timestampDelta)
    at = writeVarint(this.#bytes, at, offsetDelta)
    at = this.#writeNullable(at, key)
    at = this.#writeNullable(at, value)
    at = this.#writeHeaders(at, headers)
    assert(at === before + varintBytes(length) + length, 'a record is as long as computed')
    this.#position = at
    this.#count += 1
    this.#lastOffsetDelta = offsetDelta
    this.#maxTimestamp = Math.max(this.#maxTimestamp, timestamp)
    return at - before
  }

  /** The finished batch, with its CRC. The builder must not be used after. */
  build(options: RecordBatchOptions = {}): Uint8Array {
    const compression = options.compression ?? 'none'
    const batch = this.#batch(compression, options.compressionLevel)
    header.writeBatchHeader(batch, {
      baseOffset: options.baseOffset ?? 0,
      partitionLeaderEpoch: options.partitionLeaderEpoch ?? header.NO_PARTITION_LEADER_EPOCH,
      compression: Compression[compression],
      logAppendTime: options.logAppendTime !== undefined,
      transactional: options.transactional ?? false,
      control: options.control ?? false,
      deleteHorizon: false,
      lastOffsetDelta: options.lastOffsetDelta ?? this.#lastOffsetDelta,
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: options.logAppendTime ?? this.#maxTimestamp,
      producerId: options.producerId ?? header.NO_PRODUCER_ID,
      producerEpoch: options.producerEpoch ?? header.NO_PRODUCER_EPOCH,
      baseSequence: options.baseSequence ?? header.NO_SEQUENCE,
      recordsCount: this.#count,
    })
    return batch
  }

  #batch(compression: CompressionName, level: number | undefined): Uint8Array {
    const plain = this.#bytes.subarray(0, this.#position)
    if (compression === 'none') return plain
    const records = compress(compression, plain.subarray(header.BATCH_HEADER_BYTES), level)
    const batch = Buffer.allocUnsafe(header.BATCH_HEADER_BYTES + records.length)
    batch.set(records, header.BATCH_HEADER_BYTES)
    return batch
  }

  #reserve(count: number): void {
    const needed = this.#position + count
    if (needed <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length))
    bytes.set(this.#bytes.subarray(0, this.#position))
    this.#bytes = bytes
  }

  #writeNullable(at: number, bytes: Uint8Array | null): number {
    if (bytes === null) return writeVarint(this.#bytes, at, -1)
    const start = writeVarint(this.#bytes, at, bytes.length)
    this.#bytes.set(bytes, start)
    return start + bytes.length
  }

  #writeHeaders(from: number, headers: readonly RecordHeader[]): number {
    let at = writeVarint(this.#bytes, from, headers.length)
    for (const { key, value } of headers) {
      at = writeVarint(this.#bytes, at, Buffer.byteLength(key))
      at += this.#bytes.write(key, at, 'utf8')
      at = this.#writeNullable(at, value)
    }
    return at
  }
}

/** One batch of these records. */
export function encodeRecordBatch(
  options: RecordBatchOptions & { readonly records: readonly RecordInput[] },
): Uint8Array {
  const builder = new RecordBatchBuilder()
  for (const record of options.records) builder.append(record)
  return builder.build(options)
}

function nullableBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintBytes(bytes.length) + bytes.length
}

function headerBytes(headers: readonly RecordHeader[]): number {
  let total = varintBytes(headers.length)
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key)
    total += varintBytes(keyBytes) + keyBytes + nullableBytes(value)
  }
  return total
}

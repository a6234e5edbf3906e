import { DecodeError } from '@pafka/base'

import { decompress } from '../compression/compression.ts'
import * as header from './batch-header.ts'
import { checkBatch, wholeBatchSize } from './check-batch.ts'
import { RecordReader, type RecordOrigin, RecordView } from './record.ts'

/** What a batch may become when nobody says otherwise, in bytes. */
export const DEFAULT_MAX_DECOMPRESSED_BYTES: number = 128 * 1024 * 1024

/** One batch of magic 2 in place: fields are read from the bytes, which it borrows. */
export class RecordBatchView {
  readonly bytes: Uint8Array
  /** Where it starts in `bytes`. */
  readonly at: number
  readonly sizeBytes: number

  /** @param at where a batch of magic 2 starts that is known to be whole */
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
    this.sizeBytes = header.batchSizeOf(bytes, at)
  }

  get baseOffset(): number {
    return header.baseOffsetOf(this.bytes, this.at)
  }

  /** Inclusive. */
  get lastOffset(): number {
    return header.lastOffsetOf(this.bytes, this.at)
  }

  get nextOffset(): number {
    return header.nextOffsetOf(this.bytes, this.at)
  }

  get partitionLeaderEpoch(): number {
    return header.partitionLeaderEpochOf(this.bytes, this.at)
  }

  get crc(): number {
    return header.crcOf(this.bytes, this.at)
  }

  get compression(): number {
    return header.compressionOf(this.bytes, this.at)
  }

  get logAppendTime(): boolean {
    return header.hasLogAppendTime(this.bytes, this.at)
  }

  get transactional(): boolean {
    return header.isTransactional(this.bytes, this.at)
  }

  get control(): boolean {
    return header.isControlBatch(this.bytes, this.at)
  }

  get deleteHorizon(): boolean {
    return header.hasDeleteHorizon(this.bytes, this.at)
  }

  get baseTimestamp(): number {
    return header.baseTimestampOf(this.bytes, this.at)
  }

  get maxTimestamp(): number {
    return header.maxTimestampOf(this.bytes, this.at)
  }

  get producerId(): number {
    return header.producerIdOf(this.bytes, this.at)
  }

  get producerEpoch(): number {
    return header.producerEpochOf(this.bytes, this.at)
  }

  get baseSequence(): number {
    return header.baseSequenceOf(this.bytes, this.at)
  }

  get lastSequence(): number {
    return header.lastSequenceOf(this.bytes, this.at)
  }

  get recordsCount(): number {
    return header.recordsCountOf(this.bytes, this.at)
  }

  /** Magic, CRC, attributes; see `checkBatch`. */
  get valid(): boolean {
    return checkBatch(this.bytes, this.at, this.at + this.sizeBytes) === 0
  }

  /** A view of the batch alone. */
  slice(): Uint8Array {
    return this.bytes.subarray(this.at, this.at + this.sizeBytes)
  }
}

/**
 * The whole batches in `bytes`, in order. Ends before one that is cut, as the last of a fetch may
 * be; it does not check CRCs.
 * @throws {DecodeError} on a batch that is not of magic 2
 */
export function* readBatches(bytes: Uint8Array): Generator<RecordBatchView, void, undefined> {
  let at = 0
  for (;;) {
    const sizeBytes = wholeBatchSize(bytes, at, bytes.length)
    if (sizeBytes < 0) return
    const magic = header.magicOf(bytes, at)
    if (magic !== header.CURRENT_MAGIC) throw new DecodeError(`a batch has magic ${magic}`)
    yield new RecordBatchView(bytes, at)
    at += sizeBytes
  }
}

/**
 * The records of a batch, decoded one by one; a compressed batch is decompressed at the first.
 * @param maxBytes the most that decompressing may give
 * @throws {DecodeError} when the records are not what the header says. The CRC is not checked here.
 */
export function* readRecords(
  batch: RecordBatchView,
  maxBytes: number = DEFAULT_MAX_DECOMPRESSED_BYTES,
): Generator<RecordView, void, undefined> {
  const reader = openRecords(batch, maxBytes)
  const origin = originOf(batch)
  for (let left = batch.recordsCount; left > 0; left--) yield new RecordView(reader, origin)
  if (!reader.done) throw new DecodeError('a batch goes on after its last record')
}

/** The bytes of the records, decompressed where they must be; else a view. */
export function recordBytesOf(
  batch: RecordBatchView,
  maxBytes: number = DEFAULT_MAX_DECOMPRESSED_BYTES,
): Uint8Array {
  const from = batch.at + header.BATCH_HEADER_BYTES
  const records = batch.bytes.subarray(from, batch.at + batch.sizeBytes)
  return decompress(batch.compression, records, maxBytes)
}

function openRecords(batch: RecordBatchView, maxBytes: number): RecordReader {
  const bytes = recordBytesOf(batch, maxBytes)
  return new RecordReader(bytes, 0, bytes.length)
}

function originOf(batch: RecordBatchView): RecordOrigin {
  const { baseOffset, baseTimestamp } = batch
  return {
    baseOffset,
    baseTimestamp,
    logAppendTime: batch.logAppendTime ? batch.maxTimestamp : undefined,
  }
}

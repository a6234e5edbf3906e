import { DecodeError } from '@pafka/base'
import {
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  type RecordBatchView,
  recordBytesOf,
  RecordReader,
} from '@pafka/protocol'

import { ConsumerRecord, type RecordSource } from './consumer-record.ts'

/** The records of one batch, one after the other. */
export interface RecordSequence {
  readonly lastOffset: number
  next<K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined
}

/** The records of one batch, found one after the other; a compressed batch is whole in memory. */
export class FetchedBatch implements RecordSequence {
  /** Of its last record, which compaction may have removed. */
  readonly lastOffset: number
  readonly #bytes: Buffer
  readonly #reader: RecordReader
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  readonly #logAppendTime: number | undefined
  readonly #fromOffset: number
  #left: number

  /**
   * @param fromOffset records before it are left out
   * @throws {DecodeError} when it cannot be decompressed
   */
  constructor(batch: RecordBatchView, fromOffset: number) {
    this.#fromOffset = fromOffset
    const bytes = recordBytesOf(batch, DEFAULT_MAX_DECOMPRESSED_BYTES)
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#reader = new RecordReader(this.#bytes, 0, bytes.length)
    this.#baseOffset = batch.baseOffset
    this.#baseTimestamp = batch.baseTimestamp
    this.#logAppendTime = batch.logAppendTime ? batch.maxTimestamp : undefined
    this.#left = batch.recordsCount
    this.lastOffset = batch.lastOffset
  }

  /** @returns undefined after the last. @throws {DecodeError} when the bytes are no records */
  next<K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined {
    let record = this.#read(source)
    while (record !== undefined && record.offset < this.#fromOffset) record = this.#read(source)
    return record
  }

  #read<K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined {
    if (this.#left <= 0) {
      if (!this.#reader.done) throw new DecodeError('a batch goes on after its records')
      return undefined
    }
    this.#left -= 1
    const reader = this.#reader
    const end = reader.beginRecord()
    reader.skip(1) // attributes, of which none is used
    const timestampDelta = reader.varlong()
    const offset = this.#baseOffset + reader.varint()
    const keyLength = reader.varint()
    const keyAt = reader.position
    if (keyLength > 0) reader.skip(keyLength)
    const valueLength = reader.varint()
    const valueAt = reader.position
    if (valueLength > 0) reader.skip(valueLength)
    const headersCount = reader.varint()
    const headersAt = reader.position
    if (headersCount < 0 || headersAt > end) throw new DecodeError('a record is not as it says')
    reader.skip(end - headersAt)
    const timestamp = this.#logAppendTime ?? this.#baseTimestamp + timestampDelta
    return new ConsumerRecord(
      source,
      this.#bytes,
      { offset, timestamp },
      { keyAt, keyLength, valueAt, valueLength, headersAt, headersCount },
    )
  }
}

import { DecodeError } from '@pafka/base'
import {
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  type RecordBatchView,
  recordBytesOf,
} from '@pafka/protocol'

import { ConsumerRecord, type RecordSource } from './consumer-record.ts'

/** The records of one batch, found one after the other; a compressed batch is whole in memory. */
export class FetchedBatch {
  /** Of its last record, which compaction may have removed. */
  readonly lastOffset: number
  readonly #bytes: Buffer
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  readonly #logAppendTime: number | undefined
  readonly #fromOffset: number
  #left: number
  #at = 0

  /**
   * @param fromOffset records before it are left out
   * @throws {DecodeError} when it cannot be decompressed
   */
  constructor(batch: RecordBatchView, fromOffset: number) {
    this.#fromOffset = fromOffset
    const bytes = recordBytesOf(batch, DEFAULT_MAX_DECOMPRESSED_BYTES)
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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
      if (this.#at !== this.#bytes.length)
        throw new DecodeError('a batch goes on after its records')
      return undefined
    }
    this.#left -= 1
    const length = this.#varint()
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw new DecodeError('a record passes its batch')
    this.#at += 1 // attributes, of which none is used
    const timestampDelta = this.#varlong()
    const offset = this.#baseOffset + this.#varint()
    const keyLength = this.#varint()
    const keyAt = this.#at
    if (keyLength > 0) this.#at += keyLength
    const valueLength = this.#varint()
    const valueAt = this.#at
    if (valueLength > 0) this.#at += valueLength
    const headersCount = this.#varint()
    if (headersCount < 0 || this.#at > end) throw new DecodeError('a record is not as it says')
    const headersAt = this.#at
    this.#at = end
    const timestamp = this.#logAppendTime ?? this.#baseTimestamp + timestampDelta
    return new ConsumerRecord(
      source,
      this.#bytes,
      { offset, timestamp },
      { keyAt, keyLength, valueAt, valueLength, headersAt, headersCount },
    )
  }

  /** Zigzag, up to 5 bytes. */
  #varint(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at++] ?? 0
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1) // as most are
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.#at++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new DecodeError('a varint is longer than 5 bytes')
  }

  /** Zigzag, up to 10 bytes; beyond 2^53 the value is rounded. */
  #varlong(): number {
    let value = 0
    let unit = 1
    let isOdd = 0
    for (let count = 0; count < 10; count++) {
      const byte = this.#bytes[this.#at++] ?? 0
      if (count === 0) isOdd = byte & 1
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return isOdd === 0 ? value / 2 : -((value + 1) / 2)
      unit *= 128
    }
    throw new DecodeError('a varlong is longer than 10 bytes')
  }
}

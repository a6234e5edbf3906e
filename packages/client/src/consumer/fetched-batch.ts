import { DecodeError } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  Compression,
  decompressOffLoop,
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  type RecordBatchView,
  recordBytesOf,
  RecordReader,
} from '@pafka/protocol'

import { ConsumerRecord, type RecordSource } from './consumer-record.ts'
import type { FrameLease } from './frame-lease.ts'

/** From so many compressed bytes on a batch is decompressed in a thread. */
export const OFF_LOOP_BYTES: number = 16 * 1024

const NO_BYTES = Buffer.alloc(0)

/** The records of one batch, one after the other. */
export interface RecordSequence {
  readonly lastOffset: number
  /** As its batch has it. */
  readonly recordsCount: number
  /** Of its records in memory, without compression. */
  readonly sizeBytes: number
  next<K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined
  /** Nobody looks at its records any more, nor at views of them. Called once at most. */
  release?(): void
}

export interface FetchedBatchOptions {
  /** It may need `open` before its first record. */
  readonly mayBeClosed?: boolean
  /** Of the memory that it is in, where that may be used again. */
  readonly lease?: FrameLease | undefined
}

/** The records of one batch, found one after the other; a compressed batch is whole in memory. */
export class FetchedBatch implements RecordSequence {
  /** Of its last record, which compaction may have removed. */
  readonly lastOffset: number
  readonly recordsCount: number
  #bytes: Buffer = NO_BYTES
  #reader: RecordReader = new RecordReader(NO_BYTES, 0, 0)
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  readonly #logAppendTime: number | undefined
  readonly #fromOffset: number
  #left: number
  /** A large one that is not decompressed yet. */
  #closed: RecordBatchView | undefined
  #lease: FrameLease | undefined

  /**
   * @param fromOffset records before it are left out
   * @throws {DecodeError} when it cannot be decompressed
   */
  constructor(
    batch: RecordBatchView,
    fromOffset: number,
    { mayBeClosed = false, lease }: FetchedBatchOptions = {},
  ) {
    this.#lease = lease?.hold()
    this.#fromOffset = fromOffset
    const isLarge = batch.compression !== Compression.none && batch.sizeBytes >= OFF_LOOP_BYTES
    if (mayBeClosed && isLarge) this.#closed = batch
    else this.#hold(recordBytesOf(batch, DEFAULT_MAX_DECOMPRESSED_BYTES))
    this.#baseOffset = batch.baseOffset
    this.#baseTimestamp = batch.baseTimestamp
    this.#logAppendTime = batch.logAppendTime ? batch.maxTimestamp : undefined
    this.recordsCount = batch.recordsCount
    this.#left = batch.recordsCount
    this.lastOffset = batch.lastOffset
  }

  get sizeBytes(): number {
    return this.#bytes.length
  }

  /**
   * Decompresses it off the event loop. @returns undefined when that is done
   * @throws {DecodeError} when it cannot be decompressed
   */
  open(): Promise<void> | undefined {
    return this.#closed && this.#open(this.#closed)
  }

  async #open({ bytes, at, sizeBytes, compression }: RecordBatchView): Promise<void> {
    const records = bytes.subarray(at + BATCH_HEADER_BYTES, at + sizeBytes)
    this.#hold(await decompressOffLoop(compression, records, DEFAULT_MAX_DECOMPRESSED_BYTES))
    this.#closed = undefined
  }

  #hold(bytes: Uint8Array): void {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#reader = new RecordReader(this.#bytes, 0, bytes.length)
    // what was decompressed lies elsewhere
    if (this.#lease?.isOf(bytes) === false) this.release()
  }

  release(): void {
    this.#lease?.release()
    this.#lease = undefined
  }

  /** @returns undefined after the last. @throws {DecodeError} when the bytes are no records */
  next<K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined {
    let record = this.#readNext(source)
    while (record !== undefined && record.offset < this.#fromOffset) record = this.#readNext(source)
    return record
  }

  #readNext<K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined {
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

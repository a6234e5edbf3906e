import { assert, type BufferPool } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  type RecordHeader,
  varintBytes,
  varlongBytes,
  writeVarint,
  writeVarlong,
} from '@pafka/protocol'

import type { Encoder, Sink } from '../serde/serde.ts'

/** Shorter text is written faster here than by a native call. */
const SHORT_TEXT = 24
/** Shorter bytes are copied faster here than by a native call. */
const SHORT_BYTES = 32
/** The most that UTF-8 takes for one unit of a JavaScript string. */
const UTF8_BYTES = 3
const NO_HEADERS: readonly RecordHeader[] = []

/** The key of one record, encoded, until it is known which partition it is for. */
export class KeyBytes implements Sink {
  #bytes: Buffer = Buffer.allocUnsafeSlow(256)
  /** -1 for a null key. */
  length = -1

  get view(): Uint8Array {
    return this.#bytes
  }

  encode<K>(key: K | null | undefined, encoder: Encoder<K>): void {
    if (key === null || key === undefined) {
      this.length = -1
      return
    }
    this.length = 0
    encoder.encode(key, this)
  }

  text(value: string): void {
    this.#reserve(value.length * UTF8_BYTES)
    this.length = writeText(this.#bytes, this.length, value)
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.length = writeBytes(this.#bytes, this.length, value, value.length)
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(2 * (this.length + count))
    this.#bytes.copy(grown, 0, 0, this.length)
    this.#bytes = grown
  }
}

/** One record but for its value, which its encoder writes. */
export interface SlabRecord {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: KeyBytes
  readonly headers?: readonly RecordHeader[] | undefined
}

/**
 * The records of one batch, each written once, in its final form, when it is sent. The header of
 * the batch is left free. Source of the format: Kafka `DefaultRecord.java`, class comment.
 */
export class RecordSlab implements Sink {
  readonly #pool: BufferPool
  #bytes: Buffer
  #position = BATCH_HEADER_BYTES
  #count = 0
  #baseTimestamp = -1
  #maxTimestamp = -1
  /** Of the record before: the next one's lengths are most often as long. */
  #lengthBytes = 1
  #valueLengthBytes = 1
  /** While an encoder writes: where its next bytes go. */
  #valueEnd = 0

  constructor(pool: BufferPool, initialBytes: number) {
    this.#pool = pool
    this.#bytes = pool.take(initialBytes)
  }

  get recordsCount(): number {
    return this.#count
  }

  /** With the batch's header. */
  get sizeBytes(): number {
    return this.#position
  }

  get baseTimestamp(): number {
    return this.#baseTimestamp
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** The batch so far; valid until the next record, and until `release`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#position)
  }

  /**
   * Adds a record, or nothing when it makes the batch larger than `mostBytes`, of which a first
   * record need not take notice.
   * @returns whether it was added. @throws what the encoder throws; nothing was added then
   */
  append<V>(record: SlabRecord, value: V | null, encoder: Encoder<V>, mostBytes: number): boolean {
    const { timestamp, key, headers = NO_HEADERS } = record
    const isFirst = this.#count === 0
    const baseTimestamp = isFirst ? timestamp : this.#baseTimestamp
    const timestampDelta = timestamp - baseTimestamp
    const before = this.#position
    const keyLength = key.length
    // attributes, deltas and key: all between the record's length and the value's
    const fixedBytes =
      1 + varlongBytes(timestampDelta) + varintBytes(this.#count) + sizeOf(keyLength)
    // its lengths are most often as long as those of the record before: the value need not move
    const valueAt = before + this.#lengthBytes + fixedBytes + this.#valueLengthBytes
    const valueLength = this.#writeValue(valueAt, value, encoder)
    const headersBytes = sizeOfHeaders(headers)
    const length = fixedBytes + sizeOf(valueLength) + headersBytes
    const lengthBytes = varintBytes(length)
    const end = before + lengthBytes + length
    if (end > mostBytes && !isFirst) return false
    this.#reserve(end, valueAt + Math.max(0, valueLength))
    const valueEnds = end - headersBytes
    const valueTo = valueEnds - Math.max(0, valueLength)
    if (valueTo !== valueAt && valueLength > 0) {
      this.#bytes.copyWithin(valueTo, valueAt, valueAt + valueLength)
    }
    const bytes = this.#bytes
    let at = writeVarint(bytes, before, length)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, timestampDelta)
    at = writeVarint(bytes, at, this.#count)
    at = writeVarint(bytes, at, keyLength)
    if (keyLength > 0) at = writeBytes(bytes, at, key.view, keyLength)
    at = writeVarint(bytes, at, valueLength)
    assert(at === valueTo, 'a value begins where its length ends')
    at = writeHeaders(bytes, valueEnds, headers)
    assert(at === end, 'a record is as long as computed')
    this.#position = end
    this.#lengthBytes = lengthBytes
    this.#valueLengthBytes = varintBytes(valueLength)
    this.#baseTimestamp = baseTimestamp
    this.#maxTimestamp = Math.max(this.#maxTimestamp, timestamp)
    this.#count += 1
    return true
  }

  text(value: string): void {
    const most = value.length * UTF8_BYTES
    const isLong = most > this.#bytes.length - this.#valueEnd
    this.#reserve(this.#valueEnd + (isLong ? Buffer.byteLength(value) : most), this.#valueEnd)
    this.#valueEnd = writeText(this.#bytes, this.#valueEnd, value)
  }

  bytes(value: Uint8Array): void {
    this.#reserve(this.#valueEnd + value.length, this.#valueEnd)
    this.#valueEnd = writeBytes(this.#bytes, this.#valueEnd, value, value.length)
  }

  /** Gives the memory back: nobody may look at it any more. */
  release(): void {
    this.#pool.give(this.#bytes)
    this.#bytes = NO_BYTES
  }

  /** @returns its length, -1 for none */
  #writeValue<V>(valueAt: number, value: V | null, encoder: Encoder<V>): number {
    if (value === null) return -1
    this.#valueEnd = valueAt
    encoder.encode(value, this)
    return this.#valueEnd - valueAt
  }

  /** Makes room up to `end`, and keeps what is there up to `keptBytes`. */
  #reserve(end: number, keptBytes: number): void {
    if (end <= this.#bytes.length) return
    const grown = this.#pool.take(Math.max(2 * this.#bytes.length, end))
    this.#bytes.copy(grown, 0, 0, Math.min(keptBytes, this.#bytes.length))
    this.#pool.give(this.#bytes)
    this.#bytes = grown
  }
}

const NO_BYTES = Buffer.alloc(0)

/** Of a nullable field with its length. @param length -1 for null */
function sizeOf(length: number): number {
  return length < 0 ? 1 : varintBytes(length) + length
}

function sizeOfHeaders(headers: readonly RecordHeader[]): number {
  if (headers.length === 0) return 1
  let total = varintBytes(headers.length)
  for (const { key, value } of headers) {
    total += sizeOf(Buffer.byteLength(key)) + sizeOf(value === null ? -1 : value.length)
  }
  return total
}

/** @returns the position after them */
function writeHeaders(bytes: Buffer, from: number, headers: readonly RecordHeader[]): number {
  let at = writeVarint(bytes, from, headers.length)
  for (const { key, value } of headers) {
    at = writeVarint(bytes, at, Buffer.byteLength(key))
    at = writeText(bytes, at, key)
    at = writeVarint(bytes, at, value === null ? -1 : value.length)
    if (value !== null) at = writeBytes(bytes, at, value, value.length)
  }
  return at
}

/** @returns the position after it */
function writeText(bytes: Buffer, from: number, text: string): number {
  const { length } = text
  if (length > SHORT_TEXT) return from + bytes.write(text, from, 'utf8')
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x80) return from + bytes.write(text, from, 'utf8')
    bytes[from + at] = unit
  }
  return from + length
}

/** @returns the position after them */
function writeBytes(bytes: Buffer, from: number, value: Uint8Array, length: number): number {
  if (length > SHORT_BYTES) {
    bytes.set(length === value.length ? value : value.subarray(0, length), from)
  } else {
    for (let at = 0; at < length; at++) bytes[from + at] = value[at] ?? 0
  }
  return from + length
}

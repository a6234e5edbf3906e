import { DecodeError } from '@pafka/base'

/** A header of a record: keys may repeat, and their order counts. */
export interface RecordHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

export interface RecordOrigin {
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** The timestamp of every record, where the broker set it. */
  readonly logAppendTime: number | undefined
}

/**
 * One record, read from its batch when asked. Key, value and header values are views of the
 * (decompressed) batch and live as long as it does. A null key or value is not an empty one.
 */
export class RecordView {
  readonly offset: number
  /** Milliseconds since the epoch, or -1. */
  readonly timestamp: number
  /** As it stands in the record, whoever set the batch's timestamps. */
  readonly timestampDelta: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headersCount: number
  readonly #headers: Uint8Array

  /** @param reader at the record's length; stands behind the record afterwards */
  constructor(reader: RecordReader, origin: RecordOrigin) {
    const end = reader.beginRecord()
    reader.skip(1) // attributes, of which none is used
    this.timestampDelta = reader.varlong()
    this.offset = origin.baseOffset + reader.varint()
    this.timestamp = origin.logAppendTime ?? origin.baseTimestamp + this.timestampDelta
    this.key = reader.nullableBytes()
    this.value = reader.nullableBytes()
    this.headersCount = reader.varint()
    if (this.headersCount < 0) throw new DecodeError('a record has a negative number of headers')
    this.#headers = reader.until(end)
  }

  /** Decoded anew at each call. @throws {DecodeError} when they are not what their count says */
  headers(): RecordHeader[] {
    const reader = new RecordReader(this.#headers, 0, this.#headers.length)
    const headers: RecordHeader[] = []
    for (let left = this.headersCount; left > 0; left--) {
      const key = reader.text()
      headers.push({ key, value: reader.nullableBytes() })
    }
    if (!reader.done) throw new DecodeError('a record goes on after its headers')
    return headers
  }
}

const NOTHING = Buffer.alloc(0)

/** Reads the varints and byte fields that records are made of. Throws DecodeError at the end. */
export class RecordReader {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = from
    this.#end = Math.min(to, bytes.length)
  }

  /** Of what is read next. */
  get position(): number {
    return this.#at
  }

  get done(): boolean {
    return this.#at === this.#end
  }

  /** Reads a record's length. @returns the position where it must end */
  beginRecord(): number {
    const length = this.varint()
    if (length < 0 || length > this.#end - this.#at) {
      throw new DecodeError('a record passes the end of its batch')
    }
    return this.#at + length
  }

  skip(count: number): void {
    this.#at += count
    if (this.#at > this.#end) throw new DecodeError('the bytes end inside a record')
  }

  /** What is left before `end`. */
  until(end: number): Buffer {
    if (this.#at > end) throw new DecodeError('a record is not as long as it says')
    if (this.#at === end) return NOTHING // as in most records
    const view = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return view
  }

  /** Zigzag, up to 5 bytes. */
  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new DecodeError('a varint is longer than 5 bytes')
  }

  /** Zigzag, up to 10 bytes; beyond 2^53 the value is rounded. */
  varlong(): number {
    let value = 0
    let unit = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.#byte()
      value += (byte & 0x7f) * unit
      if (byte < 0x80) {
        const odd = count === 0 ? byte & 1 : this.#oddAt(count)
        return odd === 0 ? value / 2 : -((value + 1) / 2)
      }
      unit *= 128
    }
    throw new DecodeError('a varlong is longer than 10 bytes')
  }

  nullableBytes(): Uint8Array | null {
    const length = this.varint()
    if (length === -1) return null
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  text(): string {
    const length = this.varint()
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  /** The sign: lowest bit of the first of the `count + 1` bytes just read. */
  #oddAt(count: number): number {
    return (this.#bytes[this.#at - count - 1] ?? 0) & 1
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new DecodeError('the bytes end inside a record')
    return this.#bytes[this.#at++] ?? 0
  }

  #take(length: number): number {
    const at = this.#at
    if (length < 0 || length > this.#end - at) {
      throw new DecodeError('the bytes end inside a record')
    }
    this.#at = at + length
    return at
  }
}

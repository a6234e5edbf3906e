import { DecodeError } from '@pafka/base'

/**
 * Hops over the records of a batch and tells where their parts stand. No object per record.
 * Source of the format: Kafka `DefaultRecord.java`, class comment.
 */
export class RecordWalker {
  bytes: Uint8Array = new Uint8Array(0)
  /** Of the length, with which a record begins. */
  from = 0
  /** Behind the record. */
  end = 0
  /** Of the attributes, after the length. */
  bodyFrom = 0
  /** Behind the timestamp delta. */
  timestampEnd = 0
  offsetDelta = 0
  hasKey = false
  keyFrom = 0
  keyEnd = 0
  hasValue = false
  #left = 0

  /** @param bytes of `count` records, decompressed, from `from` to the end */
  start(bytes: Uint8Array, from: number, count: number): void {
    this.bytes = bytes
    this.end = from
    this.#left = count
  }

  /** @returns false at the end. @throws DecodeError for bytes that are not records */
  next(): boolean {
    if (this.#left === 0) {
      if (this.end !== this.bytes.length) throw new DecodeError('a batch is not as long as it says')
      return false
    }
    this.#left -= 1
    this.from = this.end
    const length = this.#varint(this.from)
    this.bodyFrom = readTo
    this.end = readTo + length
    if (length < 0 || this.end > this.bytes.length) {
      throw new DecodeError('a record passes the end of its batch')
    }
    this.timestampEnd = this.#skip(this.bodyFrom + 1)
    this.offsetDelta = this.#varint(this.timestampEnd)
    const keyBytes = this.#varint(readTo)
    this.hasKey = keyBytes >= 0
    this.keyFrom = readTo
    this.keyEnd = this.hasKey ? readTo + keyBytes : readTo
    if (this.keyEnd > this.end) throw new DecodeError('a key passes the end of its record')
    this.hasValue = this.#varint(this.keyEnd) >= 0
    return true
  }

  /** Milliseconds, relative to the batch's base timestamp. */
  timestampDelta(): number {
    let value = 0
    let unit = 1
    const from = this.bodyFrom + 1
    for (let at = from; at < this.timestampEnd; at++, unit *= 128) {
      value += ((this.bytes[at] as number) & 0x7f) * unit
    }
    return ((this.bytes[from] as number) & 1) === 0 ? value / 2 : -((value + 1) / 2)
  }

  #varint(from: number): number {
    let value = 0
    let at = from
    for (let shift = 0; shift < 35 && at < this.bytes.length; shift += 7) {
      const byte = this.bytes[at++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        readTo = at
        return (value >>> 1) ^ -(value & 1)
      }
    }
    throw new DecodeError('a varint of a record has no end')
  }

  #skip(from: number): number {
    const last = Math.min(from + 10, this.bytes.length)
    for (let at = from; at < last; at++) if ((this.bytes[at] as number) < 0x80) return at + 1
    throw new DecodeError('a varint of a record has no end')
  }
}

/** Where the varint read last ended: what a pair would say, without an object. */
let readTo = 0

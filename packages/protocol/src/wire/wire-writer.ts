import { assert } from '@pafka/base'

import { MAX_INT64, MAX_STRING_BYTES } from './constants.ts'
import { UUID_BYTES } from './uuid.ts'

/** Record bytes: one view, or pieces that are sent in order and never copied. */
export type RecordBytes = Uint8Array | readonly Uint8Array[]

const TWO_32 = 2 ** 32

/** Byte fields from this size on are referenced, not copied: one more piece costs less. */
const REFERENCE_BYTES = 1024
/** The most that UTF-8 takes for one unit of a JavaScript string. */
const UTF8_BYTES = 3

/**
 * Writes Kafka's primitive types into memory that grows. Large byte fields are kept by reference,
 * so the pieces of `finish` borrow them until they were sent.
 */
export class WireWriter {
  #bytes: Buffer
  #view: DataView
  /** Start of what is not yet in `#pieces`. */
  #start = 0
  #position = 0
  #finishedBytes = 0
  readonly #pieces: Uint8Array[] = []

  constructor(initialBytes: number = 256) {
    this.#bytes = Buffer.allocUnsafe(initialBytes)
    this.#view = viewOf(this.#bytes)
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#finishedBytes + this.#position - this.#start
  }

  /** All that was written, in order, ready for one writev. The writer must not be used after. */
  finish(): Uint8Array[] {
    this.#closePiece()
    return this.#pieces
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.#take(1)
    this.#view.setInt8(at, value)
  }

  int16(value: number): void {
    const at = this.#take(2)
    this.#view.setInt16(at, value)
  }

  uint16(value: number): void {
    this.int16(value)
  }

  int32(value: number): void {
    const at = this.#take(4)
    this.#view.setInt32(at, value)
  }

  uint32(value: number): void {
    this.int32(value)
  }

  /** Values outside of int64 become its nearest end. */
  int64(value: number): void {
    const at = this.#take(8)
    if (value >= MAX_INT64) {
      this.#view.setInt32(at, 0x7fffffff)
      this.#view.setInt32(at + 4, -1)
      return
    }
    const clamped = value < -MAX_INT64 ? -MAX_INT64 : value
    const high = Math.floor(clamped / TWO_32)
    this.#view.setInt32(at, high)
    this.#view.setUint32(at + 4, clamped - high * TWO_32)
  }

  float64(value: number): void {
    const at = this.#take(8)
    this.#view.setFloat64(at, value)
  }

  /** @param value 22 base64url characters */
  uuid(value: string): void {
    const at = this.#take(UUID_BYTES)
    const written = this.#bytes.write(value, at, UUID_BYTES, 'base64url')
    assert(written === UUID_BYTES && value.length === 22, 'a uuid is 22 base64url characters')
  }

  unsignedVarint(value: number): void {
    let at = this.#take(varintBytes(value))
    let left = value >>> 0
    while (left >= 0x80) {
      this.#view.setUint8(at++, left | 0x80)
      left >>>= 7
    }
    this.#view.setUint8(at, left)
  }

  /** Cut at a whole character when longer than the 32,767 bytes that the protocol can say. */
  string(value: string): void {
    if (value.length * UTF8_BYTES > MAX_STRING_BYTES) {
      const text = cutText(value)
      this.int16(text.length)
      this.raw(text)
      return
    }
    const at = this.#take(2 + value.length * UTF8_BYTES)
    const written = this.#bytes.write(value, at + 2, 'utf8')
    this.#view.setInt16(at, written)
    this.#position = at + 2 + written
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1)
    else this.string(value)
  }

  compactString(value: string): void {
    if (value.length * UTF8_BYTES >= 0x7f) {
      const text = cutText(value)
      this.unsignedVarint(text.length + 1)
      this.raw(text)
      return
    }
    const at = this.#take(1 + value.length * UTF8_BYTES)
    const written = this.#bytes.write(value, at + 1, 'utf8')
    this.#view.setUint8(at, written + 1)
    this.#position = at + 1 + written
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.unsignedVarint(0)
    else this.compactString(value)
  }

  bytes(value: RecordBytes): void {
    this.int32(lengthOf(value))
    this.raw(value)
  }

  nullableBytes(value: RecordBytes | null): void {
    if (value === null) this.int32(-1)
    else this.bytes(value)
  }

  compactBytes(value: RecordBytes): void {
    this.unsignedVarint(lengthOf(value) + 1)
    this.raw(value)
  }

  compactNullableBytes(value: RecordBytes | null): void {
    if (value === null) this.unsignedVarint(0)
    else this.compactBytes(value)
  }

  arrayLength(count: number): void {
    this.int32(count)
  }

  /** @param count -1 is null */
  compactArrayLength(count: number): void {
    this.unsignedVarint(count + 1)
  }

  /** @param content a finished field, written with a writer of its own */
  taggedField(tag: number, content: WireWriter): void {
    this.unsignedVarint(tag)
    this.unsignedVarint(content.sizeBytes)
    for (const piece of content.finish()) this.raw(piece)
  }

  /** Bytes as they are, without a length. */
  raw(value: RecordBytes): void {
    if (isPieces(value)) {
      for (const piece of value) this.#reference(piece)
    } else if (value.length >= REFERENCE_BYTES) {
      this.#reference(value)
    } else {
      const at = this.#take(value.length)
      this.#bytes.set(value, at)
    }
  }

  #reference(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#closePiece()
    this.#pieces.push(piece)
    this.#finishedBytes += piece.length
  }

  #closePiece(): void {
    if (this.#position === this.#start) return
    this.#pieces.push(this.#bytes.subarray(this.#start, this.#position))
    this.#finishedBytes += this.#position - this.#start
    this.#start = this.#position
  }

  #take(count: number): number {
    if (count > this.#bytes.length - this.#position) this.#grow(count)
    const at = this.#position
    this.#position = at + count
    return at
  }

  #grow(count: number): void {
    const unfinished = this.#bytes.subarray(this.#start, this.#position)
    const bytes = Buffer.allocUnsafe(2 * Math.max(this.#bytes.length, unfinished.length + count))
    bytes.set(unfinished)
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#start = 0
    this.#position = unfinished.length
  }
}

/** One view of all the bytes: the only piece itself, or a copy of several. */
export function joinRecordBytes(value: RecordBytes): Uint8Array {
  if (!isPieces(value)) return value
  const [first] = value
  return value.length === 1 && first !== undefined ? first : Buffer.concat(value)
}

function cutText(value: string): Uint8Array {
  const bytes = Buffer.from(value, 'utf8')
  if (bytes.length <= MAX_STRING_BYTES) return bytes
  let end = MAX_STRING_BYTES
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end)
}

function isPieces(value: RecordBytes): value is readonly Uint8Array[] {
  return Array.isArray(value)
}

function lengthOf(value: RecordBytes): number {
  if (!isPieces(value)) return value.length
  let length = 0
  for (const piece of value) length += piece.length
  return length
}

function varintBytes(value: number): number {
  const left = value >>> 0
  if (left < 0x80) return 1
  if (left < 0x4000) return 2
  if (left < 0x200000) return 3
  return left < 0x10000000 ? 4 : 5
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

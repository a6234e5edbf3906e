import { DecodeError } from '@pafka/base'

import { MAX_STRING_BYTES } from './constants.ts'
import { UUID_BYTES, ZERO_UUID } from './uuid.ts'

const TWO_32 = 2 ** 32
/**
 * Array elements that one frame may hold. A struct of two bytes becomes an object of about 80, so
 * that a frame of 100 MiB could otherwise take gigabytes; a cluster of 200,000 partitions fits.
 */
export const MAX_ELEMENTS: number = 4_000_000

/**
 * Reads Kafka's primitive types from one frame, in order. Hot: no allocation but the values.
 * Every method throws DecodeError instead of reading past the end; lengths are compared with what
 * is left before anything is allocated. Source: Kafka protocol guide, "Protocol Primitive Types".
 */
export class WireReader {
  #bytes: Buffer
  #view: DataView
  /** Memory that `#bytes` and `#view` are all of, after `reset`. */
  #memory: ArrayBufferLike | undefined
  #start: number
  #end: number
  #position: number
  #elementsLeft: number = MAX_ELEMENTS
  #uuid = ZERO_UUID
  #uuidHigh = 0n
  #uuidLow = 0n

  /** @param bytes one frame; borrowed as long as byte fields decoded from it are in use. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = bytes.byteLength
    this.#start = 0
    this.#position = 0
  }

  /**
   * Begins anew with other bytes: cheaper than another reader for each of many small pieces that
   * lie in the same memory.
   */
  reset(bytes: Uint8Array): void {
    if (this.#memory !== bytes.buffer) {
      this.#memory = bytes.buffer
      this.#bytes = Buffer.from(bytes.buffer)
      this.#view = new DataView(bytes.buffer)
    }
    this.#start = bytes.byteOffset
    this.#end = bytes.byteOffset + bytes.byteLength
    this.#position = bytes.byteOffset
    this.#elementsLeft = MAX_ELEMENTS
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position - this.#start
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#end - this.#position
  }

  bool(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1))
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2))
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  /** Beyond 2^53 the value is rounded. */
  int64(): number {
    const at = this.#take(8)
    return this.#view.getInt32(at) * TWO_32 + this.#view.getUint32(at + 4)
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  /** One that comes again, as in many small structs after `reset`, is the same string. */
  uuid(): string {
    const at = this.#take(UUID_BYTES)
    const view = this.#view
    const high = view.getBigInt64(at)
    const low = view.getBigInt64(at + 8)
    if (high !== this.#uuidHigh || low !== this.#uuidLow) {
      this.#uuidHigh = high
      this.#uuidLow = low
      this.#uuid = this.#bytes.toString('base64url', at, at + UUID_BYTES)
    }
    return this.#uuid
  }

  /** Up to 5 bytes, 7 bits each, lowest first. */
  unsignedVarint(): number {
    let at = this.#position
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= this.#end) throw new DecodeError('the bytes end inside a varint')
      const byte = this.#view.getUint8(at++)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#position = at
        return value >>> 0
      }
    }
    throw new DecodeError('a varint is longer than 5 bytes')
  }

  string(): string {
    return this.#text(this.#present(this.int16()))
  }

  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? this.#null(length) : this.#text(length)
  }

  compactString(): string {
    return this.#text(this.#present(this.unsignedVarint() - 1))
  }

  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.#text(length)
  }

  /** A view of the frame, as long as it lives. */
  bytes(): Uint8Array {
    return this.#slice(this.#present(this.int32()))
  }

  nullableBytes(): Uint8Array | null {
    const length = this.int32()
    return length < 0 ? this.#null(length) : this.#slice(length)
  }

  compactBytes(): Uint8Array {
    return this.#slice(this.#present(this.unsignedVarint() - 1))
  }

  compactNullableBytes(): Uint8Array | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.#slice(length)
  }

  /**
   * The count of an array, known to be possible: so many elements can still follow.
   * @param elementBytes the least that one element takes
   */
  arrayLength(elementBytes: number): number {
    return this.#possible(this.#present(this.int32()), elementBytes)
  }

  /** As `arrayLength`; -1 is null. */
  nullableArrayLength(elementBytes: number): number {
    const count = this.int32()
    if (count < 0) this.#null(count)
    return this.#possible(count, elementBytes)
  }

  compactArrayLength(elementBytes: number): number {
    return this.#possible(this.#present(this.unsignedVarint() - 1), elementBytes)
  }

  /** As `compactArrayLength`; -1 is null. */
  compactNullableArrayLength(elementBytes: number): number {
    return this.#possible(this.unsignedVarint() - 1, elementBytes)
  }

  /** The size of a tagged field. @returns the position where the field must end. */
  taggedFieldEnd(): number {
    const size = this.unsignedVarint()
    if (size > this.#end - this.#position) throw new DecodeError('a tagged field passes the end')
    return this.#position + size
  }

  /** @param end from `taggedFieldEnd`, once the field is read. */
  endTaggedField(end: number): void {
    if (this.#position !== end) throw new DecodeError('a tagged field is not as long as it says')
  }

  /** Skips to `end`, from `taggedFieldEnd`. */
  skipTaggedField(end: number): void {
    this.#position = end
  }

  /** Skips the tagged fields of a struct that knows none. */
  skipTaggedFields(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint()
      this.#position = this.taggedFieldEnd()
    }
  }

  /** `length` bytes as they are: a view of the frame. */
  raw(length: number): Uint8Array {
    return this.#slice(length)
  }

  #take(count: number): number {
    const at = this.#position
    if (count > this.#end - at) throw new DecodeError('the bytes end inside a field')
    this.#position = at + count
    return at
  }

  #text(length: number): string {
    if (length === 0) return ''
    if (length > MAX_STRING_BYTES) throw new DecodeError('a string is longer than 32,767 bytes')
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  #slice(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  #present(length: number): number {
    if (length < 0) throw new DecodeError('a field that cannot be null is')
    return length
  }

  #null(length: number): null {
    if (length !== -1) throw new DecodeError('a length is below -1')
    return null
  }

  #possible(count: number, elementBytes: number): number {
    if (count * elementBytes > this.#end - this.#position) {
      throw new DecodeError('an array has more elements than bytes')
    }
    this.#elementsLeft -= Math.max(count, 0) // null is -1
    if (this.#elementsLeft < 0) throw new DecodeError('a frame has too many elements')
    return count
  }
}

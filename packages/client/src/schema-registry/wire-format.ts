import { DecodeError } from '@pafka/base'

import type { DecodeContext } from '../serde/serde.ts'

// What Confluent's serdes write before a value, or into a header of its record: a magic byte, the
// schema's id or GUID, and for Protobuf which message of the schema it is. Source: Confluent's
// "Wire format", and `SchemaId` of its clients.

/** Before an id: 4 bytes, big-endian. */
const ID_MAGIC = 0
/** Before a GUID: 16 bytes. */
const GUID_MAGIC = 1
const ID_BYTES = 4
const GUID_BYTES = 16
const FIRST_MESSAGE: readonly number[] = [0]
const MOST_INDEX = 2 ** 31

/** Which schema a value has. */
export interface SchemaTag {
  /** A number, or a GUID as text. */
  readonly id: number | string
  /** Where the message is in its file: its place there, then within the message around it. */
  readonly indexes: readonly number[]
  /** Where the value begins. */
  readonly valueAt: number
}

/** The header that has the tag of a record's key, or of its value. */
export function tagHeader(isKey: boolean): string {
  return isKey ? '__key_schema_id' : '__value_schema_id'
}

/**
 * Reads the tag of a value, which its header has, or its first bytes.
 * @param hasIndexes as Protobuf's have
 * @throws {DecodeError} when there is none
 */
export function readTag(
  bytes: Uint8Array,
  { isKey, headers }: DecodeContext,
  hasIndexes: boolean,
): SchemaTag {
  const name = tagHeader(isKey)
  const header = headers().findLast(([one]) => one === name)?.[1]
  if (header === undefined || header === null) return tagIn(bytes, hasIndexes)
  return { ...tagIn(header, hasIndexes), valueAt: 0 }
}

function tagIn(bytes: Uint8Array, hasIndexes: boolean): SchemaTag {
  const magic = bytes[0]
  if (magic !== ID_MAGIC && magic !== GUID_MAGIC) {
    throw new DecodeError('it has no magic byte of a schema registry')
  }
  const end = 1 + (magic === ID_MAGIC ? ID_BYTES : GUID_BYTES)
  if (bytes.length < end) throw new DecodeError('it ends within the id of its schema')
  const id = magic === ID_MAGIC ? idAt(bytes) : guidOf(bytes.subarray(1, end))
  if (!hasIndexes) return { id, indexes: FIRST_MESSAGE, valueAt: end }
  return { id, ...indexesIn(bytes, end) }
}

function idAt(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(1)
}

function guidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** How many there are, then each, as zigzag varints; a lone 0 is the first message. */
function indexesIn(
  bytes: Uint8Array,
  from: number,
): { readonly indexes: readonly number[]; readonly valueAt: number } {
  const count = zigzagAt(bytes, from)
  if (count.value === 0) return { indexes: FIRST_MESSAGE, valueAt: count.end }
  if (count.value < 0 || count.value > bytes.length - count.end) {
    throw new DecodeError('it does not say which message it is')
  }
  const indexes: number[] = []
  let at = count.end
  while (indexes.length < count.value) {
    const { value, end } = zigzagAt(bytes, at)
    if (value < 0) throw new DecodeError('it does not say which message it is')
    indexes.push(value)
    at = end
  }
  return { indexes, valueAt: at }
}

function zigzagAt(
  bytes: Uint8Array,
  from: number,
): { readonly value: number; readonly end: number } {
  let raw = 0
  let scale = 1
  for (let at = from; at < bytes.length && raw < 2 * MOST_INDEX; at++) {
    const byte = bytes[at] ?? 0
    raw += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte >= 0x80) continue
    if (raw >= 2 * MOST_INDEX) break
    return { value: raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2, end: at + 1 }
  }
  throw new DecodeError('it ends where it should say which message it is, or says nonsense')
}

/**
 * What is written before values of a schema, or into a header of them.
 * @param id a number, or a GUID as text. @param indexes of Protobuf's
 */
export function tagBytes(id: number | string, indexes?: readonly number[]): Uint8Array {
  const head = typeof id === 'number' ? idHead(id) : guidHead(id)
  if (indexes === undefined) return head
  const isFirst = indexes.length === 1 && indexes[0] === 0
  const numbers = isFirst ? [0] : [indexes.length, ...indexes]
  return Buffer.concat([head, Uint8Array.from(numbers.flatMap(zigzag))])
}

function idHead(id: number): Buffer {
  const head = Buffer.alloc(1 + ID_BYTES, ID_MAGIC)
  head.writeInt32BE(id, 1)
  return head
}

function guidHead(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
  if (bytes.length !== GUID_BYTES) throw new TypeError(`${guid} is no GUID`)
  return Buffer.concat([Uint8Array.of(GUID_MAGIC), bytes])
}

function zigzag(value: number): number[] {
  const bytes: number[] = []
  let left = 2 * value
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  return [...bytes, left]
}

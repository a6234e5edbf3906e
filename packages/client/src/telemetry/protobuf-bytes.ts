/** Wire types of Protocol Buffers. */
const VARINT = 0
const FIXED64 = 1
const BYTES = 2

const LOW_BITS = 0x7f
const MORE = 0x80

/** Fields as they stand in a message, one after the other; no number of a field is above 15. */
export function textField(field: number, text: string): Buffer {
  return bytesField(field, Buffer.from(text, 'utf8'))
}

/** @param inner what the message is made of */
export function messageField(field: number, ...inner: readonly Buffer[]): Buffer {
  return bytesField(field, Buffer.concat(inner))
}

/** @param value a whole number of 0 or more */
export function varintField(field: number, value: number): Buffer {
  return Buffer.from([tagOf(field, VARINT), ...varint(value)])
}

export function doubleField(field: number, value: number): Buffer {
  const bytes = fixed64(field)
  bytes.writeDoubleLE(value, 1)
  return bytes
}

export function fixed64Field(field: number, value: bigint): Buffer {
  const bytes = fixed64(field)
  bytes.writeBigUInt64LE(value, 1)
  return bytes
}

function fixed64(field: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = tagOf(field, FIXED64)
  return bytes
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tagOf(field, BYTES), ...varint(bytes.length)]), bytes])
}

function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= MORE; rest = Math.floor(rest / MORE)) bytes.push((rest & LOW_BITS) | MORE)
  bytes.push(rest)
  return bytes
}

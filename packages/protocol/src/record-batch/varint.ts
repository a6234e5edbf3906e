// Zigzag varints of records: small numbers of either sign are short. Source: Kafka `ByteUtils`.

const TWO_31 = 2 ** 31

/** Bytes of an int32. */
export function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x200000) return 3
  return zigzag < 0x10000000 ? 4 : 5
}

/** @returns the position after it */
export function writeVarint(bytes: Uint8Array, from: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  let at = from
  while (zigzag >= 0x80) {
    bytes[at++] = zigzag | 0x80
    zigzag >>>= 7
  }
  bytes[at++] = zigzag
  return at
}

/** Bytes of an integer below 2^52 in size. */
export function varlongBytes(value: number): number {
  if (value >= -TWO_31 && value < TWO_31) return varintBytes(value)
  let zigzag = zigzagOf(value)
  let count = 1
  for (; zigzag >= 0x80; count++) zigzag = Math.floor(zigzag / 128)
  return count
}

/** @returns the position after it */
export function writeVarlong(bytes: Uint8Array, from: number, value: number): number {
  if (value >= -TWO_31 && value < TWO_31) return writeVarint(bytes, from, value)
  let zigzag = zigzagOf(value)
  let at = from
  while (zigzag >= 0x80) {
    bytes[at++] = (zigzag % 128) | 0x80
    zigzag = Math.floor(zigzag / 128)
  }
  bytes[at++] = zigzag
  return at
}

function zigzagOf(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

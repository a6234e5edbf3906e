import { loadNative } from '../native.ts'

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78
const SLICES = 8
/** A native call costs more than so many bytes in JavaScript; see crc32c.bench.ts. */
const NATIVE_FROM_BYTES = 256

interface NativeCrc {
  crc32c(input: Uint8Array, initialState?: number): number
}

let native: NativeCrc | null | undefined

/**
 * CRC-32C of `bytes` from `from` up to `to` (exclusive), as uint32. Hot: no allocation but one view.
 * Uses the processor's instruction through @node-rs/crc32 where that loads.
 */
export function crc32c(bytes: Uint8Array, from: number = 0, to: number = bytes.length): number {
  if (to - from < NATIVE_FROM_BYTES) return crc32cPlain(bytes, from, to)
  if (native === undefined) native = loadNative<NativeCrc>('@node-rs/crc32')
  if (native === null) return crc32cPlain(bytes, from, to)
  return native.crc32c(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
}

/** The same in JavaScript: eight bytes at a time, by table ("slicing-by-8"). */
export function crc32cPlain(bytes: Uint8Array, from: number, to: number): number {
  const table = TABLE
  let crc = -1
  let at = from
  for (const last = to - SLICES; at <= last; at += SLICES) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (table[1792 + (low & 0xff)] as number) ^
      (table[1536 + ((low >>> 8) & 0xff)] as number) ^
      (table[1280 + ((low >>> 16) & 0xff)] as number) ^
      (table[1024 + (low >>> 24)] as number) ^
      (table[768 + (bytes[at + 4] as number)] as number) ^
      (table[512 + (bytes[at + 5] as number)] as number) ^
      (table[256 + (bytes[at + 6] as number)] as number) ^
      (table[bytes[at + 7] as number] as number)
  }
  for (; at < to; at++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number)
  }
  return ~crc >>> 0
}

/** `SLICES` tables of 256: entry `256 n + b` is the CRC of byte b followed by n zero bytes. */
const TABLE: Int32Array = buildTable()

function buildTable(): Int32Array {
  const table = new Int32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
    table[byte] = crc
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256] as number
    table[at] = (before >>> 8) ^ (table[before & 0xff] as number)
  }
  return table
}

import { NativePackage } from '../native.ts'

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78
const SLICES = 8
/** A native call costs more than so many bytes in JavaScript; see crc32c.bench.ts. */
const NATIVE_FROM_BYTES = 256

interface NativeCrc {
  crc32c(input: Uint8Array, initialState?: number): number
}

const native = new NativePackage(
  '@node-rs/crc32',
  (loaded): loaded is NativeCrc => 'crc32c' in loaded && typeof loaded.crc32c === 'function',
)

/**
 * CRC-32C of `bytes` from `from` up to `to` (exclusive), as uint32. Hot: at most one view.
 * Uses the processor's instruction through @node-rs/crc32 where that loads.
 */
export function crc32c(bytes: Uint8Array, from: number = 0, to: number = bytes.length): number {
  if (to - from < NATIVE_FROM_BYTES) return crc32cPlain(bytes, from, to)
  const { optional } = native
  if (optional === undefined) return crc32cPlain(bytes, from, to)
  return optional.crc32c(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
}

/** The same in JavaScript: eight bytes at a time, by table ("slicing-by-8"). */
export function crc32cPlain(bytes: Uint8Array, from: number, to: number): number {
  const table = TABLE
  let crc = -1
  let at = from
  for (const last = to - SLICES; at <= last; at += SLICES) {
    const low =
      crc ^
      ((bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24))
    crc =
      entry(table, 1792 + (low & 0xff)) ^
      entry(table, 1536 + ((low >>> 8) & 0xff)) ^
      entry(table, 1280 + ((low >>> 16) & 0xff)) ^
      entry(table, 1024 + (low >>> 24)) ^
      entry(table, 768 + (bytes[at + 4] ?? 0)) ^
      entry(table, 512 + (bytes[at + 5] ?? 0)) ^
      entry(table, 256 + (bytes[at + 6] ?? 0)) ^
      entry(table, bytes[at + 7] ?? 0)
  }
  for (; at < to; at++) {
    crc = (crc >>> 8) ^ entry(table, (crc ^ (bytes[at] ?? 0)) & 0xff)
  }
  return ~crc >>> 0
}

function entry(table: Int32Array, at: number): number {
  return table[at] ?? 0
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
    const before = table[at - 256] ?? 0
    table[at] = (before >>> 8) ^ (table[before & 0xff] ?? 0)
  }
  return table
}

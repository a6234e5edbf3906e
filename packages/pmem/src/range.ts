import { types } from 'node:util'

/** Whatever the realm, and nothing that only looks like it: its elements are to be bytes. */
export function checkBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!types.isUint8Array(bytes)) throw new TypeError('what is copied must be a Uint8Array')
}

/** @throws {RangeError} unless these bytes lie inside */
export function checkRange(sizeBytes: number, at: number, length: number): void {
  const isWhole = Number.isSafeInteger(at) && Number.isSafeInteger(length)
  if (isWhole && at >= 0 && length >= 0 && at <= sizeBytes - length) return
  throw new RangeError(`${length} bytes at ${at} are not within a region of ${sizeBytes}`)
}

/** @throws {RangeError} unless 8 aligned bytes there can take the value */
export function checkStore64(sizeBytes: number, at: number, value: number | bigint): void {
  checkRange(sizeBytes, at, 8)
  if (at % 8 !== 0) throw new RangeError(`${at} is not a multiple of 8`)
  const fits =
    typeof value === 'bigint'
      ? value >= 0n && value < 2n ** 64n
      : Number.isSafeInteger(value) && value >= 0
  if (!fits) throw new RangeError(`${value} is not an unsigned integer of 64 bits`)
}

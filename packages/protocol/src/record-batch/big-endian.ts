// Reads and writes by position, without a DataView per call. Positions are the caller's to check:
// a byte that is not there reads as zero. `?? 0` costs nothing once compiled: a load from a typed
// array that was always in bounds is known to be a number.

const TWO_32 = 2 ** 32

export function int8At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) >> 24
}

export function int16At(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16)) >> 16
}

export function int32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  )
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at) >>> 0
}

/** Beyond 2^53 the value is rounded. */
export function int64At(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at) * TWO_32 + uint32At(bytes, at + 4)
}

export function setInt16At(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

export function setInt32At(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24
  bytes[at + 1] = value >> 16
  bytes[at + 2] = value >> 8
  bytes[at + 3] = value
}

export function setInt64At(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / TWO_32)
  setInt32At(bytes, at, high)
  setInt32At(bytes, at + 4, value - high * TWO_32)
}

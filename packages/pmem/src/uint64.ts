/** Little-endian, at any position. Without a bigint for a number, as end marks mostly are. */
export function writeUint64(bytes: DataView, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    bytes.setBigUint64(at, value, true)
    return
  }
  bytes.setUint32(at, value % 2 ** 32, true)
  bytes.setUint32(at + 4, Math.floor(value / 2 ** 32), true)
}

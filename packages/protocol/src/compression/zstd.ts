// As a namespace: Node before 22.15 has no zstd, and must still load this file.
import * as zlib from 'node:zlib'

import { decoding } from './wrap.ts'

export function compressZstd(bytes: Uint8Array, level?: number): Uint8Array {
  if (level === undefined) return zlib.zstdCompressSync(bytes)
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: level }
  return zlib.zstdCompressSync(bytes, { params })
}

/** @throws {DecodeError} when damaged or more than `maxBytes` come out */
export function decompressZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const limits = { maxOutputLength: Math.max(maxBytes, 1) }
  return decoding('zstd', () => zlib.zstdDecompressSync(bytes, limits))
}

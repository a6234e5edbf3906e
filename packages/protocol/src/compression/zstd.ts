import { promisify } from 'node:util'
// As a namespace: Node before 22.15 has no zstd, and must still load this file.
import * as zlib from 'node:zlib'

import { decoding, decodingOffLoop } from './wrap.ts'

export function compressZstd(bytes: Uint8Array, level?: number): Uint8Array {
  return zlib.zstdCompressSync(bytes, optionsOf(level))
}

export function compressZstdOffLoop(bytes: Uint8Array, level?: number): Promise<Uint8Array> {
  return promisify(zlib.zstdCompress)(bytes, optionsOf(level))
}

/** @throws {DecodeError} when damaged or more than `maxBytes` come out */
export function decompressZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return decoding('zstd', () => zlib.zstdDecompressSync(bytes, limitsOf(maxBytes)))
}

/** As `decompressZstd`. */
export function decompressZstdOffLoop(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  return decodingOffLoop('zstd', () => promisify(zlib.zstdDecompress)(bytes, limitsOf(maxBytes)))
}

function optionsOf(level: number | undefined): zlib.ZstdOptions {
  if (level === undefined) return {}
  return { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }
}

function limitsOf(maxBytes: number): { readonly maxOutputLength: number } {
  return { maxOutputLength: Math.max(maxBytes, 1) }
}

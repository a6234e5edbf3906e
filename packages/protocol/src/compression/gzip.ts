import { promisify } from 'node:util'
import { gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib'

import { decoding, decodingOffLoop } from './wrap.ts'

export function compressGzip(bytes: Uint8Array, level?: number): Uint8Array {
  return gzipSync(bytes, level === undefined ? {} : { level })
}

export function compressGzipOffLoop(bytes: Uint8Array, level?: number): Promise<Uint8Array> {
  return promisify(gzip)(bytes, level === undefined ? {} : { level })
}

/** @throws {DecodeError} when damaged or more than `maxBytes` come out */
export function decompressGzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return decoding('gzip', () => gunzipSync(bytes, limitsOf(maxBytes)))
}

/** As `decompressGzip`. */
export function decompressGzipOffLoop(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  return decodingOffLoop('gzip', () => promisify(gunzip)(bytes, limitsOf(maxBytes)))
}

function limitsOf(maxBytes: number): { readonly maxOutputLength: number } {
  return { maxOutputLength: Math.max(maxBytes, 1) }
}

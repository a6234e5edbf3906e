import { gunzipSync, gzipSync } from 'node:zlib'

import { decoding } from './wrap.ts'

export function compressGzip(bytes: Uint8Array, level?: number): Uint8Array {
  return gzipSync(bytes, level === undefined ? {} : { level })
}

/** @throws {DecodeError} when damaged or more than `maxBytes` come out */
export function decompressGzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return decoding('gzip', () => gunzipSync(bytes, { maxOutputLength: Math.max(maxBytes, 1) }))
}

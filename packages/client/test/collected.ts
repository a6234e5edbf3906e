import type { DecodeContext, Encoder } from '../src/index.ts'

/** What an encoder writes for a value. */
export function encoded<T>(encoder: Encoder<T>, value: T): Buffer {
  const parts: Uint8Array[] = []
  encoder.encode(value, {
    text: (text) => parts.push(Buffer.from(text)),
    bytes: (bytes) => parts.push(Uint8Array.from(bytes)),
  })
  return Buffer.concat(parts)
}

/** Of a value without headers. */
export const CONTEXT: DecodeContext = { topic: 't', isKey: false, headers: () => [] }

import type { Serde } from './serde.ts'

const UTF8: Serde<string> = {
  encode(value, sink) {
    sink.text(value)
  },
  decode(bytes) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  },
}

/** Text. Bytes that are no UTF-8 become replacement characters. */
export function utf8(): Serde<string> {
  return UTF8
}

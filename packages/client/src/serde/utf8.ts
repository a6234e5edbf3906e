import { kindOf } from './byte-view.ts'
import type { Serde } from './serde.ts'

const UTF8: Serde<string> = {
  encode(value, sink) {
    // not every program that calls it was checked by a compiler
    const given: unknown = value
    if (typeof given !== 'string') throw new TypeError(`it is no text, but ${kindOf(given)}`)
    sink.text(given)
  },
  decode(bytes) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  },
}

/** Text. Bytes that are no UTF-8 become replacement characters. */
export function utf8(): Serde<string> {
  return UTF8
}

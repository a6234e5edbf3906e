import { byteView, kindOf } from './byte-view.ts'
import type { Serde } from './serde.ts'

const BYTES: Serde<Uint8Array> = {
  encode(value, sink) {
    const view = byteView(value)
    if (view === undefined) throw new TypeError(`it is not bytes, but ${kindOf(value)}`)
    sink.bytes(view)
  },
  decode(value) {
    return value
  },
}

/** Bytes as they are. Of a record that was read they are a view of its batch. */
export function bytes(): Serde<Uint8Array> {
  return BYTES
}

import type { Serde } from './serde.ts'

const BYTES: Serde<Uint8Array> = {
  encode(value, sink) {
    sink.bytes(value)
  },
  decode(value) {
    return value
  },
}

/** Bytes as they are. Of a record that was read they are a view of its batch. */
export function bytes(): Serde<Uint8Array> {
  return BYTES
}

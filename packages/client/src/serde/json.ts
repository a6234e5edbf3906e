import type { Serde } from './serde.ts'

/** JSON, by `JSON.stringify` and `JSON.parse`. What has no JSON, as `undefined`, is refused. */
export function json<T>(): Serde<T> {
  return {
    encode(value, sink) {
      const text: string | undefined = JSON.stringify(value)
      if (text === undefined) throw new TypeError(`there is no JSON for ${typeof value}`)
      sink.text(text)
    },
    decode(bytes) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
      return JSON.parse(text) as T
    },
  }
}

/** Bytes as text where they are text, else in hexadecimal. */
export interface Encoded {
  readonly text: string | null
  readonly encoding: 'utf8' | 'hex' | null
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** What would break a line or move a terminal's cursor. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

export function encoded(bytes: Uint8Array | null): Encoded {
  if (bytes === null) return { text: null, encoding: null }
  try {
    return { text: DECODER.decode(bytes), encoding: 'utf8' }
  } catch {
    return { text: hex(bytes), encoding: 'hex' }
  }
}

/** One line for people: hexadecimal with `0x` as soon as a control character is in it. */
export function readable(bytes: Uint8Array): string {
  const { text, encoding } = encoded(bytes)
  return encoding === 'utf8' && text !== null && !CONTROL.test(text) ? text : `0x${hex(bytes)}`
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** The same bytes, not copied. @returns undefined for what has none */
export function byteView(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}

/** What a value is that should be another one, in a message about it. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}

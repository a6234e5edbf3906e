import { hash } from 'node:crypto'

/** Longer keys are known by their hash. */
const LONGEST_KEY_BYTES = 24
/** What an entry costs besides its key, about. */
const ENTRY_BYTES = 64

/** The newest offset of each key, in a bounded number of bytes. */
export class OffsetMap {
  readonly #limitBytes: number
  readonly #offsets = new Map<string, number>()
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limitBytes
  }

  get size(): number {
    return this.#offsets.size
  }

  put(key: Uint8Array, offset: number): void {
    const name = nameOf(key)
    if (!this.#offsets.has(name)) this.#bytes += name.length + ENTRY_BYTES
    this.#offsets.set(name, offset)
  }

  /** -1 for a key that was not put. */
  get(key: Uint8Array): number {
    return this.#offsets.get(nameOf(key)) ?? -1
  }
}

/** Bytes as characters; a hash begins with one that a short key's length cannot give. */
function nameOf(key: Uint8Array): string {
  if (key.length > LONGEST_KEY_BYTES) return `#${hash('sha256', key, 'base64')}`
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}

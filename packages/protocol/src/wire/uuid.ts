import { randomBytes } from 'node:crypto'

export const UUID_BYTES: number = 16

/** Kafka's "no id": 16 zero bytes. Like every uuid here in the form Kafka prints: base64url. */
export const ZERO_UUID: string = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The metadata topic of a KRaft cluster owns this one. Source: Kafka `Uuid.ONE_UUID`. */
export const ONE_UUID: string = 'AAAAAAAAAAAAAAAAAAAAAQ'

/**
 * A fresh random (version 4) id. As Kafka does, one that starts with a dash is drawn again, so that
 * it can stand on a command line. Source: Kafka `Uuid.randomUuid`.
 */
export function randomUuid(): string {
  for (;;) {
    const bytes = randomBytes(UUID_BYTES)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const text = uuidFromBytes(bytes)
    if (!text.startsWith('-')) return text
  }
}

/** @param bytes 16 of them */
export function uuidFromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/** True for the 22 characters that stand for exactly 16 bytes. */
export function isUuid(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)
}

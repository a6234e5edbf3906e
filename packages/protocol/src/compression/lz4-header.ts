import { DecodeError } from '@pafka/base'

// Source: LZ4 Frame Format Description 1.6.x; xxHash fast digest algorithm, XXH32.
const FLAGS_AT = 4
const CONTENT_SIZE_BIT = 0x08
const CONTENT_SIZE_BYTES = 8
/** Flags and block size. */
const FIXED_BYTES = 2

const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

/**
 * Gives a frame the header checksum that the format demands. Clients of Kafka 0.8 and 0.9 took the
 * magic into it, and brokers keep it so in messages of magic 0 (KIP-57).
 * @returns a copy
 * @throws {DecodeError} when it is too short for a header
 */
export function mendLz4Header(frame: Uint8Array): Uint8Array {
  const hasSize = ((frame[FLAGS_AT] ?? 0) & CONTENT_SIZE_BIT) !== 0
  const checksumAt = FLAGS_AT + FIXED_BYTES + (hasSize ? CONTENT_SIZE_BYTES : 0)
  if (frame.length <= checksumAt) throw new DecodeError('an lz4 frame is cut')
  const mended = Uint8Array.from(frame)
  mended[checksumAt] = (shortXxh32(frame.subarray(FLAGS_AT, checksumAt)) >>> 8) & 0xff
  return mended
}

/** XXH32 with seed 0 of less than 16 bytes. */
function shortXxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let hash = (PRIME_5 + bytes.length) | 0
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (hash + Math.imul(view.getUint32(at, true), PRIME_3)) | 0
    hash = Math.imul(rotated(hash, 17), PRIME_4)
  }
  for (; at < bytes.length; at++) {
    hash = (hash + Math.imul(view.getUint8(at), PRIME_5)) | 0
    hash = Math.imul(rotated(hash, 11), PRIME_1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return hash ^ (hash >>> 16)
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

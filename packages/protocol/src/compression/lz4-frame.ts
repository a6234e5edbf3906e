import { DecodeError } from '@pafka/base'

// Source: LZ4 Frame Format Description 1.6.x; LZ4 Block Format Description.
const MAGIC = 0x184d2204
const VERSION_MASK = 0xc0
const VERSION_1 = 0x40
const BLOCK_CHECKSUM_BIT = 0x10
const CONTENT_SIZE_BIT = 0x08
const CONTENT_CHECKSUM_BIT = 0x04
const RESERVED_BIT = 0x02
const DICTIONARY_BIT = 0x01
/** A block that is not compressed has this bit set in its size. */
const STORED_BIT = 0x80000000
const CHECKSUM_BYTES = 4
/** Block maximum size ids 4 to 7 are 64 KiB, 256 KiB, 1 MiB and 4 MiB. */
const SMALLEST_BLOCK_ID = 4
/** No byte of a block can stand for more than this many. */
const MAX_RATIO = 255

export interface Lz4FrameBound {
  /** Bytes of the frame, with its end mark and checksum. */
  readonly frameBytes: number
  /** Not less than what comes out; exact as soon as it could pass the limit. */
  readonly contentBytes: number
}

/**
 * Measures one LZ4 frame without decompressing it.
 * @param enough beyond this the exact size of blocks is counted, which costs a walk
 * @throws {DecodeError} when the bytes are not a frame that Kafka clients write
 */
export function boundOfLz4Frame(bytes: Uint8Array, enough: number): Lz4FrameBound {
  const quick = measure(bytes, (block) => block.length * MAX_RATIO)
  if (quick.contentBytes <= enough) return quick
  return measure(bytes, decompressedBytes)
}

function measure(bytes: Uint8Array, sizeOf: (block: Uint8Array) => number): Lz4FrameBound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { flags, blockBytes, headerBytes } = readHeader(bytes, view)
  const blockTail = (flags & BLOCK_CHECKSUM_BIT) === 0 ? 0 : CHECKSUM_BYTES
  let contentBytes = 0
  let at = headerBytes
  for (;;) {
    if (at + 4 > bytes.length) throw new DecodeError('an lz4 frame is cut')
    const size = view.getUint32(at, true)
    at += 4
    if (size === 0) break
    const storedBytes = size % STORED_BIT
    if (storedBytes > bytes.length - at) throw new DecodeError('an lz4 block is cut')
    if (storedBytes > blockBytes) throw new DecodeError('an lz4 block is larger than allowed')
    const block = bytes.subarray(at, at + storedBytes)
    contentBytes += size >= STORED_BIT ? storedBytes : Math.min(sizeOf(block), blockBytes)
    at += storedBytes + blockTail
  }
  if ((flags & CONTENT_CHECKSUM_BIT) !== 0) at += CHECKSUM_BYTES
  if (at > bytes.length) throw new DecodeError('an lz4 frame is cut')
  return { frameBytes: at, contentBytes }
}

function readHeader(
  bytes: Uint8Array,
  view: DataView,
): { flags: number; blockBytes: number; headerBytes: number } {
  if (bytes.length < 7 || view.getUint32(0, true) !== MAGIC) {
    throw new DecodeError('lz4 data does not start with a frame')
  }
  const flags = view.getUint8(4)
  const bad =
    (flags & VERSION_MASK) !== VERSION_1 || (flags & (RESERVED_BIT | DICTIONARY_BIT)) !== 0
  const blockId = (view.getUint8(5) >>> 4) & 0x07
  if (bad || blockId < SMALLEST_BLOCK_ID) throw new DecodeError('an lz4 frame header is not known')
  const blockBytes = 2 ** (8 + 2 * blockId)
  const headerBytes = 4 + 2 + ((flags & CONTENT_SIZE_BIT) === 0 ? 0 : 8) + 1
  return { flags, blockBytes, headerBytes }
}

/** What a block becomes, by walking its sequences: literals, then a match of at least 4 bytes. */
function decompressedBytes(block: Uint8Array): number {
  let total = 0
  let at = 0
  while (at < block.length) {
    const token = block[at++] ?? 0
    let literals = token >>> 4
    if (literals === 15) {
      for (let more = 255; more === 255;) {
        more = block[at++] ?? 0
        literals += more
      }
    }
    total += literals
    at += literals
    if (at >= block.length) break // the last sequence has no match
    at += 2
    let match = (token & 0x0f) + 4
    if ((token & 0x0f) === 15) {
      for (let more = 255; more === 255;) {
        more = block[at++] ?? 0
        match += more
      }
    }
    total += match
  }
  return total
}

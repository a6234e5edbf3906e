import { DecodeError } from '@pafka/base'

import { NativePackage } from '../native.ts'
import { int32At, setInt32At } from '../record-batch/big-endian.ts'
import { decoding, decodingOffLoop, tooLarge } from './wrap.ts'

interface NativeSnappy {
  compressSync(input: Uint8Array): Buffer
  uncompressSync(input: Uint8Array): string | Buffer
  compress(input: Uint8Array): Promise<Buffer>
  uncompress(input: Uint8Array): Promise<string | Buffer>
}

/**
 * The framing of snappy-java, which Java clients write: these bytes, two int32 versions, then
 * blocks with an int32 size each. Go and C clients may send one bare block instead.
 */
const MAGIC: Uint8Array = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00)
const HEADER_BYTES = 16
const VERSION = 1
const BLOCK_BYTES = 32 * 1024

const native = new NativePackage('snappy', (loaded): loaded is NativeSnappy =>
  ['compress', 'uncompress'].every((one) => one in loaded && `${one}Sync` in loaded),
)

/** Writes snappy-java's framing, which every Kafka client reads. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const snappy = native.required
  return framed(cut(bytes).map((block) => snappy.compressSync(block)))
}

export async function compressSnappyOffLoop(bytes: Uint8Array): Promise<Uint8Array> {
  const snappy = native.required
  return framed(await Promise.all(cut(bytes).map((block) => snappy.compress(block))))
}

/**
 * Reads the framing or a bare block.
 * @throws {DecodeError} when damaged or more than `maxBytes` come out
 */
export function decompressSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const blocks = measuredBlocks(bytes, maxBytes)
  const snappy = native.required
  return joined(blocks.map((block) => decoding('snappy', () => snappy.uncompressSync(block))))
}

/** As `decompressSnappy`. */
export async function decompressSnappyOffLoop(
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  const blocks = measuredBlocks(bytes, maxBytes)
  const snappy = native.required
  const pieces = await decodingOffLoop('snappy', () => {
    return Promise.all(blocks.map((block) => snappy.uncompress(block)))
  })
  return joined(pieces)
}

function cut(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    blocks.push(bytes.subarray(at, at + BLOCK_BYTES))
  }
  return blocks
}

function framed(blocks: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header.set(MAGIC)
  setInt32At(header, MAGIC.length, VERSION)
  setInt32At(header, MAGIC.length + 4, VERSION)
  const pieces: Uint8Array[] = [header]
  for (const block of blocks) {
    const size = new Uint8Array(4)
    setInt32At(size, 0, block.length)
    pieces.push(size, block)
  }
  return Buffer.concat(pieces)
}

function joined(decompressed: readonly (string | Uint8Array)[]): Uint8Array {
  const pieces = decompressed.filter((piece) => piece instanceof Uint8Array)
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
}

function measuredBlocks(bytes: Uint8Array, maxBytes: number): Uint8Array[] {
  const blocks = isFramed(bytes) ? blocksOf(bytes) : [bytes]
  let total = 0
  for (const block of blocks) total += claimedBytes(block)
  if (total > maxBytes) throw tooLarge('snappy', maxBytes)
  return blocks
}

function isFramed(bytes: Uint8Array, at: number = 0): boolean {
  return MAGIC.every((byte, index) => bytes[at + index] === byte)
}

/** A writer that was flushed may have begun again, header and all. */
function blocksOf(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (isFramed(bytes, at)) {
      at += HEADER_BYTES
      if (at > bytes.length) throw new DecodeError('a snappy header is cut')
      continue
    }
    const size = bytes.length - at < 4 ? -1 : int32At(bytes, at)
    if (size < 0 || size > bytes.length - at - 4) throw new DecodeError('a snappy block is cut')
    blocks.push(bytes.subarray(at + 4, at + 4 + size))
    at += 4 + size
  }
  return blocks
}

/** A block starts with its size before compression, as an unsigned varint. */
function claimedBytes(block: Uint8Array): number {
  let value = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return value
  }
  throw new DecodeError('a snappy block does not say its size')
}

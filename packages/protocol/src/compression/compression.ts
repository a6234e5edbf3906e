import { DecodeError } from '@pafka/base'

import { compressGzip, compressGzipOffLoop, decompressGzip, decompressGzipOffLoop } from './gzip.ts'
import { compressLz4, compressLz4OffLoop, decompressLz4, decompressLz4OffLoop } from './lz4.ts'
import {
  compressSnappy,
  compressSnappyOffLoop,
  decompressSnappy,
  decompressSnappyOffLoop,
} from './snappy.ts'
import { compressZstd, compressZstdOffLoop, decompressZstd, decompressZstdOffLoop } from './zstd.ts'

/** The codecs by the number in a batch's attributes. Source: Kafka `CompressionType`. */
export const Compression = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

/** Kafka's name of a codec, as in `compression.type`. */
export type CompressionName = keyof typeof Compression

const NAMES: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** @returns undefined for a number that stands for no codec */
export function compressionName(codec: number): CompressionName | undefined {
  return NAMES[codec]
}

/** @param level Kafka's `compression.<codec>.level`; snappy has none, and lz4's is not supported */
export function compress(codec: CompressionName, bytes: Uint8Array, level?: number): Uint8Array {
  switch (codec) {
    case 'gzip':
      return compressGzip(bytes, level)
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return compressLz4(bytes)
    case 'zstd':
      return compressZstd(bytes, level)
    default:
      return bytes
  }
}

/** As `compress`, in a thread. @param bytes lent until it ends */
export async function compressOffLoop(
  codec: CompressionName,
  bytes: Uint8Array,
  level?: number,
): Promise<Uint8Array> {
  switch (codec) {
    case 'gzip':
      return compressGzipOffLoop(bytes, level)
    case 'snappy':
      return compressSnappyOffLoop(bytes)
    case 'lz4':
      return compressLz4OffLoop(bytes)
    case 'zstd':
      return compressZstdOffLoop(bytes, level)
    default:
      return bytes
  }
}

/**
 * @param codec the number in the batch's attributes
 * @param maxBytes the most that may come out; a bomb stops there, before its memory is taken
 * @throws {TooLargeError} when more would come out
 * @throws {DecodeError} when the bytes are damaged, or for codecs 5 to 7
 */
export function decompress(codec: number, bytes: Uint8Array, maxBytes: number): Uint8Array {
  switch (codec) {
    case Compression.none:
      return bytes
    case Compression.gzip:
      return decompressGzip(bytes, maxBytes)
    case Compression.snappy:
      return decompressSnappy(bytes, maxBytes)
    case Compression.lz4:
      return decompressLz4(bytes, maxBytes)
    case Compression.zstd:
      return decompressZstd(bytes, maxBytes)
    default:
      throw new DecodeError(`there is no compression codec ${codec}`)
  }
}

/** As `decompress`, in a thread. @param bytes lent until it ends */
export async function decompressOffLoop(
  codec: number,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  switch (codec) {
    case Compression.gzip:
      return decompressGzipOffLoop(bytes, maxBytes)
    case Compression.snappy:
      return decompressSnappyOffLoop(bytes, maxBytes)
    case Compression.lz4:
      return decompressLz4OffLoop(bytes, maxBytes)
    case Compression.zstd:
      return decompressZstdOffLoop(bytes, maxBytes)
    default:
      return decompress(codec, bytes, maxBytes)
  }
}

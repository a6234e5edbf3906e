import { DecodeError } from '@pafka/base'

import { NativePackage } from '../native.ts'
import { boundOfLz4Frame } from './lz4-frame.ts'
import { decoding, tooLarge } from './wrap.ts'

interface NativeLz4 {
  compressFrameSync(data: Uint8Array): Buffer
  decompressFrameSync(data: Uint8Array): Buffer
}

const native = new NativePackage(
  'lz4-napi',
  (loaded): loaded is NativeLz4 => 'compressFrameSync' in loaded && 'decompressFrameSync' in loaded,
)

/** One LZ4 frame of independent blocks, the only kind that Kafka's Java client reads. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  return native.required.compressFrameSync(bytes)
}

/**
 * The library has no limit of its own, so the frame is measured first.
 * @throws {DecodeError} when damaged or more than `maxBytes` come out
 */
export function decompressLz4(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const frame = boundOfLz4Frame(bytes, maxBytes)
  if (frame.contentBytes > maxBytes) throw tooLarge('lz4', maxBytes)
  const input = bytes.subarray(0, frame.frameBytes)
  const lz4 = native.required
  const output = decoding('lz4', () => lz4.decompressFrameSync(input))
  if (output.length > maxBytes) throw new DecodeError('lz4 data is larger than measured')
  return output
}

import { DecodeError } from '@pafka/base'

import { NativePackage } from '../native.ts'
import { boundOfLz4Frame } from './lz4-frame.ts'
import { decoding, decodingOffLoop, tooLarge } from './wrap.ts'

interface NativeLz4 {
  compressFrameSync(data: Uint8Array): Buffer
  decompressFrameSync(data: Uint8Array): Buffer
  compressFrame(data: Uint8Array): Promise<Buffer>
  decompressFrame(data: Uint8Array): Promise<Buffer>
}

const native = new NativePackage('lz4-napi', (loaded): loaded is NativeLz4 =>
  ['compressFrame', 'decompressFrame'].every((one) => one in loaded && `${one}Sync` in loaded),
)

/** One LZ4 frame of independent blocks, the only kind that Kafka's Java client reads. */
export function compressLz4(bytes: Uint8Array): Uint8Array {
  return native.required.compressFrameSync(bytes)
}

export function compressLz4OffLoop(bytes: Uint8Array): Promise<Uint8Array> {
  return native.required.compressFrame(bytes)
}

/**
 * The library has no limit of its own, so the frame is measured first.
 * @throws {DecodeError} when damaged or more than `maxBytes` come out
 */
export function decompressLz4(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const input = measured(bytes, maxBytes)
  const lz4 = native.required
  return checked(
    decoding('lz4', () => lz4.decompressFrameSync(input)),
    maxBytes,
  )
}

/** As `decompressLz4`. */
export async function decompressLz4OffLoop(
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  const input = measured(bytes, maxBytes)
  const lz4 = native.required
  const output = await decodingOffLoop('lz4', () => lz4.decompressFrame(input))
  return checked(output, maxBytes)
}

function measured(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const frame = boundOfLz4Frame(bytes, maxBytes)
  if (frame.contentBytes > maxBytes) throw tooLarge('lz4', maxBytes)
  return bytes.subarray(0, frame.frameBytes)
}

function checked(output: Uint8Array, maxBytes: number): Uint8Array {
  if (output.length > maxBytes) throw new DecodeError('lz4 data is larger than measured')
  return output
}

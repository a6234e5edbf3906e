import { formatBytes, MIB } from '@pafka/base'
import {
  BATCH_HEADER_BYTES,
  BATCH_MAGIC_END,
  batchSizeOf,
  CURRENT_MAGIC,
  magicOf,
  RecordBatchView,
} from '@pafka/protocol'

import type { DumpFile } from './dump-file.ts'

const CHUNK_BYTES = MIB
/** Requests are bounded below it: a larger claim is damage, and memory stays bounded. */
const LARGEST_BATCH_BYTES = 256 * MIB

/** Where no whole batch is. */
interface BadStep {
  readonly kind: 'cut' | 'damaged'
  readonly positionBytes: number
  readonly what: string
}

/** A batch, valid until the next one is asked for, or how the file ends. */
export type BatchStep =
  | { readonly kind: 'batch'; readonly batch: RecordBatchView; readonly positionBytes: number }
  | { readonly kind: 'end' | 'padding'; readonly positionBytes: number }
  | BadStep

/** Walks the batches of a segment file, in pieces of some MiB. No CRC is checked. */
export async function* walkBatches(file: DumpFile): AsyncGenerator<BatchStep, void, undefined> {
  let position = 0
  let wantBytes = CHUNK_BYTES
  while (position < file.sizeBytes) {
    const chunk = await file.bytes(position, wantBytes)
    let at = 0
    let needBytes = 0
    while (needBytes === 0) {
      const size = sizeAt(chunk, at)
      if (typeof size === 'string') {
        const isPadding = await file.isZeroFrom(position + at)
        const positionBytes = position + at
        yield isPadding
          ? { kind: 'padding', positionBytes }
          : { kind: 'damaged', positionBytes, what: size }
        return
      }
      if (size > chunk.length - at) needBytes = size
      else {
        const batch = new RecordBatchView(chunk, at)
        yield { kind: 'batch', batch, positionBytes: position + at }
        at += size
      }
    }
    position += at
    const leftBytes = file.sizeBytes - position
    if (leftBytes === 0) break
    // the second when the file shrank meanwhile
    if (needBytes > leftBytes || (at === 0 && wantBytes >= needBytes)) {
      yield await cutStep(file, position, needBytes)
      return
    }
    wantBytes = Math.max(CHUNK_BYTES, needBytes)
  }
  yield { kind: 'end', positionBytes: position }
}

async function cutStep(file: DumpFile, at: number, needBytes: number): Promise<BatchStep> {
  // the first bytes of an offset are zeros too
  const isTold = file.sizeBytes - at >= BATCH_MAGIC_END
  if (isTold && (await file.isZeroFrom(at))) return { kind: 'padding', positionBytes: at }
  const haveBytes = file.sizeBytes - at
  const what = `a batch is cut short: ${haveBytes} of at least ${needBytes} bytes are there`
  return { kind: 'cut', positionBytes: at, what }
}

/** @returns the size of a batch, of which at least so much is needed; or why none begins there */
function sizeAt(chunk: Buffer, at: number): number | string {
  if (chunk.length - at < BATCH_MAGIC_END) return BATCH_HEADER_BYTES
  const magic = magicOf(chunk, at)
  if (magic === 0 || magic === 1) {
    const size = batchSizeOf(chunk, at)
    if (size > BATCH_MAGIC_END) return `a message of the old format, magic ${magic}, is not read`
  }
  if (magic !== CURRENT_MAGIC) return `no batch begins here: magic is ${magic}`
  const size = batchSizeOf(chunk, at)
  if (size < BATCH_HEADER_BYTES) return `no batch begins here: its size would be ${size}`
  if (size > LARGEST_BATCH_BYTES) return `no batch is as large as ${formatBytes(size)}`
  return size
}

import { type BufferPool, MIB } from '@pafka/base'
import { BATCH_HEADER_BYTES, batchSizeOf, CURRENT_MAGIC, magicOf } from '@pafka/protocol'

import { readAt } from '../files/file-calls.ts'
import type { LogSegment } from './log-segment.ts'

const CHUNK_BYTES = MIB
/** No batch is larger: requests are bounded far below. A larger claim is damage. */
const LARGEST_BATCH_BYTES = 1024 * MIB

export interface ScanRange {
  readonly fromBytes: number
  /** Exclusive. */
  readonly toBytes: number
}

/** @returns false to stop before this batch. The bytes are valid during the call only. */
export type BatchVisitor = (bytes: Buffer, at: number, positionBytes: number) => boolean

/**
 * Walks the batches of a segment file, in pieces of some MiB off the thread. Checks nothing but
 * that sizes and magic are possible.
 * @returns the position after the last batch that was visited: less than `toBytes` when a visitor
 * stopped, or when what follows is not a whole batch.
 */
export async function scanBatches(
  segment: LogSegment,
  pool: BufferPool,
  range: ScanRange,
  visit: BatchVisitor,
): Promise<number> {
  let position = range.fromBytes
  let wantBytes = CHUNK_BYTES
  segment.hold()
  try {
    while (position < range.toBytes) {
      const buffer = pool.take(Math.min(wantBytes, range.toBytes - position))
      try {
        const limit = Math.min(buffer.length, range.toBytes - position)
        const count = await readAt(segment, buffer.subarray(0, limit), position)
        const walked = walk(buffer.subarray(0, count), position, visit)
        position += walked.bytes
        if (walked.stopped || count < limit) return position
        if (walked.bytes > 0) wantBytes = CHUNK_BYTES
        else if (walked.needBytes > limit && walked.needBytes <= range.toBytes - position) {
          wantBytes = walked.needBytes
        } else return position
      } finally {
        pool.give(buffer)
      }
    }
    return position
  } finally {
    segment.release()
  }
}

interface Walked {
  readonly bytes: number
  readonly stopped: boolean
  /** Bytes that the next batch needs; 0 when it cannot be one. */
  readonly needBytes: number
}

function walk(bytes: Buffer, positionBytes: number, visit: BatchVisitor): Walked {
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < BATCH_HEADER_BYTES) {
      return { bytes: at, stopped: false, needBytes: BATCH_HEADER_BYTES }
    }
    const size = batchSizeOf(bytes, at)
    const possible = size >= BATCH_HEADER_BYTES && size <= LARGEST_BATCH_BYTES
    if (!possible || magicOf(bytes, at) !== CURRENT_MAGIC) {
      return { bytes: at, stopped: true, needBytes: 0 }
    }
    if (size > bytes.length - at) return { bytes: at, stopped: false, needBytes: size }
    if (!visit(bytes, at, positionBytes + at)) return { bytes: at, stopped: true, needBytes: 0 }
    at += size
  }
  return { bytes: at, stopped: false, needBytes: 0 }
}

import {
  BATCH_HEADER_BYTES,
  baseOffsetOf,
  batchSizeOf,
  CURRENT_MAGIC,
  lastOffsetOf,
  magicOf,
} from '@pafka/protocol'

import type { LogSegment } from './log-segment.ts'

/**
 * Position of a batch at or before an offset. Where the index leads to none, that is the segment's
 * first one: power loss may have torn it, and who cuts or reads on from there must not believe it.
 */
export async function batchBefore(segment: LogSegment, offset: number): Promise<number> {
  const positionBytes = await segment.positionFor(offset)
  if (positionBytes + BATCH_HEADER_BYTES > segment.sizeBytes) return 0
  const header = new Uint8Array(BATCH_HEADER_BYTES)
  segment.readNow(header, positionBytes)
  return isBatchOf(segment, header) && baseOffsetOf(header) <= offset ? positionBytes : 0
}

/** Whether a header can be one of a segment. */
export function isBatchOf(segment: LogSegment, header: Uint8Array): boolean {
  const baseOffset = baseOffsetOf(header)
  return (
    magicOf(header) === CURRENT_MAGIC &&
    baseOffset >= segment.baseOffset &&
    segment.fits(lastOffsetOf(header)) &&
    batchSizeOf(header) >= BATCH_HEADER_BYTES
  )
}

import { ErrorCode } from '@pafka/protocol'

import { isOutOfSpace } from '../files/as-error.ts'
import type { LogParts } from './log-parts.ts'

/**
 * Raises the log start offset; -1 means the high watermark.
 * @param raised makes it durable and lets whole segments below it go
 * @returns KAFKA_STORAGE_ERROR when there was no room to write it down: to be asked again
 */
export async function deleteRecords(
  parts: LogParts,
  offset: number,
  raised: () => Promise<void>,
): Promise<ErrorCode> {
  const target = offset === -1 ? parts.highWatermark : offset
  if (target < 0 || target > parts.highWatermark) return ErrorCode.OFFSET_OUT_OF_RANGE
  if (target <= parts.logStartOffset && !parts.isStartDue) return ErrorCode.NONE
  parts.logStartOffset = Math.max(target, parts.logStartOffset)
  parts.epochs.startsAt(parts.logStartOffset)
  parts.isStartDue = true
  try {
    await raised()
  } catch (error) {
    parts.isStartDue = true // another call may have been done meanwhile
    if (isOutOfSpace(error)) return ErrorCode.KAFKA_STORAGE_ERROR
    throw error
  }
  parts.isStartDue = false
  return ErrorCode.NONE
}

import {
  maxTimestampOf,
  nextOffsetOf,
  partitionLeaderEpochOf,
  readRecords,
  RecordBatchView,
} from '@pafka/protocol'

import { type LogParts } from '../partition/log-parts.ts'
import type { TimestampOffset } from '../partition/log-read.ts'
import { scanBatches } from '../segment/batch-scan.ts'
import type { LogSegment } from '../segment/log-segment.ts'

/**
 * The first committed record whose timestamp is not earlier. Source: Kafka
 * `UnifiedLog.fetchOffsetByTimestamp`.
 */
export async function findByTimestamp(
  parts: LogParts,
  timestampMs: number,
): Promise<TimestampOffset | undefined> {
  for (const segment of parts.segments.all()) {
    if (segment.committedBytes === 0) continue
    if (parts.segments.endOf(segment, parts.logEndOffset) <= parts.logStartOffset) continue
    if (parts.largestTimestampMs(segment) < timestampMs) continue
    const from = segment.baseOffset + segment.times.offsetBefore(timestampMs)
    const found = await scan(parts, { segment, fromOffset: from }, timestampMs)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first record that has the largest timestamp of all. */
export async function findMaxTimestamp(parts: LogParts): Promise<TimestampOffset | undefined> {
  let largestMs = -1
  for (const segment of parts.segments.all()) {
    if (segment.committedBytes === 0) continue
    if (parts.segments.endOf(segment, parts.logEndOffset) <= parts.logStartOffset) continue
    largestMs = Math.max(largestMs, parts.largestTimestampMs(segment))
  }
  return largestMs < 0 ? undefined : findByTimestamp(parts, largestMs)
}

interface Place {
  readonly segment: LogSegment
  readonly fromOffset: number
}

async function scan(
  parts: LogParts,
  { segment, fromOffset }: Place,
  timestampMs: number,
): Promise<TimestampOffset | undefined> {
  let found: TimestampOffset | undefined
  const startOffset = Math.max(fromOffset, parts.logStartOffset)
  const range = {
    fromBytes: await segment.positionFor(startOffset),
    toBytes: segment.committedBytes,
  }
  await scanBatches(segment, parts.context.pool, range, (bytes, at) => {
    if (nextOffsetOf(bytes, at) <= parts.logStartOffset) return true
    if (maxTimestampOf(bytes, at) < timestampMs) return true
    for (const record of readRecords(new RecordBatchView(bytes, at))) {
      if (record.timestamp < timestampMs || record.offset < parts.logStartOffset) continue
      const leaderEpoch = partitionLeaderEpochOf(bytes, at)
      found = { timestampMs: record.timestamp, offset: record.offset, leaderEpoch }
      return false
    }
    return true
  })
  return found
}

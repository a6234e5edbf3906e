import { isDeleted, type LogConfig } from '../config/log-config.ts'

export interface SegmentFacts {
  readonly sizeBytes: number
  /** -1 when no record has one; then `modifiedMs` counts. */
  readonly largestTimestampMs: number
  readonly modifiedMs: number
  /** Exclusive. */
  readonly endOffset: number
}

export interface LogFacts {
  /** In order; the last one is active. */
  readonly segments: readonly SegmentFacts[]
  readonly logStartOffset: number
  readonly highWatermark: number
}

/**
 * How many segments, oldest first, a log has no more reason to keep. All of them means that even
 * the active one expired. Source: Kafka `UnifiedLog.deleteOldSegments`.
 */
export function expiredSegments(log: LogFacts, config: LogConfig, nowMs: number): number {
  const below = segmentsBelowStart(log)
  if (!isDeleted(config)) return below
  return Math.max(below, tooOld(log, config, nowMs), tooMany(log, config))
}

/** How many segments lie wholly below the log start offset; never the active one. */
export function segmentsBelowStart({ segments, logStartOffset }: LogFacts): number {
  const last = Math.max(0, segments.length - 1)
  const kept = segments.findIndex((one) => one.endOffset > logStartOffset)
  return kept < 0 ? last : Math.min(kept, last)
}

function tooOld({ segments, highWatermark }: LogFacts, config: LogConfig, nowMs: number): number {
  if (config.retentionMs < 0) return 0
  const kept = segments.findIndex((segment, index) => {
    const isEmptyActive = index === segments.length - 1 && segment.sizeBytes === 0
    if (isEmptyActive || segment.endOffset > highWatermark) return true
    const timestampMs =
      segment.largestTimestampMs < 0 ? segment.modifiedMs : segment.largestTimestampMs
    return nowMs - timestampMs <= config.retentionMs
  })
  return kept < 0 ? segments.length : kept
}

function tooMany({ segments, highWatermark }: LogFacts, config: LogConfig): number {
  if (config.retentionBytes < 0) return 0
  let excess = -config.retentionBytes
  for (const segment of segments) excess += segment.sizeBytes
  let count = 0
  for (const segment of segments) {
    if (segment.sizeBytes === 0 && count === segments.length - 1) break
    if (excess - segment.sizeBytes < 0 || segment.endOffset > highWatermark) break
    excess -= segment.sizeBytes
    count += 1
  }
  return count
}

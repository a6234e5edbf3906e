import { isCompacted } from '../config/log-config.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'

export interface Cleanable {
  /** Cleaned before, then dirty ones: all that a pass may rewrite, in order. */
  readonly segments: readonly LogSegment[]
  readonly cleanBytes: number
  readonly dirtyBytes: number
  /** Exclusive end of the dirty part. */
  readonly endOffset: number
  /** Earliest time of a dirty record, as far as segments tell. */
  readonly oldestDirtyMs: number
}

/**
 * What a pass over a log would look at: sealed, fully committed segments whose records are older
 * than `min.compaction.lag.ms`. Source: Kafka `LogCleanerManager.cleanableOffsets`.
 */
export function cleanableOf(parts: LogParts, nowMs: number): Cleanable {
  const segments: LogSegment[] = []
  let [cleanBytes, dirtyBytes, oldestDirtyMs] = [0, 0, nowMs]
  let endOffset = parts.segments.first?.baseOffset ?? 0
  for (const segment of parts.segments.all()) {
    if (segment === parts.segments.active) break
    const end = parts.segments.endOf(segment, parts.logEndOffset)
    if (end > parts.highWatermark || segment.committedBytes < segment.sizeBytes) break
    const isDirty = end > parts.firstDirtyOffset
    const lagMs = nowMs - parts.largestTimestampMs(segment)
    if (isDirty && lagMs < parts.config.minCompactionLagMs) break
    segments.push(segment)
    endOffset = end
    if (!isDirty) cleanBytes += segment.sizeBytes
    else {
      dirtyBytes += segment.sizeBytes
      oldestDirtyMs = Math.min(oldestDirtyMs, parts.largestTimestampMs(segment))
    }
  }
  return { segments, cleanBytes, dirtyBytes, endOffset, oldestDirtyMs }
}

/** Share of the cleanable bytes that no pass has seen; 0 without any. */
export function dirtyRatioOf(parts: LogParts, nowMs: number): number {
  const { cleanBytes, dirtyBytes } = cleanableOf(parts, nowMs)
  return dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes)
}

export function isDirtyEnough(parts: LogParts, nowMs: number): boolean {
  if (!isCompacted(parts.config) || parts.segments.count < 2) return false
  const { cleanBytes, dirtyBytes, oldestDirtyMs } = cleanableOf(parts, nowMs)
  if (dirtyBytes === 0) return false
  if (nowMs - oldestDirtyMs > parts.config.maxCompactionLagMs) return true
  return dirtyBytes / (cleanBytes + dirtyBytes) > parts.config.minCleanableDirtyRatio
}

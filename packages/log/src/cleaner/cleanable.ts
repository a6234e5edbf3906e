import { BATCH_HEADER_BYTES, maxTimestampOf } from '@pafka/protocol'

import { isCompacted, type LogConfig, NEVER } from '../config/log-config.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { CleaningStopped } from './cleaner-pace.ts'

export interface Cleanable {
  /** Cleaned before, then dirty ones: all that a pass may rewrite, in order. */
  readonly segments: readonly LogSegment[]
  readonly cleanBytes: number
  readonly dirtyBytes: number
  /** Exclusive end of the dirty part. */
  readonly endOffset: number
}

/**
 * What a pass over a log would look at: sealed segments that end before the first open transaction
 * and whose records are older than `min.compaction.lag.ms`. Source: Kafka
 * `LogCleanerManager.cleanableOffsets`.
 * @param limitOffset segments that end beyond it are not touched
 */
export function cleanableOf(
  parts: LogParts,
  nowMs: number,
  limitOffset: number = Number.POSITIVE_INFINITY,
): Cleanable {
  const segments: LogSegment[] = []
  const { minCompactionLagMs } = parts.config
  const latestEnd = Math.min(firstUnstableOffset(parts), limitOffset)
  let [cleanBytes, dirtyBytes] = [0, 0]
  let endOffset = parts.segments.first?.baseOffset ?? 0
  for (const segment of sealedSegments(parts)) {
    const end = parts.segments.endOf(segment, parts.logEndOffset)
    if (end > latestEnd) break
    const isDirty = end > parts.firstDirtyOffset
    const isYoung = nowMs - latestMs(parts, segment) < minCompactionLagMs
    if (isDirty && minCompactionLagMs > 0 && isYoung) break
    segments.push(segment)
    endOffset = end
    if (isDirty) dirtyBytes += segment.sizeBytes
    else cleanBytes += segment.sizeBytes
  }
  return { segments, cleanBytes, dirtyBytes, endOffset }
}

/**
 * Complete segments, in order: not the active one, nor what its file does not have whole. None
 * while the log dir of one is not there: that may have what tells the fate of others' records.
 */
export function* sealedSegments(parts: LogParts): Generator<LogSegment, void, undefined> {
  if (parts.segments.all().some(({ moved }) => moved?.isAway === true)) return
  for (const segment of parts.segments.all()) {
    if (segment === parts.segments.active) return
    if (parts.segments.endOf(segment, parts.logEndOffset) > parts.highWatermark) return
    if (segment.storedBytes < segment.sizeBytes) return
    yield segment
  }
}

/** Share of the cleanable bytes that no pass has seen; 0 without any. */
export function dirtyRatioOf(parts: LogParts, nowMs: number): number {
  const { cleanBytes, dirtyBytes } = cleanableOf(parts, nowMs)
  return dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes)
}

export interface Dirtiness {
  readonly ratio: number
  /** It is to be cleaned now. */
  readonly isDue: boolean
}

const CLEAN: Dirtiness = { ratio: 0, isDue: false }

/** How dirty a log is, and whether that is enough; one that is not compacted never is. */
export function dirtinessOf(parts: LogParts, nowMs: number): Dirtiness {
  if (!isCompacted(parts.config) || parts.segments.count < 2) return CLEAN
  const { cleanBytes, dirtyBytes, segments } = cleanableOf(parts, nowMs)
  if (dirtyBytes === 0) return CLEAN
  const ratio = dirtyBytes / (cleanBytes + dirtyBytes)
  const isDirty = ratio > parts.config.minCleanableDirtyRatio
  return { ratio, isDue: isDirty || isOverdue(parts, segments, nowMs) }
}

/** Source: Kafka `LogCleanerManager.maxCompactionDelay`. */
function isOverdue(parts: LogParts, segments: readonly LogSegment[], nowMs: number): boolean {
  const lagMs = largestLagMs(parts.config)
  if (lagMs >= NEVER) return false
  for (const segment of segments) {
    if (parts.segments.endOf(segment, parts.logEndOffset) <= parts.firstDirtyOffset) continue
    const firstMs = firstTimestampMs(segment)
    if (firstMs > 0 && nowMs - firstMs > lagMs) return true
  }
  return false
}

function largestLagMs({ maxCompactionLagMs, minCompactionLagMs }: LogConfig): number {
  return Math.max(maxCompactionLagMs, minCompactionLagMs)
}

/** Of the first batch; -1 for an empty segment. Reads its header, once. */
function firstTimestampMs(segment: LogSegment): number {
  if (segment.firstTimestampMs < 0 && segment.sizeBytes >= BATCH_HEADER_BYTES) {
    const header = new Uint8Array(BATCH_HEADER_BYTES)
    segment.file().readNow(header, 0)
    segment.firstTimestampMs = maxTimestampOf(header)
  }
  return segment.firstTimestampMs
}

/** By the records' time where they have one. */
function latestMs(parts: LogParts, segment: LogSegment): number {
  const timestampMs = parts.largestTimestampMs(segment)
  return timestampMs < 0 ? segment.createdMs : timestampMs
}

/** Where the first transaction that is open begins. */
function firstUnstableOffset(parts: LogParts): number {
  const first = parts.producers.transactions.firstUnstableOffset(parts.highWatermark)
  return first < 0 ? Number.POSITIVE_INFINITY : first
}

/**
 * Whether retention took a segment since a pass began; the pass then does without it.
 * @throws CleaningStopped when it went otherwise: the log was truncated
 */
export function hasExpired(parts: LogParts, segment: LogSegment): boolean {
  if (!segment.deleted) return false
  const first = parts.segments.first?.baseOffset ?? 0
  if (segment.baseOffset < first) return true
  throw new CleaningStopped('the log was truncated')
}

import type { LogSegment } from './log-segment.ts'

/** What is known of a segment that grows, besides its files, at the end of a batch. */
export interface SegmentEnd {
  readonly firstTimestampMs: number
  readonly maxTimestampMs: number
  readonly offsetOfMaxTimestamp: number
  readonly bytesSinceEntry: number
  /** Of the last batch; -1 when unknown. */
  readonly leaderEpoch: number
  readonly offsetEntries: number
  readonly timeEntries: number
  readonly transactionEntries: number
  /** The last time entry. */
  readonly timeMs: number
  readonly timeRelativeOffset: number
}

/** Of a segment without batches. */
export const EMPTY_END: SegmentEnd = {
  firstTimestampMs: -1,
  maxTimestampMs: -1,
  offsetOfMaxTimestamp: -1,
  bytesSinceEntry: 0,
  leaderEpoch: -1,
  offsetEntries: 0,
  timeEntries: 0,
  transactionEntries: 0,
  timeMs: -1,
  timeRelativeOffset: 0,
}

export function endOf(segment: LogSegment, leaderEpoch: number): SegmentEnd {
  const { last } = segment.times
  return {
    firstTimestampMs: segment.firstTimestampMs,
    maxTimestampMs: segment.maxTimestampMs,
    offsetOfMaxTimestamp: segment.offsetOfMaxTimestamp,
    bytesSinceEntry: segment.bytesSinceEntry,
    leaderEpoch,
    offsetEntries: segment.offsets.entries,
    timeEntries: segment.times.entries,
    transactionEntries: segment.transactions.entries,
    timeMs: last.timestampMs,
    timeRelativeOffset: last.relativeOffset,
  }
}

/** With no more index entries than are durable: without the others the index is sparser. */
export function durableEnd(segment: LogSegment, end: SegmentEnd): SegmentEnd {
  const offsetEntries = Math.min(end.offsetEntries, segment.offsets.file.durableEntries)
  const timeEntries = Math.min(end.timeEntries, segment.times.file.durableEntries)
  const timeMs = segment.times.timestampAt(timeEntries - 1)
  const timeRelativeOffset = segment.times.offsetAt(timeEntries - 1)
  return { ...end, offsetEntries, timeEntries, timeMs, timeRelativeOffset }
}

/**
 * A segment that was just found goes on at a position below its file's end, without a look into
 * any of its files. @returns false when its indexes have less than was known
 */
export function resumeAt(segment: LogSegment, positionBytes: number, end: SegmentEnd): boolean {
  const { timeMs: timestampMs, timeRelativeOffset: relativeOffset } = end
  const isWhole =
    segment.offsets.file.adopt(end.offsetEntries) &&
    segment.times.adopt(end.timeEntries, { timestampMs, relativeOffset }) &&
    segment.transactions.file.adopt(end.transactionEntries)
  if (!isWhole) {
    segment.dropIndexes()
    return false
  }
  segment.sizeBytes = segment.committedBytes = positionBytes
  segment.firstTimestampMs = end.firstTimestampMs
  segment.restore(end.maxTimestampMs, end.offsetOfMaxTimestamp, end.bytesSinceEntry)
  return true
}

import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { OffsetIndex } from '../segment/offset-index.ts'
import { TimeIndex } from '../segment/time-index.ts'

interface Group {
  readonly segments: LogSegment[]
  bytes: number
  offsetBytes: number
  timeBytes: number
}

/**
 * Neighbours that fit one segment together, with their indexes: what cleaning left small grows
 * together again. Source: Kafka `Cleaner.groupSegmentsBySize`.
 */
export function groupsOf(
  parts: LogParts,
  segments: readonly LogSegment[],
  endOffset: number,
): LogSegment[][] {
  const { segmentBytes, segmentIndexBytes } = parts.config
  const groups: LogSegment[][] = []
  let group: Group = { segments: [], bytes: 0, offsetBytes: 0, timeBytes: 0 }
  for (const segment of segments) {
    if (segment.baseOffset >= endOffset) break
    const bytes = group.bytes + segment.sizeBytes
    const offsetBytes = group.offsetBytes + segment.offsets.entries * OffsetIndex.entryBytes
    const timeBytes = group.timeBytes + segment.times.entries * TimeIndex.entryBytes
    const first = group.segments[0] ?? segment
    const last = parts.segments.endOf(segment, parts.logEndOffset) - 1
    const fits = bytes <= segmentBytes && Math.max(offsetBytes, timeBytes) <= segmentIndexBytes
    if (group.segments.length > 0 && fits && first.fits(last)) {
      group.segments.push(segment)
      group = { segments: group.segments, bytes, offsetBytes, timeBytes }
      continue
    }
    group = {
      segments: [segment],
      bytes: segment.sizeBytes,
      offsetBytes: offsetBytes - group.offsetBytes,
      timeBytes: timeBytes - group.timeBytes,
    }
    groups.push(group.segments)
  }
  return groups
}

import type { LogSegment } from '../segment/log-segment.ts'
import type { LogParts } from './log-parts.ts'

/** A batch has its offsets and its segment: what its producer did is kept in mind. */
export function noteBatch(
  { producers }: LogParts,
  segment: LogSegment,
  bytes: Uint8Array,
  at: number,
): void {
  const aborted = producers.note(bytes, at)
  if (aborted !== undefined) segment.transactions.append(aborted)
}

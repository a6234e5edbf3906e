import type { LogParts } from '../partition/log-parts.ts'
import type { AbortedTransaction } from '../segment/transaction-index.ts'

/** Of which offsets a reader of committed records is told what was aborted. */
export interface ReadRange {
  readonly fromOffset: number
  /** Exclusive. */
  readonly toOffset: number
}

/**
 * Aborted transactions with records in a range, which lies below the last stable offset. Rejects
 * with the system error. Source: Kafka `UnifiedLog.collectAbortedTransactions`.
 */
export async function abortedTransactions(
  { segments }: LogParts,
  { fromOffset, toOffset }: ReadRange,
): Promise<AbortedTransaction[]> {
  const found: AbortedTransaction[] = []
  let segment = segments.floor(fromOffset) ?? segments.first
  for (; segment !== undefined; segment = segments.after(segment)) {
    if (segment.transactions.entries === 0) continue
    for await (const aborted of segment.transactions.from(fromOffset)) {
      if (aborted.firstOffset < toOffset) found.push(aborted)
      if (aborted.lastStableOffset >= toOffset) return found
    }
  }
  return found
}

/** Source: Kafka `UnifiedLog.fetchLastStableOffsetMetadata`. */
export function lastStableOffset({ highWatermark, logStartOffset, producers }: LogParts): number {
  const first = producers.transactions.firstUnstableOffset(highWatermark)
  if (first < 0) return highWatermark
  return Math.max(Math.min(first, highWatermark), Math.min(logStartOffset, highWatermark))
}

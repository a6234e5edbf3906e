import { asError } from '../files/as-error.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { PartitionLog } from '../partition/partition-log.ts'

/** Logs that are asked in one turn: the first time each reads a file. */
const ASKED_TOGETHER = 64

/** The largest id of an idempotent producer that any of these logs knows; -1 without one. */
export async function largestProducerId(logs: Iterable<PartitionLog>): Promise<number> {
  let largest = -1
  let asked = 0
  for (const { parts } of [...logs]) {
    largest = Math.max(largest, largestOf(parts))
    asked += 1
    if (asked % ASKED_TOGETHER === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return largest
}

/** One whose file cannot be read takes no appends of producers before it can. */
function largestOf(parts: LogParts): number {
  try {
    return parts.producers
      .entries()
      .reduce((most, { producerId }) => Math.max(most, producerId), -1)
  } catch (error) {
    parts.context.logger.warn('producers-unreadable', {
      path: parts.folder,
      cause: asError(error).message,
    })
    return -1
  }
}

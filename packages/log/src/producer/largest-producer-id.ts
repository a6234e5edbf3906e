import type { PartitionLog } from '../partition/partition-log.ts'

/** Logs that are asked in one turn: the first time each reads a file. */
const ASKED_TOGETHER = 64

/** The largest id of an idempotent producer that any of these logs knows; -1 without one. */
export async function largestProducerId(logs: Iterable<PartitionLog>): Promise<number> {
  let largest = -1
  let asked = 0
  for (const { parts } of [...logs]) {
    for (const { producerId } of parts.producers.entries()) largest = Math.max(largest, producerId)
    asked += 1
    if (asked % ASKED_TOGETHER === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return largest
}

import { inTurns } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { PartitionLog } from '../partition/partition-log.ts'

/** Logs that are asked in one turn: the first time each reads a file. */
const LOGS_A_TURN = 64

/** The largest id of an idempotent producer that any of these logs knows; -1 without one. */
export async function largestProducerId(logs: Iterable<PartitionLog>): Promise<number> {
  let largest = -1
  await inTurns([...logs], LOGS_A_TURN, ({ parts }) => {
    largest = Math.max(largest, largestOf(parts))
  })
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

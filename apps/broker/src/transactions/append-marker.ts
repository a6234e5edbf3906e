import type { MarkerOrigin, PartitionLog } from '@pafka/log'
import { encodeEndTransactionMarker, ErrorCode } from '@pafka/protocol'

import { type Partition } from '../metadata/topic.ts'

export interface Marker extends MarkerOrigin {
  readonly isCommit: boolean
  readonly nowMs: number
}

/**
 * Ends a producer's transaction in a partition.
 * @param ended told when the marker is committed, before anything that stands behind it is
 * @returns a code, once the marker is committed
 */
export function appendMarker(
  { log, leaderEpoch }: Partition,
  { isCommit, nowMs, ...origin }: Marker,
  ended: () => void,
): Promise<ErrorCode> {
  if (log === undefined) return Promise.resolve(ErrorCode.KAFKA_STORAGE_ERROR)
  const refused = log.transactions.checkMarker(origin)
  if (refused !== ErrorCode.NONE) return Promise.resolve(refused)
  const batch = encodeEndTransactionMarker({ ...origin, commit: isCommit, timestamp: nowMs })
  const appended = log.appendAsLeader(batch, { origin: 'coordinator', leaderEpoch })
  if (appended.errorCode !== ErrorCode.NONE) return Promise.resolve(appended.errorCode)
  return committed(log, appended.lastOffset + 1, ended)
}

function committed(log: PartitionLog, endOffset: number, ended: () => void): Promise<ErrorCode> {
  return new Promise((resolve) => {
    log.whenCommitted(endOffset, {
      committed: () => {
        ended()
        resolve(ErrorCode.NONE)
      },
      failed: () => resolve(ErrorCode.KAFKA_STORAGE_ERROR),
    })
  })
}

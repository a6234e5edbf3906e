import { StorageError } from '@pafka/base'

import { isOutOfSpace } from '../files/as-error.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { deleteBelowStart, expireOldest } from './segment-deletion.ts'
import type { StoreState } from './store-state.ts'

/** One pass of retention over all logs: starts are raised, written down, and then segments go. */
export async function retain(state: StoreState, nowMs: number): Promise<void> {
  const raised = new Set<PartitionLog>()
  for (const log of state.directory.all()) {
    log.parts.expireProducers(nowMs, state.resolved.producerIdExpirationMs)
    if (!log.mayDelete) continue
    await trying(state, log, () => {
      const count = expireOldest(log.parts, nowMs)
      const { topic, partition, logStartOffset } = log
      if (count === 0) return
      raised.add(log)
      state.logger.info('segments-expired', { topic, partition, count, logStartOffset })
    })
  }
  for (const dir of new Set([...raised].map((log) => state.dirOf(log)))) {
    if (dir?.isOnline !== true) continue
    await dir.writeLogStarts().catch((error: unknown) => {
      // what goes makes room; a crash meanwhile brings back a part of it at most
      if (!isOutOfSpace(error)) throw error
    })
  }
  for (const log of raised) {
    if (log.mayDelete) await trying(state, log, () => deleteBelowStart(log.parts, state.removals))
  }
}

function trying(
  state: StoreState,
  log: PartitionLog,
  action: () => void | Promise<void>,
): Promise<void> {
  return state.exclusively(log, async () => {
    try {
      await action()
    } catch (error) {
      state.failed(log, new StorageError('cannot delete segments', { cause: error }))
    }
  })
}

import { StorageError } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { JournalEngine } from '../journal/journal-engine.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { StoreState } from './store-state.ts'

/**
 * Bounds what a start after a crash must check: syncs the logs with most bytes behind their
 * recovery points until few enough are left, then writes the points down.
 */
export async function checkpoint(state: StoreState): Promise<void> {
  if (state.engine !== undefined) return checkpointJournal(state, state.engine)
  const unsynced: { readonly log: PartitionLog; readonly bytes: number }[] = []
  let left = 0
  for (const log of state.directory.all()) {
    const bytes = log.parts.unsyncedBytes()
    if (bytes > 0 && log.isOnline) unsynced.push({ log, bytes })
    left += bytes
  }
  unsynced.sort((a, b) => b.bytes - a.bytes)
  for (const { log, bytes } of unsynced) {
    if (left <= state.resolved.recoveryBytes) break
    await flushOne(state, log)
    left -= bytes
  }
  for (const dir of state.dirs) {
    if (dir.isOnline) await dir.writeCheckpoints()
  }
}

async function checkpointJournal(state: StoreState, engine: JournalEngine): Promise<void> {
  await engine.checkpoint()
  engine.rest()
  for (const dir of state.dirs) {
    if (dir.isOnline) await dir.writeCheckpoints()
  }
}

async function flushOne(state: StoreState, log: PartitionLog): Promise<void> {
  try {
    await log.flush()
  } catch (error) {
    const cause = asError(error)
    const message = `cannot flush: ${cause.message}`
    if (log.isOnline) state.failed(log, new StorageError(message, { cause }))
  }
}

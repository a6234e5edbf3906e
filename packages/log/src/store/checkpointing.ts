import { StorageError } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import type { JournalEngine } from '../journal/journal-engine.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { StoreState } from './store-state.ts'

/**
 * Bounds what a start after a crash must check: syncs the logs with most bytes behind their
 * recovery points until few enough are left, then writes the points down.
 */
export async function checkpoint(state: StoreState): Promise<void> {
  const { engine } = state
  if (engine !== undefined) {
    await engine.checkpoint()
    return rest(state, engine)
  }
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
  await writeCheckpoints(state)
}

/** As `checkpoint`, as the timer wants it: not while the journal has little and gets more. */
export async function checkpointIfDue(state: StoreState): Promise<void> {
  const { engine } = state
  if (engine === undefined) return checkpoint(state)
  await engine.checkpointIfDue().catch((error: unknown) => {
    if (!isOutOfSpace(error)) throw error // whose disk is full has said so
  })
  return rest(state, engine)
}

async function rest(state: StoreState, engine: JournalEngine): Promise<void> {
  engine.rest()
  await writeCheckpoints(state)
}

async function writeCheckpoints({ dirs }: StoreState): Promise<void> {
  for (const dir of dirs) {
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

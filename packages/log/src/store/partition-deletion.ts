import { join } from 'node:path'

import { inTurns, StorageError } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogDir } from './log-dir.ts'
import { removeMoved } from './moved-folders.ts'
import { deletedFolder } from './partition-folder.ts'
import type { StoreState } from './store-state.ts'

/** Each has a folder to rename, which takes some 20 µs. */
const LOGS_A_TURN = 100

/**
 * 1. nobody finds the logs any more, 2. their folders are renamed, 3. the checkpoints forget them,
 * 4. after the delay they go. One that fails holds back no other. @throws {StorageError} the first
 * failure, when all was tried
 */
export async function deletePartitions(
  state: StoreState,
  logs: Iterable<PartitionLog>,
): Promise<void> {
  const failures: unknown[] = []
  const gone = new Map<LogDir, PartitionLog[]>()
  await inTurns(logs, LOGS_A_TURN, (log) => {
    const dir = state.dirOf(log)
    if (dir === undefined || !dir.logs.delete(log)) return
    const others = gone.get(dir) ?? []
    gone.set(dir, others)
    try {
      setAside(state, log)
      others.push(log)
    } catch (error) {
      failures.push(error)
    }
  })
  for (const [dir, deleted] of gone) {
    await drop(state, dir, deleted).catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}

function setAside(state: StoreState, log: PartitionLog): void {
  state.directory.remove(log)
  log.close('the partition was deleted')
  state.engine?.forget(log)
  for (const segment of log.parts.segments) state.cold?.forget(segment)
  const { folder } = log.parts
  const gone = join(log.dir, deletedFolder(log.topic, log.partition))
  try {
    state.options.files.rename(folder, gone)
  } catch (cause) {
    throw new StorageError(`cannot delete ${folder}: ${asError(cause).message}`, { cause })
  }
  log.parts.moved(gone)
  removeMoved(state, folder)
  state.changed(log)
}

async function drop(state: StoreState, dir: LogDir, logs: readonly PartitionLog[]): Promise<void> {
  const { files } = state.options
  const remove = (path: string): Promise<void> => files.removeFolder(path)
  try {
    await dir.writeCheckpoints() // a new partition of that name must not inherit them
  } catch (error) {
    // deleting is what makes room on a full disk: then it is done at once, and they come after it
    if (!isOutOfSpace(asError(error))) throw error
    await state.roomOf(dir).full()
    for (const { parts } of logs) await remove(parts.folder)
    return dir.writeCheckpoints()
  }
  for (const { parts, config } of logs) {
    const own = parts.segments.all().filter(({ moved }) => moved === undefined)
    const bytes = own.reduce((sum, { storedBytes }) => sum + storedBytes, 0)
    const delayMs = dir.isShort ? 0 : config.fileDeleteDelayMs
    state.removals.after(delayMs, parts.folder, remove, { dir: dir.path, bytes })
  }
}

import { join } from 'node:path'

import { StorageError } from '@pafka/base'

import { asError, isOutOfSpace } from '../files/as-error.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { deletedFolder } from './partition-folder.ts'
import type { StoreState } from './store-state.ts'

/**
 * 1. nobody finds the log any more, 2. its folder is renamed, 3. the checkpoints forget it, 4.
 * after the delay it goes.
 */
export async function deletePartition(state: StoreState, log: PartitionLog): Promise<void> {
  const dir = state.dirOf(log)
  if (dir === undefined || !dir.logs.delete(log)) return
  state.directory.remove(log)
  log.close('the partition was deleted')
  state.engine?.forget(log)
  for (const segment of log.parts.segments) state.cold?.forget(segment)
  const { files } = state.options
  const gone = join(dir.path, deletedFolder(log.topic, log.partition))
  try {
    files.rename(log.parts.folder, gone)
  } catch (cause) {
    throw new StorageError(`cannot delete ${log.parts.folder}: ${asError(cause).message}`, {
      cause,
    })
  }
  log.parts.moved(gone)
  try {
    await dir.writeCheckpoints() // a new partition of that name must not inherit them
  } catch (error) {
    // deleting is what makes room on a full disk: then it is done at once, and they come after it
    if (!isOutOfSpace(asError(error))) throw error
    await files.removeFolder(gone)
    await dir.writeCheckpoints()
    return
  }
  const delayMs = dir.isShort ? 0 : log.config.fileDeleteDelayMs
  state.removals.after(delayMs, gone, (path) => files.removeFolder(path))
}

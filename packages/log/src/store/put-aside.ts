import { basename, dirname, join } from 'node:path'

import { deletedFolder, parsePartitionFolder } from './partition-folder.ts'
import type { StoreState } from './store-state.ts'

/**
 * The folder of a partition goes. Renamed now: another one may get its name before it is gone, and
 * a later start may not know any more why it was to go. @throws the system error
 */
export function putAside({ options: { files }, removals }: StoreState, folder: string): void {
  const found = parsePartitionFolder(basename(folder))
  if (found === undefined) return
  const gone = join(dirname(folder), deletedFolder(found.topic, found.partition))
  files.rename(folder, gone)
  removals.after(0, gone, (path) => files.removeFolder(path))
}

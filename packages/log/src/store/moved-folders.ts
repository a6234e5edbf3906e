import { join } from 'node:path'

import { asError } from '../files/as-error.ts'
import { unlessMissing } from '../files/unless-missing.ts'
import { MOVED_FOLDER, movedFolder } from '../segment/moved-segment.ts'
import { NO_TOPICS } from './known-topics.ts'
import type { LogDir } from './log-dir.ts'
import { DELETE_SUFFIX, parsePartitionFolder } from './partition-folder.ts'
import { putAside } from './put-aside.ts'
import type { StoreState } from './store-state.ts'

/** A partition is gone: what lies of it in other log dirs goes, too. @param home its folder */
export function removeMoved(state: StoreState, home: string): void {
  const { files } = state.options
  for (const { path, isOnline } of state.dirs) {
    if (!isOnline) continue
    const folder = movedFolder(path, home)
    try {
      if (files.stat(folder) !== undefined) putAside(state, folder)
    } catch (error) {
      // the next start removes it
      state.logger.warn('moved-files-kept', { dir: path, cause: asError(error).message })
    }
  }
}

/** At a start, when all logs are open: files that a move, or its end, left without a mark go. */
export async function removeUnmarked(state: StoreState): Promise<void> {
  for (const dir of state.dirs) {
    if (!dir.isOnline) continue
    try {
      await removeUnmarkedOf(state, dir)
    } catch (error) {
      state.logger.warn('moved-files-kept', { dir: dir.path, cause: asError(error).message })
    }
  }
}

async function removeUnmarkedOf(state: StoreState, dir: LogDir): Promise<void> {
  const { files } = state.options
  const folder = join(dir.path, MOVED_FOLDER)
  for (const name of unlessMissing(() => files.list(folder)) ?? []) {
    const path = join(folder, name)
    if (name.endsWith(DELETE_SUFFIX)) {
      state.removals.after(0, path, (gone) => files.removeFolder(gone))
      continue
    }
    const found = parsePartitionFolder(name)
    if (found === undefined) continue
    const { topic, partition } = found
    const log = state.directory.get(topic, partition)
    if (log !== undefined) {
      const { segments, beyond } = log.parts
      const marked = new Set([...segments, ...beyond].map((segment) => segment.path))
      for (const file of files.list(path)) {
        if (!marked.has(join(path, file))) await files.remove(join(path, file))
      }
    } else if (isGone(state, topic, partition)) putAside(state, path)
  }
}

/** Whether no partition of that name can have its home in any dir. */
function isGone({ topics, isComplete }: StoreState, topic: string, partition: number): boolean {
  return topics !== NO_TOPICS && isComplete && topics.idOf(topic, partition) === undefined
}

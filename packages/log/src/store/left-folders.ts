import { join } from 'node:path'

import { asError } from '../files/as-error.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { leftName, type MoveNote, NOTE_NAME, parseLeftName, readMoveNote } from './future-folder.ts'
import type { LogDir } from './log-dir.ts'
import { deletedFolder } from './partition-folder.ts'
import type { MovingLog } from './moving-log.ts'
import { readTopicId } from './property-files.ts'
import type { StoreState } from './store-state.ts'

export interface LeftLog extends MovingLog {
  /** Of the move. */
  readonly id: string
  /** The segments that lie where it was. */
  readonly old: readonly LogSegment[]
  readonly placed: () => Promise<void>
}

/** What says that a partition has left a log dir. */
export interface LeftNote extends MoveNote {
  /** Id of the move. */
  readonly id: string
}

/**
 * The partition lies elsewhere now. 1. who remembers where it was learns that, 2. its folder here
 * is renamed, and goes later, 3. what says that it has left goes. Where one of them fails the rest
 * is left to the next start. Never rejects.
 */
export async function leave(left: LeftLog): Promise<void> {
  const { state, log, from, to, id, old } = left
  const { files } = state.options
  try {
    await files.remove(join(log.parts.folder, NOTE_NAME))
    await to.writeCheckpoints()
    await left.placed()
    if (!to.isOnline || !from.isOnline) return
    await state.sealedSync.whenIdle()
    // nobody syncs files of it now
    const action = (): Promise<void> => setAside(left)
    await (state.engine === undefined ? action() : state.engine.alone(action))
    await from.writeCheckpoints()
    await files.remove(join(from.path, leftName(id)))
    await files.syncFolder(from.path)
  } catch (error) {
    const { topic, partition } = log
    const cause = asError(error).message
    const { path: dir } = from
    state.logger.warn('moved-partition-kept', { topic, partition, dir, cause, files: old.length })
  }
}

async function setAside({ state, log, from, old }: LeftLog): Promise<void> {
  const { files } = state.options
  const { topic, partition, topicId, config } = log
  const folder = from.folderOf(topic, partition)
  if (files.stat(folder) === undefined || readTopicId(files, folder) !== topicId) return
  const gone = join(from.path, deletedFolder(topic, partition))
  files.rename(folder, gone)
  for (const segment of old) segment.moveTo(gone)
  await files.syncFolder(from.path)
  const bytes = old.reduce((sum, { moved, storedBytes }) => sum + (moved ? 0 : storedBytes), 0)
  const delayMs = from.isShort ? 0 : config.fileDeleteDelayMs
  const held = { dir: from.path, bytes }
  state.removals.after(delayMs, gone, (path) => files.removeFolder(path), held)
}

/** Partitions that left a log dir. */
export function leftIn(files: FileSystem, dir: string, names: readonly string[]): LeftNote[] {
  return names.flatMap((name) => {
    const id = parseLeftName(name)
    const note = id === undefined ? undefined : readMoveNote(files, join(dir, name))
    return id === undefined || note === undefined ? [] : [{ ...note, id }]
  })
}

/** A partition comes back to a log dir that it left: nothing may say so any more. */
export async function forgetLeft(
  state: StoreState,
  { path }: LogDir,
  { topic, partition }: Pick<PartitionLog, 'topic' | 'partition'>,
): Promise<void> {
  const { files } = state.options
  const found = leftIn(files, path, files.list(path))
  const own = found.filter((one) => one.topic === topic && one.partition === partition)
  for (const { id } of own) await files.remove(join(path, leftName(id)))
  if (own.length > 0) await files.syncFolder(path)
}

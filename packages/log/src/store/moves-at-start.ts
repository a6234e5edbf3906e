import { join } from 'node:path'

import { StorageError } from '@pafka/base'

import { removeUnfinished } from '../checkpoint/checkpoint-file.ts'
import { keyOf } from '../journal/journal-checkpoint.ts'
import { journalIdOf } from '../partition/log-description.ts'
import {
  futureFolder,
  leftName,
  NOTE_NAME,
  parseFutureFolder,
  parseLeftName,
  readMoveNote,
} from './future-folder.ts'
import { leftIn, type LeftNote } from './left-folders.ts'
import { knownDir, type LogDir, onlineDir } from './log-dir.ts'
import { deletedFolder } from './partition-folder.ts'
import { putAside } from './put-aside.ts'
import { readTopicId } from './property-files.ts'
import type { StoreState } from './store-state.ts'

/**
 * Before logs are opened: completes moves between log dirs that were committed, and gives up all
 * others. Rejects with the system error.
 */
export async function settleMoves(state: StoreState): Promise<void> {
  const { files } = state.options
  const online = state.dirs.filter(({ isOnline }) => isOnline)
  const listed = new Map(online.map((dir) => [dir, files.list(dir.path)]))
  for (const [from, names] of listed) {
    await removeUnfinished(files, from.path, names, (name) => parseLeftName(name) !== undefined)
    for (const left of leftIn(files, from.path, names)) await settleLeft(state, from, left)
  }
  for (const [to, names] of listed) {
    for (const name of names) {
      if (parseFutureFolder(name) !== undefined) await giveUp(state, to, name)
    }
  }
}

/** A move that was committed: what lies where the partition was is not the partition. */
async function settleLeft(state: StoreState, from: LogDir, left: LeftNote): Promise<void> {
  const { files } = state.options
  const { topic, partition, topicId, id, toId } = left
  const old = from.folderOf(topic, partition)
  const isThere = files.stat(old) !== undefined && readTopicId(files, old) === topicId
  const to = onlineDir(state.dirs, toId)
  const isDeleted = state.topics.isDeleted(topicId)
  if (to === undefined) return isDeleted ? undefined : leaveAway(state, left, isThere ? old : '')
  const future = join(to.path, futureFolder(topic, partition, id))
  const folder = to.folderOf(topic, partition)
  const hasFuture = files.stat(future) !== undefined
  const hasFolder = files.stat(folder) !== undefined
  if (isThere && hasFuture && hasFolder) {
    throw new StorageError(`partition ${topic}-${partition} lies in ${folder} and in ${future}`)
  }
  if (isThere && hasFuture) {
    files.rename(future, folder)
    await files.syncFolder(to.path)
  }
  const isHere = hasFolder || (isThere && hasFuture)
  if (isThere && !isHere && !isDeleted) return leaveAway(state, left, old)
  if (isThere) putAside(state, old)
  await files.syncFolder(from.path)
  // a catalog may still say that it is here: until it is noted nobody may make it anew
  if (isDeleted || !isHere) await files.remove(join(from.path, leftName(id)))
}

/** It lies where nothing of it is to be had now. @param old its folder, of before; empty if none */
function leaveAway(state: StoreState, { topic, partition, ...left }: LeftNote, old: string): void {
  const { topicId, toId } = left
  if (old !== '') state.movesFound.left.add(old)
  state.unopened.set(keyOf(journalIdOf({ topic, topicId, partition }), partition), toId)
  const dir = knownDir(state.dirs, toId)?.path ?? toId
  const cause = `it lies in the log dir ${dir}, where nothing of it is to be had`
  state.logger.error('partition-not-opened', { topic, partition, cause })
}

/** What was being copied. It stays as long as the log dir is away that tells what it is. */
async function giveUp(state: StoreState, to: LogDir, name: string): Promise<void> {
  const { files } = state.options
  const path = join(to.path, name)
  if (files.stat(path) === undefined) return // it has got its name
  const note = readMoveNote(files, join(path, NOTE_NAME))
  if (note !== undefined && onlineDir(state.dirs, note.fromId) === undefined) return
  if (note !== undefined) {
    const { topic, partition, topicId } = note
    state.movesFound.interrupted.push({ topic, partition, topicId, path: to.path })
  }
  const gone = join(to.path, deletedFolder(note?.topic ?? 'copy', note?.partition ?? 0))
  files.rename(path, gone)
  state.removals.after(0, gone, (folder) => files.removeFolder(folder))
}

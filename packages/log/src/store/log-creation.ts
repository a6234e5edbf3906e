import { StorageError } from '@pafka/base'

import type { LogConfig } from '../config/log-config.ts'
import { asError, isDiskError, isOutOfSpace } from '../files/as-error.ts'
import type { Known } from '../journal/engine-host.ts'
import { keyOf } from '../journal/journal-checkpoint.ts'
import { LogParts } from '../partition/log-parts.ts'
import { PartitionLog } from '../partition/partition-log.ts'
import { chooseHome } from './home-choice.ts'
import type { LogDir } from './log-dir.ts'
import { readTopicId, writePartitionMetadata } from './property-files.ts'
import { putAside } from './put-aside.ts'
import type { StoreState } from './store-state.ts'

export interface NewLog {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** One of the store's dirs; chosen when absent. */
  readonly dir?: string | undefined
}

/** @param topicId its bytes */
export function knownPartition(
  state: StoreState,
  topicId: Buffer,
  partition: number,
): Known | undefined {
  const found = state.topics.find(topicId.toString('base64url'), partition)
  const isOpened = !state.unopened.has(keyOf(topicId, partition))
  return found && { topic: found.topic, isHere: isOpened && state.isHere(found.directoryId) }
}

/**
 * A log that has no folder any more, of which the journal has all, is made anew where it was.
 * @param topicId its bytes
 * @returns undefined for one of no topic, or whose log dir is offline or may be
 */
export function bringBack(
  state: StoreState,
  topicId: Buffer,
  partition: number,
): PartitionLog | undefined {
  const id = topicId.toString('base64url')
  const known = state.topics.find(id, partition)
  if (known === undefined) return undefined
  const { topic, directoryId } = known
  if (state.directory.get(topic, partition) !== undefined) return undefined
  if (!state.isHere(directoryId) || state.unopened.has(keyOf(topicId, partition))) return undefined
  const dir = state.dirs.find((one) => one.isOnline && one.directoryId === directoryId)
  const logStartOffset = dir?.missingStartOf({ topic, partition }) ?? 0
  const wanted = { topic, topicId: id, partition, dir: dir?.path }
  const log = newUnlessFailing(state, wanted)
  if (log === undefined) return undefined
  state.logger.warn('partition-brought-back', { topic, partition })
  // records that were deleted stay so
  log.parts.logStartOffset = logStartOffset
  log.parts.epochs.startsAt(logStartOffset)
  return log
}

/** @returns undefined where there is no room for it, or the disk of its log dir fails */
function newUnlessFailing(state: StoreState, wanted: NewLog): PartitionLog | undefined {
  try {
    return newLog(state, wanted, state.resolved.configOf(wanted.topic))
  } catch (error) {
    const dir = state.dirs.find(({ path }) => path === wanted.dir)
    if (!isDiskError(error) || dir === undefined) throw error
    if (!isOutOfSpace(error)) state.failedAtStart(dir, error)
    return undefined
  }
}

/** Makes a partition's folder. @throws StorageError */
export function newLog(state: StoreState, wanted: NewLog, config: LogConfig): PartitionLog {
  const { topic, topicId, partition } = wanted
  const dir = chooseHome(state, wanted.dir, config)
  const folder = dir.folderOf(topic, partition)
  const { files } = state.options
  let isNew = false
  try {
    clearAway(state, dir, wanted)
    isNew = files.stat(folder) === undefined
    files.makeFolder(folder)
    writePartitionMetadata(files, folder, topicId)
  } catch (cause) {
    // nameless, it would be taken for that of the next topic of its name
    if (isNew && files.stat(folder) !== undefined) putAside(state, folder)
    throw new StorageError(`cannot create ${folder}: ${asError(cause).message}`, { cause })
  }
  dir.found(wanted)
  const parts = new LogParts(state.contextOf(dir), folder, config)
  parts.openedPlace = parts.place
  const log = new PartitionLog({ topic, topicId, partition }, parts, state)
  addLog(state, dir, log)
  return log
}

/** A topic of that name was deleted while a log of it could not be opened. */
function clearAway(state: StoreState, dir: LogDir, log: NewLog): void {
  const folder = dir.folderOf(log.topic, log.partition)
  const isThere = state.options.files.stat(folder) !== undefined
  if (isThere && readTopicId(state.options.files, folder) !== log.topicId) putAside(state, folder)
}

export function addLog(state: StoreState, dir: LogDir, log: PartitionLog): void {
  state.directory.add(log)
  dir.logs.add(log)
}

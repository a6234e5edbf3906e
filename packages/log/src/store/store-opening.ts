import { dirname, join, resolve } from 'node:path'

import { concurrently, StorageError } from '@pafka/base'
import { randomUuid, ZERO_UUID } from '@pafka/protocol'

import { asError, asStorageError, isDiskError } from '../files/as-error.ts'
import { JournalBroken } from '../journal/journal-broken.ts'
import { keyOf } from '../journal/journal-checkpoint.ts'
import { journalIdOf } from '../partition/log-description.ts'
import { PartitionLog } from '../partition/partition-log.ts'
import { dropSurplus } from '../recovery/place-recovery.ts'
import { loadLog, skipDeleted } from '../recovery/log-loader.ts'
import { SegmentMissing } from '../segment/segment-missing.ts'
import { bind, boundDirs, checkBinding, free, isBoundTo } from './journal-binding.ts'
import { agreeOnCluster } from './dir-identity.ts'
import { isWithin } from '../files/is-within.ts'
import { checkJournalFolder } from './journal-folder.ts'
import { journalLimit } from './journal-limit.ts'
import type { FileSystem } from '../files/file-system.ts'
import { parseSegmentName } from '../segment/segment-names.ts'
import { addLog, bringBack, knownPartition, type NewLog } from './log-creation.ts'
import { findAway, noteDirs } from './known-dirs.ts'
import type { LogDir } from './log-dir.ts'
import { isDeletedFolder, parsePartitionFolder } from './partition-folder.ts'
import { PARTITION_METADATA, readTopicId } from './property-files.ts'
import { putAside } from './put-aside.ts'
import { probeMappedDirs } from './mapped-dirs.ts'
import { settleMoves } from './moves-at-start.ts'
import { removeUnmarked } from './moved-folders.ts'
import type { LogStoreOptions } from './store-options.ts'
import type { StoreState } from './store-state.ts'
import { tellUnconfigured } from './unconfigured-dirs.ts'

/** Logs that are opened at the same time: while one waits for the disk another is checked. */
const OPENED_TOGETHER = 4

/**
 * Those whose disk fails, or is not theirs, stay offline, as in Kafka. @throws StorageError when
 * none is left, or one is not to be used at all; then none stays locked
 */
export async function openDirs(state: StoreState, options: LogStoreOptions): Promise<void> {
  const { dirs } = state
  const { nodeId } = options
  if (dirs.length === 0) throw new StorageError('a store needs at least one log dir')
  try {
    const bound = boundDirs(state)
    const away = findAway(state)
    await eachOnline(state, (dir) => dir.claim(bound.get(resolve(dir.path)), away.get(dir)))
    const clusterId = (await agreeOnCluster(state, options)) ?? randomUuid()
    await eachOnline(state, (dir) => state.roomOf(dir).open())
    await eachOnline(state, (dir) => dir.open({ nodeId, clusterId }))
    if (options.channel === 'pmem') probeMappedDirs(options.files, dirs, options.logger)
  } catch (error) {
    await state.closeRooms()
    for (const dir of dirs) await dir.release()
    throw error
  }
}

/** @throws the first failure when no dir is left */
async function eachOnline(
  state: StoreState,
  action: (dir: LogDir) => Promise<void>,
): Promise<void> {
  for (const dir of state.dirs) {
    if (!dir.isOnline) continue
    try {
      await action(dir)
    } catch (error) {
      state.failedAtStart(dir, error)
    }
  }
  checkOnline(state)
}

function checkOnline({ dirs }: StoreState): void {
  if (dirs.some(({ isOnline }) => isOnline)) return
  throw dirs[0]?.error ?? new StorageError('no log dir is online')
}

/** Opens all logs that are on disk, with what only the journal has of them. */
export async function loadLogs(state: StoreState): Promise<void> {
  let isRefused = true
  try {
    await openJournal(state)
    checkBinding(state)
    const topics = await state.options.findTopics?.(state.dirs.map((dir) => dir.status))
    if (topics !== undefined) state.topics = topics
    isRefused = false
    await settleMoves(state)
    await loadAll(state)
    checkOnline(state)
    if (state.options.channel !== 'journal') await leaveJournal(state)
    await removeUnmarked(state)
    tellUnconfigured(state)
    for (const dir of state.dirs) {
      if (!dir.isOnline) continue
      await state.roomOf(dir).beforeAppends(() => bind(state))
      await state.roomOf(dir).beforeAppends(() => noteDirs(state, dir))
    }
  } catch (error) {
    await state.engine?.close()
    if (isRefused) for (const dir of state.dirs) await dir.leave()
    await state.closeRooms()
    for (const dir of state.dirs) await dir.release()
    throw asStorageError('cannot open logs', error)
  }
}

/** Once more when it comes out that the journal cannot bring back all that it should. */
async function loadAll(state: StoreState): Promise<void> {
  try {
    return await loadOnce(state)
  } catch (error) {
    if (!(error instanceof JournalBroken)) throw error
  }
  state.isJournalBroken = true
  for (const dir of state.dirs) {
    for (const { parts } of dir.logs) for (const segment of parts.segments) segment.unload()
    state.unlist(dir, 'it is loaded anew')
  }
  await state.engine?.close()
  await state.journalRoom?.close()
  await openJournal(state)
  await eachOnline(state, async (dir) => dir.readCheckpoints())
  await loadOnce(state)
}

async function loadOnce(state: StoreState): Promise<void> {
  await eachOnline(state, (dir) => loadDir(state, dir))
  await startJournal(state)
}

/** A journal that was used before is read, even if it is not to be used any more. */
async function openJournal(state: StoreState): Promise<void> {
  const { journal, channel, files } = state.options
  if (journal === undefined) return
  const isLogDir = state.dirs.some(({ path }) => resolve(path) === resolve(journal.folder))
  if (journal.folder === '' || isLogDir) {
    throw new StorageError(`the journal needs a folder of its own, not '${journal.folder}'`)
  }
  const gone = state.dirs.find(({ path, isOnline }) => !isOnline && isWithin(journal.folder, path))
  if (gone !== undefined && channel === 'journal') {
    throw new StorageError(
      `the journal's folder ${journal.folder} lies in a log dir that fails, and without it ` +
        `nothing can be acknowledged: ${gone.error?.message}`,
    )
  }
  if (gone !== undefined) return // a dir that needs it says so
  if (channel !== 'journal' && files.stat(journal.folder) === undefined) return
  checkJournalFolder(state, journal.folder)
  const online = state.dirs.filter(({ isOnline }) => isOnline)
  const limitBytes = await journalLimit(state, journal)
  const room = await state.openJournal(
    { ...journal, limitBytes },
    {
      known: (topicId, partition) => knownPartition(state, topicId, partition),
      bringBack: (topicId, partition) => bringBack(state, topicId, partition),
      heldUp: (log) => heldUp(state, log),
    },
  )
  await room.open(online.map((dir) => state.roomOf(dir)))
}

function heldUp(state: StoreState, log: PartitionLog): void {
  if (!state.dirs.some(({ isOnline, path }) => isOnline && path !== log.dir)) return
  const why = 'its disk is full, and others wait for its room in the journal'
  state.failed(log, new StorageError(why))
}

/** What only the journal has comes back; then the ends of all logs are known. */
async function startJournal(state: StoreState): Promise<void> {
  if (state.engine === undefined) return
  state.missed = await state.engine.start(state.isJournalBroken)
  for (const log of state.directory.all()) {
    try {
      await dropSurplus(log.parts)
      await skipDeleted(log.parts)
    } catch (error) {
      if (!isDiskError(error)) throw error
      state.failed(log, new StorageError(`cannot cut: ${asError(error).message}`, { cause: error }))
    }
  }
}

/** The files of all logs get what the journal has; then it goes. */
async function leaveJournal(state: StoreState): Promise<void> {
  const { engine } = state
  const { journal, files } = state.options
  // what is appended without it must not be cut back to what it knows
  if (engine === undefined || journal === undefined) return free(state)
  await engine.checkpoint()
  checkOnline(state) // one that fails only now has not all of it
  if (engine.hasStranded) {
    throw new StorageError(
      `the journal in ${journal.folder} has records for logs that are not there: bring back ` +
        'their log dir or folder, or remove what it keeps for them, the folders stranded-*',
    )
  }
  await free(state)
  engine.memory.clear()
  state.engine = undefined
  await state.journalRoom?.close()
  state.journalRoom = undefined
  state.check.largestBatchBytes = Number.POSITIVE_INFINITY
  for (const log of state.directory.all()) {
    const { openedPlace, segments } = log.parts
    if (openedPlace.isCut === true) await segments.active?.syncLog() // only the journal said
    log.detach()
  }
  await engine.remove()
  await files.syncFolder(dirname(journal.folder))
}

async function loadDir(state: StoreState, dir: LogDir): Promise<void> {
  const failures: unknown[] = []
  const names = state.options.files.list(dir.path)
  const isBound = isBoundTo(state, dir)
  // who gives up a dir takes all its logs back: none may be on its way still
  await concurrently(names, OPENED_TOGETHER, async (name) => {
    if (failures.length > 0) return
    await loadFolder(state, { dir, isBound }, name).catch((error: unknown) => failures.push(error))
  })
  if (failures.length > 0) throw failures[0]
  const isKnown = (topic: string, partition: number): boolean =>
    state.topics.idOf(topic, partition) !== undefined
  await state.roomOf(dir).beforeAppends(() => dir.opened(isKnown))
}

interface OpenedDir {
  readonly dir: LogDir
  /** What the journal's checkpoint says of its logs counts. */
  readonly isBound: boolean
}

async function loadFolder(
  state: StoreState,
  { dir, isBound }: OpenedDir,
  name: string,
): Promise<void> {
  const { files } = state.options
  const folder = join(dir.path, name)
  if (isDeletedFolder(name)) {
    state.removals.after(0, folder, (path) => files.removeFolder(path))
    return
  }
  const found = parsePartitionFolder(name)
  if (found === undefined || files.stat(folder)?.isFolder !== true) return
  if (state.movesFound.left.has(folder)) return dir.leaveUnopened(found)
  const { topic, partition } = found
  const ownId = readTopicId(files, folder)
  const isLost = ownId === ZERO_UUID
  const topicId = (isLost ? state.topics.idOf(topic, partition) : undefined) ?? ownId
  const isOther = isMeantElsewhere(state, dir, { topic, partition, topicId })
  if (state.topics.isDeleted(topicId) || (isOther && isUnused(files, folder)))
    return removeLeftOver(state, dir, { topic, partition, topicId })
  const other = state.directory.get(topic, partition)
  if (other !== undefined) {
    throw new StorageError(`partition ${name} lies in two log dirs, ${other.dir} and ${dir.path}`)
  }
  const config = state.resolved.configOf(topic)
  const journalId = journalIdOf({ topic, topicId, partition })
  const place = isBound ? state.engine?.placeOf(journalId, partition) : undefined
  const journaled = isLost && place !== undefined ? { ...place, isNamed: false } : place
  const isReplayed = state.engine !== undefined
  const hasCheckpoint = isBound && state.engine?.found !== undefined
  const { isJournalBroken } = state
  const told = { journaled, isReplayed, hasCheckpoint, isJournalBroken }
  const known = { ...dir.known(topic, partition), ...told }
  const loading = loadLog(state.contextOf(dir), folder, config, known)
  const parts = await loading.catch((error: unknown) => {
    if (!(error instanceof SegmentMissing)) throw error
    state.unopened.set(keyOf(journalId, partition), error.directoryId)
    dir.leaveUnopened({ topic, partition })
    state.logger.error('partition-not-opened', { topic, partition, cause: error.message })
    return undefined
  })
  if (parts === undefined) return
  state.unopened.delete(keyOf(journalId, partition))
  addLog(state, dir, new PartitionLog({ topic, topicId, partition }, parts, state))
}

/** Whether a catalog says that a partition lies elsewhere: it was to be made here once. */
function isMeantElsewhere(state: StoreState, dir: LogDir, log: NewLog): boolean {
  const directoryId = state.topics.find(log.topicId, log.partition)?.directoryId ?? ''
  if (directoryId === '' || directoryId === dir.directoryId || !state.isHere(directoryId)) {
    return false
  }
  const other = state.dirs.find((one) => one.directoryId === directoryId)
  const folder = other?.folderOf(log.topic, log.partition) ?? ''
  return state.options.files.stat(folder) !== undefined
}

/** Whether nothing was ever appended to the log of a folder. */
function isUnused(files: FileSystem, folder: string): boolean {
  return files.list(folder).every((name) => {
    if (name === PARTITION_METADATA) return true
    const { kind, baseOffset = -1 } = parseSegmentName(name) ?? {}
    const isEmpty = (files.stat(join(folder, name))?.sizeBytes ?? 0) === 0
    return isEmpty && baseOffset === 0 && kind !== 'snapshot'
  })
}

function removeLeftOver(
  state: StoreState,
  dir: LogDir,
  { topic, partition, topicId }: NewLog,
): void {
  putAside(state, dir.folderOf(topic, partition))
  state.logger.info('deleted-partition-removed', { topic, partition, topicId })
}

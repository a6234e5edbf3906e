import { join, resolve } from 'node:path'

import { errnoOf, StorageError } from '@pafka/base'

import { readCheckpoint } from '../checkpoint/checkpoint-file.ts'
import { isWithin } from '../files/is-within.ts'
import { RING_OF_DIR_NAME } from '../journal/journal-files.ts'
import type { LogDir } from './log-dir.ts'
import { UNREADABLE_META } from './property-files.ts'
import type { LogStoreOptions } from './store-options.ts'
import type { StoreState } from './store-state.ts'

/**
 * Which cluster the dirs belong to that were claimed; undefined where none says so. Whichever dir
 * has one tells it to the others: a new dir may stand anywhere in the list. One that says something
 * else, though it was in use with the same journal, is damaged or another disk lies there: it is
 * offline, as one that fails.
 * @throws StorageError when two have one id, when they differ otherwise, most of them do, or the
 * only ones that were in use cannot be made out. Source: Kafka `MetaPropertiesEnsemble.java`.
 */
export async function agreeOnCluster(
  state: StoreState,
  options: LogStoreOptions,
): Promise<string | undefined> {
  const named = state.dirs.filter(({ isOnline, clusterId }) => isOnline && clusterId !== '')
  refuseTwins(named)
  const first = namesakeOf(named, options)
  const expected = options.clusterId ?? first?.clusterId
  const isOwn = (dir: LogDir): boolean =>
    dir.nodeId === options.nodeId && dir.clusterId === expected
  const own = named.filter(isOwn)
  const others = named.filter((dir) => !isOwn(dir))
  for (const dir of others) {
    const error = foreign(dir, options, first)
    const ring = ringOf(dir, options)
    const isKnown = ring !== undefined && own.some((one) => ringOf(one, options) === ring)
    if (!isKnown || own.length < others.length) throw error
    await dir.release()
    state.failedAtStart(dir, error)
  }
  const unread = state.dirs.find(({ error }) => errnoOf(error?.cause) === UNREADABLE_META)
  if (own.length === 0 && unread?.error !== undefined) throw unread.error
  return expected
}

/** One is a copy of the other, and nobody can tell which is the newer one. */
function refuseTwins(dirs: readonly LogDir[]): void {
  const byId = new Map<string, LogDir>()
  for (const dir of dirs) {
    const { path, directoryId } = dir
    const twin = byId.get(directoryId)
    if (directoryId !== '' && twin !== undefined) {
      throw new StorageError(
        `the log dirs ${twin.path} and ${path} have the same directory.id, ${directoryId}: one ` +
          'is a copy of the other. Leave out the copy; the one that was in use has all records',
      )
    }
    byId.set(directoryId, dir)
  }
}

/** That with the journal, if it lies in one: without that dir there is no start. */
function namesakeOf(
  named: readonly LogDir[],
  { nodeId, journal }: LogStoreOptions,
): LogDir | undefined {
  const mine = named.filter((dir) => dir.nodeId === nodeId)
  const home = mine.find(({ path }) => isWithin(resolve(journal?.folder ?? ''), path))
  return home ?? mine[0]
}

/** The journal that a dir was in use with. */
function ringOf({ path }: LogDir, { files }: LogStoreOptions): string | undefined {
  return readCheckpoint(files, join(path, RING_OF_DIR_NAME), 0)?.[0]
}

function foreign(
  { path, clusterId, nodeId }: LogDir,
  options: LogStoreOptions,
  first: LogDir | undefined,
): StorageError {
  // as for a disk that is not there: another lies in its place
  const cause = Object.assign(new Error('it is the log dir of another'), { code: 'ENODEV' })
  if (nodeId !== options.nodeId) {
    const whose = `belongs to node ${nodeId}, not ${options.nodeId}`
    return new StorageError(`data folder ${path} ${whose}`, { cause })
  }
  const whose = options.clusterId === undefined ? `, to which ${first?.path} belongs` : ''
  const expected = options.clusterId ?? first?.clusterId
  return new StorageError(
    `data folder ${path} belongs to cluster ${clusterId}, not ${expected}${whose}`,
    { cause },
  )
}

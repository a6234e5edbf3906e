import { basename, dirname, join, relative, resolve, sep } from 'node:path'

import { StorageError } from '@pafka/base'

import type { FileSystem } from '../files/file-system.ts'
import { isWithin } from '../files/is-within.ts'
import type { LogDir } from './log-dir.ts'
import { isDeletedFolder, parsePartitionFolder } from './partition-folder.ts'
import { type MetaProperties, PARTITION_METADATA, readMetaProperties } from './property-files.ts'
import type { StoreState } from './store-state.ts'

/** In the first log dir, where nobody says otherwise. */
const DEFAULT_NAME = 'journal'

/**
 * Nothing else may take a journal's files for its own, or away with it: a partition is deleted with
 * its folder. Looks only. @throws StorageError
 */
export function checkJournalFolder(state: StoreState, folder: string): void {
  const path = resolve(folder)
  const isOwn = (dir: string): boolean => state.dirs.some((one) => resolve(one.path) === dir)
  if (basename(path) === DEFAULT_NAME && isOwn(dirname(path))) return
  const owner = state.dirs.map((dir) => partitionIn(dir, path)).find((found) => found !== undefined)
  if (owner !== undefined) throw misplaced(folder, `the folder of a partition, ${owner}`)
  for (let at = path; ; at = dirname(at)) {
    if (state.options.files.stat(join(at, PARTITION_METADATA)) !== undefined) {
      throw misplaced(folder, `the folder of a partition, ${at}`)
    }
    if (!isOwn(at) && isOfAnother(state, at)) {
      throw misplaced(folder, `a log dir of another broker, ${at}`)
    }
    if (dirname(at) === at) return
  }
}

/** By its name: a dir that fails cannot be looked into. */
function partitionIn(dir: LogDir, path: string): string | undefined {
  if (!isWithin(path, dir.path)) return undefined
  const [name = ''] = relative(resolve(dir.path), path).split(sep)
  const isPartition = parsePartitionFolder(name) !== undefined || isDeletedFolder(name)
  return isPartition ? join(dir.path, name) : undefined
}

/** One that was in `log.dirs` before, or is by another name, is no other broker's. */
function isOfAnother({ dirs, options }: StoreState, folder: string): boolean {
  const found = identityOf(options.files, folder)
  if (found === undefined) return false
  if (found === 'unknown') return true
  const clusterId = dirs.find(({ isOnline }) => isOnline)?.clusterId
  return found.clusterId !== clusterId || found.nodeId !== options.nodeId
}

function identityOf(files: FileSystem, folder: string): MetaProperties | 'unknown' | undefined {
  try {
    return readMetaProperties(files, folder)
  } catch (error) {
    if (error instanceof StorageError) return 'unknown'
    throw error
  }
}

function misplaced(folder: string, where: string): StorageError {
  return new StorageError(`the journal's folder ${folder} lies in ${where}: set log.journal.dir`)
}

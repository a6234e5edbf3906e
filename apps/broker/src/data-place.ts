import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ConfigError } from '@pafka/base'
import {
  type FileSystem,
  isWithin,
  limitedFileSystem,
  memoryFileSystem,
  nodeFileSystem,
} from '@pafka/log'

import type { BrokerConfig } from './config/broker-config.ts'

/** Where a broker's files are, and what becomes of them when it stops. */
export interface DataPlace {
  readonly files: FileSystem
  readonly dirs: readonly string[]
  /** True for data that is gone when the process is. */
  readonly volatile: boolean
  readonly inMemory: boolean
  remove(): Promise<void>
}

const MEMORY_DIR = '/pafka'
const stays = async (): Promise<void> => {}

export function memoryPlace(): DataPlace {
  return {
    files: memoryFileSystem(),
    dirs: [MEMORY_DIR],
    volatile: true,
    inMemory: true,
    remove: stays,
  }
}

/** Folders of the machine's file system, made if missing. */
export function folderPlace(dirs: readonly string[]): DataPlace {
  return { files: nodeFileSystem, dirs, volatile: false, inMemory: false, remove: stays }
}

/** A fresh folder that `remove` deletes. */
export async function temporaryPlace(): Promise<DataPlace> {
  const dir = await mkdtemp(join(tmpdir(), 'pafka-'))
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true })
  return { files: nodeFileSystem, dirs: [dir], volatile: true, inMemory: false, remove }
}

/**
 * As slow as `log.limit.paths` asks for.
 * @throws {ConfigError} for a path that has nothing of the broker's: nothing would be limited
 */
export function limitedPlace(
  place: DataPlace,
  { logLimits, logJournalDir }: Pick<BrokerConfig, 'logLimits' | 'logJournalDir'>,
): DataPlace {
  if (logLimits === null) return place
  const dirs = logJournalDir === null ? place.dirs : [...place.dirs, logJournalDir]
  const strange = logLimits.folders.filter(
    (folder) => !dirs.some((dir) => isWithin(dir, folder) || isWithin(folder, dir)),
  )
  if (strange.length > 0) {
    throw new ConfigError(
      strange.map((folder) => `log.limit.paths: ${folder} has nothing of ${dirs.join(', ')}`),
    )
  }
  return { ...place, files: limitedFileSystem(place.files, logLimits) }
}

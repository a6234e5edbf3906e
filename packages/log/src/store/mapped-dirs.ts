import { join } from 'node:path'

import { type Logger, StorageError } from '@pafka/base'

import type { FileSystem } from '../files/file-system.ts'
import type { LogDir } from './log-dir.ts'
import { META_NAME } from './property-files.ts'

/**
 * Says what memory each dir is, and whether it outlives power loss.
 * @throws StorageError for one whose medium is not memory: its disk would be written page by page
 */
export function probeMappedDirs(files: FileSystem, dirs: readonly LogDir[], logger: Logger): void {
  for (const dir of dirs) {
    const { path, isOnline } = dir
    if (!isOnline) continue
    const region = files.map(join(path, META_NAME), 0)
    if (region === undefined) throw notMemory(path)
    const { isPowerSafe, persistGranularity, instructions, why } = region.capability
    region.close()
    dir.mapped = { dir: path, isPowerSafe, why }
    const said = { dir: path, isPowerSafe, persistGranularity, instructions, why }
    if (isPowerSafe) logger.info('log-dir-mapped', said)
    else logger.warn('log-dir-mapped', said)
  }
}

function notMemory(path: string): StorageError {
  return new StorageError(
    `${path} is neither persistent memory (a DAX mount) nor a file system in memory: channel ` +
      'pmem stores to memory alone; the channel journal works on any disk',
  )
}

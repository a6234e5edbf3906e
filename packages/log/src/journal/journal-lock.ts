import { join } from 'node:path'

import { StorageError } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { FileSystem, FolderLock } from '../files/file-system.ts'
import { LOCK_FILES } from '../files/folder-lock.ts'
import type { EngineHost } from './engine-host.ts'
import { FILE_NAMES } from './journal-files.ts'

/**
 * Makes a journal's folder and holds it for this process. Giving it back never rejects: who does so
 * ends. @throws StorageError when another broker has it; the system error
 */
export async function lockJournal(
  { files, logger }: Pick<EngineHost, 'files' | 'logger'>,
  folder: string,
): Promise<FolderLock> {
  files.makeFolder(folder)
  const lock = await files.lock(folder).catch((error: unknown) => {
    if (!(error instanceof StorageError)) throw error
    throw new StorageError(`a running broker uses the journal: ${error.message}`)
  })
  const failed = (error: unknown): void => {
    logger.error('journal-not-released', { folder, cause: asError(error).message })
  }
  return { release: () => lock.release().catch(failed) }
}

/** Takes its files away, and the folder when nothing else is in it. While it is locked. */
export async function removeJournal(files: FileSystem, folder: string): Promise<void> {
  for (const name of FILE_NAMES) await files.remove(join(folder, name))
  const isEmpty = files.list(folder).every((name) => LOCK_FILES.includes(name))
  if (isEmpty) await files.removeFolder(folder)
  else await files.syncFolder(folder)
}

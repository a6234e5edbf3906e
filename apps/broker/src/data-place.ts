import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type FileSystem, memoryFileSystem, nodeFileSystem } from '@pafka/log'

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

import * as fs from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, resolve as absolute } from 'node:path'

import { errnoOf } from '@pafka/base'
import { mapMedium } from '@pafka/pmem'

import type { FileStat, FileSystem, FolderLock, OpenFile, OpenMode } from './file-system.ts'
import { lockFolder } from './folder-lock.ts'
import { hastenSyncs } from './hasten-syncs.ts'
import { isInMemory } from './in-memory.ts'
import { directFlags, flagsOf, NodeFile } from './node-file.ts'
import { nodePatientCalls } from './node-patient-calls.ts'
import { unlessMissing } from './unless-missing.ts'

/** The disk, through the page cache. */
export const nodeFileSystem: FileSystem = {
  patient: nodePatientCalls,
  open(path: string, mode: OpenMode): OpenFile {
    return new NodeFile(fs.openSync(path, flagsOf(mode), 0o644), false)
  },
  openDirect(path: string, mode: OpenMode, durable: boolean): OpenFile | undefined {
    const flags = directFlags(mode, durable)
    if (flags === undefined) return undefined
    try {
      return new NodeFile(fs.openSync(path, flags, 0o644), true)
    } catch (error) {
      if (errnoOf(error) === 'EINVAL') return undefined // the file system does not take it
      throw error
    }
  },
  map: (path, reserveBytes) => mapMedium(path, { reserveBytes }),
  readFile(path: string): Uint8Array | undefined {
    // an error with its stack takes longer than a look
    if (fs.statSync(path, { throwIfNoEntry: false }) === undefined) return undefined
    return unlessMissing(() => fs.readFileSync(path))
  },
  writeFile: (path, bytes) => fs.writeFileSync(path, bytes),
  makeFolder: (path) => makeFolder(path),
  list: (path) => fs.readdirSync(path),
  stat(path: string): FileStat | undefined {
    const stat = fs.statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    return { sizeBytes: stat.size, isFolder: stat.isDirectory(), modifiedMs: stat.mtimeMs }
  },
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => rm(path, { force: true }),
  removeFolder: (path) => rm(path, { recursive: true, force: true }),
  syncFolder: (path) => syncFolder(path),
  hastenSyncs: (folder) => hastenSyncs(folder),
  isInMemory: (folder) => isInMemory(folder),
  lock: (folder): Promise<FolderLock> => lockFolder(folder),
}

/**
 * Tries each missing level once. Node's own `recursive` goes round for ever where a folder is
 * refused with ENOENT although its parent is there, as in /proc.
 */
function makeFolder(path: string): void {
  const missing: string[] = []
  for (let at = absolute(path); !isFolder(at); at = dirname(at)) {
    missing.push(at)
    if (dirname(at) === at) break
  }
  for (const folder of missing.toReversed()) {
    try {
      fs.mkdirSync(folder)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' || !isFolder(folder)) throw error
    }
  }
}

/** False as well for what cannot be looked at: making a folder there says why. */
function isFolder(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory()
  } catch {
    return false
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  fs.open(path, fs.constants.O_RDONLY, (openError, fd) => {
    if (openError !== null) return reject(openError)
    fs.fsync(fd, (syncError) => {
      fs.closeSync(fd)
      if (syncError === null) resolve()
      else reject(syncError)
    })
  })
  return promise
}

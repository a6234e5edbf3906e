import * as fs from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, resolve as absolute } from 'node:path'

import { errnoOf } from '@pafka/base'
import { mapMedium } from '@pafka/pmem'

import type { FileStat, FileSystem, FolderLock, IoDone, OpenFile, OpenMode } from './file-system.ts'
import { lockFolder } from './folder-lock.ts'
import { hastenSyncs } from './hasten-syncs.ts'
import { isInMemory } from './in-memory.ts'
import { unlessMissing } from './unless-missing.ts'

/** The disk, through the page cache. */
export const nodeFileSystem: FileSystem = {
  open(path: string, mode: OpenMode): OpenFile {
    return new NodeFile(fs.openSync(path, flagsOf(mode), 0o644), false)
  },
  openDirect(path: string, mode: OpenMode, durable: boolean): OpenFile | undefined {
    // 0 or absent where the platform knows no such flag
    const { O_DIRECT = 0, O_DSYNC = 0 } = fs.constants as Partial<typeof fs.constants>
    if (O_DIRECT === 0 || O_DSYNC === 0) return undefined
    const flags = flagsOf(mode) | O_DIRECT | (durable ? O_DSYNC : 0)
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

function flagsOf(mode: OpenMode): number {
  const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants
  return mode === 'read' ? O_RDONLY : mode === 'update' ? O_RDWR : O_RDWR | O_CREAT
}

class NodeFile implements OpenFile {
  #fd: number
  readonly #isDirect: boolean

  constructor(fd: number, isDirect: boolean) {
    this.#fd = fd
    this.#isDirect = isDirect
  }

  readNow(into: Uint8Array, positionBytes: number): number {
    let at = 0
    while (at < into.length) {
      const read = fs.readSync(this.#fd, into, at, into.length - at, positionBytes + at)
      if (read === 0) break
      at += read
      if (this.#isDirect) break
    }
    return at
  }

  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    fs.read(this.#fd, into, 0, into.length, positionBytes, (error, bytes) => {
      // a direct read cannot go on at a place that is not aligned: it was the end of the file
      const isAll = bytes === 0 || bytes === into.length || this.#isDirect
      if (error !== null || isAll) done(error, error ? 0 : bytes)
      else
        this.read(into.subarray(bytes), positionBytes + bytes, (e, more) => done(e, bytes + more))
    })
  }

  writeNow(pieces: readonly Uint8Array[], positionBytes: number): number {
    const [first] = pieces
    if (first === undefined) return 0
    if (pieces.length > 1) return fs.writevSync(this.#fd, pieces, positionBytes)
    return fs.writeSync(this.#fd, first, 0, first.length, positionBytes)
  }

  write(pieces: readonly Uint8Array[], positionBytes: number, done: IoDone): void {
    const [first] = pieces
    if (first === undefined) return done(null, 0)
    if (pieces.length > 1) return fs.writev(this.#fd, pieces, positionBytes, done)
    fs.write(this.#fd, first, 0, first.length, positionBytes, done)
  }

  truncate(sizeBytes: number): void {
    fs.ftruncateSync(this.#fd, sizeBytes)
  }

  sizeBytes(): number {
    return fs.fstatSync(this.#fd).size
  }

  sync(done: IoDone): void {
    fs.fdatasync(this.#fd, (error) => done(error, 0))
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#fd)
  }

  close(): void {
    if (this.#fd < 0) return
    const fd = this.#fd
    this.#fd = -1
    fs.closeSync(fd)
  }
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

import { StorageError } from '@pafka/base'
import type { PersistentRegion } from '@pafka/pmem'

import type { FileStat, FileSystem, FolderLock, IoDone, OpenFile, OpenMode } from './file-system.ts'
import { MemoryContents } from './memory-contents.ts'
import { SimulatedMapping } from './simulated-mapping.ts'

/** Files in memory, for tests and for brokers that live as long as one. */
export function memoryFileSystem(): FileSystem {
  return new MemoryFileSystem()
}

type Entry = MemoryContents | 'folder'

class MemoryFileSystem implements FileSystem {
  readonly #folders = new Map<string, Map<string, Entry>>([['', new Map()]])
  readonly #locks = new Set<string>()

  open(path: string, mode: OpenMode): OpenFile {
    const [folder, name] = this.#parent(path)
    let contents = folder.get(name)
    if (contents === 'folder') throw systemError('EISDIR', path)
    if (contents === undefined) {
      if (mode !== 'write') throw systemError('ENOENT', path)
      contents = new MemoryContents()
      folder.set(name, contents)
    }
    return new MemoryFile(contents)
  }

  /** There is no cache to go past. */
  openDirect(): undefined {}

  map(path: string, reserveBytes: number): PersistentRegion {
    return new SimulatedMapping(path, this.open(path, 'update'), reserveBytes)
  }

  readFile(path: string): Uint8Array | undefined {
    const contents = this.#entry(path)
    if (contents === 'folder') throw systemError('EISDIR', path)
    if (contents === undefined) return undefined
    const bytes = new Uint8Array(contents.sizeBytes)
    contents.read(bytes, 0)
    return bytes
  }

  writeFile(path: string, bytes: Uint8Array): void {
    const file = this.open(path, 'write')
    file.truncate(0)
    file.writeNow([bytes], 0)
  }

  makeFolder(path: string): void {
    let at = ''
    for (const name of parts(path)) {
      const folder = this.#folder(at)
      if (folder.get(name) instanceof MemoryContents) throw systemError('ENOTDIR', path)
      folder.set(name, 'folder')
      at = `${at}/${name}`
      if (!this.#folders.has(at)) this.#folders.set(at, new Map())
    }
  }

  list(path: string): string[] {
    return [...this.#folder(normal(path)).keys()]
  }

  stat(path: string): FileStat | undefined {
    if (normal(path) === '') return { sizeBytes: 0, isFolder: true, modifiedMs: 0 }
    const entry = this.#entry(path)
    if (entry === undefined) return undefined
    if (entry === 'folder') return { sizeBytes: 0, isFolder: true, modifiedMs: 0 }
    return { sizeBytes: entry.sizeBytes, isFolder: false, modifiedMs: 0 }
  }

  rename(from: string, to: string): void {
    const [source, sourceName] = this.#parent(from)
    const [target, targetName] = this.#parent(to)
    const entry = source.get(sourceName)
    if (entry === undefined) throw systemError('ENOENT', from)
    source.delete(sourceName)
    target.set(targetName, entry)
    if (entry === 'folder') this.#moveFolders(normal(from), normal(to))
  }

  async remove(path: string): Promise<void> {
    if (this.#entry(path) === 'folder') throw systemError('EISDIR', path)
    this.#folders.get(parentOf(normal(path)))?.delete(nameOf(normal(path)))
  }

  async removeFolder(path: string): Promise<void> {
    const at = normal(path)
    for (const folder of this.#within(at)) this.#folders.delete(folder)
    this.#folders.get(parentOf(at))?.delete(nameOf(at))
  }

  async syncFolder(path: string): Promise<void> {
    this.#folder(normal(path))
  }

  async hastenSyncs(): Promise<void> {}

  isInMemory(): boolean {
    return true
  }

  async lock(folder: string): Promise<FolderLock> {
    const at = normal(folder)
    if (this.#locks.has(at)) throw new StorageError(`data folder ${folder} is in use`)
    this.#locks.add(at)
    return { release: async () => void this.#locks.delete(at) }
  }

  #within(path: string): string[] {
    return [...this.#folders.keys()].filter((at) => at === path || at.startsWith(`${path}/`))
  }

  #moveFolders(from: string, to: string): void {
    for (const at of this.#within(from)) {
      const folder = this.#folders.get(at)
      this.#folders.delete(at)
      if (folder !== undefined) this.#folders.set(to + at.slice(from.length), folder)
    }
  }

  #folder(at: string): Map<string, Entry> {
    const folder = this.#folders.get(at)
    if (folder === undefined) throw systemError('ENOENT', at)
    return folder
  }

  #parent(path: string): [Map<string, Entry>, string] {
    const at = normal(path)
    return [this.#folder(parentOf(at)), nameOf(at)]
  }

  #entry(path: string): Entry | undefined {
    const at = normal(path)
    return this.#folders.get(parentOf(at))?.get(nameOf(at))
  }
}

class MemoryFile implements OpenFile {
  readonly #contents: MemoryContents

  constructor(contents: MemoryContents) {
    this.#contents = contents
  }

  readNow(into: Uint8Array, positionBytes: number): number {
    return this.#contents.read(into, positionBytes)
  }

  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    const bytes = this.#contents.read(into, positionBytes)
    queueMicrotask(() => done(null, bytes))
  }

  writeNow(pieces: readonly Uint8Array[], positionBytes: number): number {
    let at = positionBytes
    for (const piece of pieces) {
      this.#contents.write(piece, at)
      at += piece.length
    }
    return at - positionBytes
  }

  write(pieces: readonly Uint8Array[], positionBytes: number, done: IoDone): void {
    const bytes = this.writeNow(pieces, positionBytes)
    queueMicrotask(() => done(null, bytes))
  }

  truncate(sizeBytes: number): void {
    this.#contents.resize(sizeBytes)
  }

  sizeBytes(): number {
    return this.#contents.sizeBytes
  }

  sync(done: IoDone): void {
    queueMicrotask(() => done(null, 0))
  }

  syncNow(): void {}

  close(): void {}
}

function parts(path: string): string[] {
  return path.split(/[/\\]/).filter((part) => part !== '' && part !== '.')
}

/** Of most paths, which are normal as they are. */
const NORMAL = /^(?:\/[^/\\.][^/\\]*)+$/

/** The root is the empty string; no slash at the end. */
function normal(path: string): string {
  if (NORMAL.test(path)) return path
  const names = parts(path)
  return names.length === 0 ? '' : `/${names.join('/')}`
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}

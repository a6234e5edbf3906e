import { dirname } from 'node:path'

import { type Random, StorageError } from '@pafka/base'
import type { PersistentRegion } from '@pafka/pmem'

import {
  DIRECT_BLOCK_BYTES,
  type FileStat,
  type FileSystem,
  type FolderLock,
  type IoDone,
  type OpenFile,
  type OpenMode,
} from './file-system.ts'
import { MemoryContents } from './memory-contents.ts'
import { memoryFileSystem } from './memory-file-system.ts'
import { SimulatedMapping } from './simulated-mapping.ts'
import {
  copyContents,
  keep,
  losePower,
  mediumOf,
  type Platter,
  settle,
} from './simulated-platter.ts'

/** A change of names, undone by power loss until a folder sync. */
interface NameChange {
  /** Undefined for a file that is new. */
  readonly from: string | undefined
  /** Undefined for one that goes. */
  readonly to: string | undefined
  /** Of a new file. */
  readonly platter?: Platter
}

/** Decides about an operation before it happens: an error to fail with, or nothing. */
export type FaultRule = (operation: DiskOperation, path: string) => Error | undefined
export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'store'
  | 'truncate'
  | 'sync'
  | 'rename'
  | 'remove'

/**
 * A disk in memory that can fail to order, die under its user and lose power. What is not synced is
 * kept apart: a power cut keeps any subset of it, torn at sectors, as a real disk may.
 */
export class SimulatedDisk implements FileSystem {
  /** Asked before each operation. */
  fault: FaultRule = () => undefined
  /** No write takes more bytes than this at once. */
  longestWriteBytes: number = Number.POSITIVE_INFINITY
  /** Whether files can be opened past the page cache. */
  hasDirectIo = true
  /** Of a file system in memory: power loss leaves nothing there. */
  foldersInMemory: readonly string[] = []
  /** Folders that are disks of their own, besides the one of all others. */
  mounts: readonly string[] = []
  /** Whether files can be mapped: stores that were fenced outlive a power cut. */
  isPersistentMemory = false
  /** Whether names take a turn of the event loop to become durable. */
  hasSlowNames = false
  /** Turns of the event loop that the next operation off the thread takes. */
  slowness: () => number = () => 1
  /** Its user is gone: nothing of what is under way gets there. */
  isDead = false
  readonly #live: FileSystem
  readonly #platters: Map<string, Platter>
  readonly #durableNames: Map<string, Platter | 'folder'>
  #nameChanges: NameChange[] = []
  readonly #locks = new Set<string>()

  private constructor(
    live: FileSystem,
    platters: Map<string, Platter>,
    durableNames: Map<string, Platter | 'folder'>,
  ) {
    this.#live = live
    this.#platters = platters
    this.#durableNames = durableNames
  }

  static create(): SimulatedDisk {
    return new SimulatedDisk(memoryFileSystem(), new Map(), new Map())
  }

  /** The disk after its user was killed: all that was written is there. The old one is dead. */
  kill(): SimulatedDisk {
    this.isDead = true
    const next = new SimulatedDisk(this.#live, this.#platters, this.#durableNames)
    next.#nameChanges = this.#nameChanges
    return this.#like(next)
  }

  /** What it is stays, whatever becomes of its user. */
  #like(next: SimulatedDisk): SimulatedDisk {
    next.foldersInMemory = this.foldersInMemory
    next.mounts = this.mounts
    next.hasSlowNames = this.hasSlowNames
    next.isPersistentMemory = this.isPersistentMemory
    return next
  }

  /** The disk after power came back: of what was not synced, what chance leaves. */
  cutPower(random: Random): SimulatedDisk {
    this.isDead = true
    for (const changes of Map.groupBy(this.#nameChanges, (one) => this.#mountOf(one)).values()) {
      const kept = changes.slice(0, random.below(changes.length + 1))
      for (const change of kept) applyName(this.#durableNames, change)
    }
    const next = this.#like(SimulatedDisk.create())
    const names = [...this.#durableNames].toSorted(([a], [b]) => (a < b ? -1 : 1))
    for (const [path, platter] of names) {
      if (this.isInMemory(path)) continue
      if (platter === 'folder') {
        next.#live.makeFolder(path)
        next.#durableNames.set(path, 'folder')
        continue
      }
      losePower(platter, random)
      next.#live.makeFolder(dirname(path))
      const fresh: Platter = { contents: platter.contents, changes: [] }
      copyContents(platter.contents, next.#live.open(path, 'write'))
      next.#platters.set(path, fresh)
      next.#durableNames.set(path, fresh)
    }
    return next
  }

  open(path: string, mode: OpenMode): OpenFile {
    return new SimulatedFile(this, ...this.#open(path, mode))
  }

  openDirect(path: string, mode: OpenMode, durable: boolean): OpenFile | undefined {
    if (!this.hasDirectIo) return undefined
    const [file, name] = this.#open(path, mode)
    return new SimulatedFile(this, file, { ...name, direct: durable ? 'durable' : 'plain' })
  }

  map(path: string, reserveBytes: number): PersistentRegion | undefined {
    if (!this.isPersistentMemory) return undefined
    const [file, { platter }] = this.#open(path, 'update')
    const check = (): void => this.check('store', path)
    return new SimulatedMapping(path, file, reserveBytes, mediumOf(platter, check))
  }

  #open(path: string, mode: OpenMode): [OpenFile, SimulatedName] {
    this.check('open', path)
    const isNew = this.#live.stat(path) === undefined
    const file = this.#live.open(path, mode)
    let platter = this.#platters.get(path)
    if (platter === undefined) {
      platter = { contents: new MemoryContents(), changes: [] }
      this.#platters.set(path, platter)
    }
    if (isNew) this.#nameChanges.push({ from: undefined, to: path, platter })
    return [file, { path, platter }]
  }

  readFile(path: string): Uint8Array | undefined {
    this.check('read', path)
    return this.#live.readFile(path)
  }

  writeFile(path: string, bytes: Uint8Array): void {
    const file = this.open(path, 'write')
    file.truncate(0)
    for (let at = 0; at < bytes.length;) at += file.writeNow([bytes.subarray(at)], at)
  }

  makeFolder(path: string): void {
    this.check('open', path)
    if (this.#live.stat(path) !== undefined) return
    this.#live.makeFolder(path)
    this.#durableNames.set(path, 'folder')
  }

  list(path: string): string[] {
    this.check('read', path)
    return this.#live.list(path)
  }

  stat(path: string): FileStat | undefined {
    this.check('read', path)
    return this.#live.stat(path)
  }

  rename(from: string, to: string): void {
    this.check('rename', from)
    const isWithinOne = this.#mountOf({ from, to }) === this.#mountOf({ from: to, to })
    if (!isWithinOne) throw diskError('EXDEV', to)
    this.#live.rename(from, to)
    this.#nameChanges.push({ from, to })
    movePlatters(this.#platters, from, to)
  }

  async remove(path: string): Promise<void> {
    this.check('remove', path)
    if (this.#live.stat(path) === undefined) return
    await this.#live.remove(path)
    this.#nameChanges.push({ from: path, to: undefined })
    this.#platters.delete(path)
  }

  async removeFolder(path: string): Promise<void> {
    this.check('remove', path)
    await this.#live.removeFolder(path)
    this.#nameChanges.push({ from: path, to: undefined })
    for (const at of this.#platters.keys()) if (isWithin(at, path)) this.#platters.delete(at)
  }

  /** As a journalling file system does: names are committed in order, all that the disk has. */
  async syncFolder(path: string): Promise<void> {
    this.check('sync', path)
    if (this.hasSlowNames) await nextTurn()
    if (this.isDead) throw diskError('EIO', path)
    const mount = this.#mountOf({ from: path, to: undefined })
    const isSynced = (change: NameChange): boolean => this.#mountOf(change) === mount
    for (const change of this.#nameChanges) {
      if (isSynced(change)) applyName(this.#durableNames, change)
    }
    this.#nameChanges = this.#nameChanges.filter((change) => !isSynced(change))
  }

  #mountOf({ from, to }: NameChange): string | undefined {
    return this.mounts.find((mount) => isWithin(from ?? to ?? '', mount))
  }

  /** Nothing that is promised depends on it. */
  async hastenSyncs(): Promise<void> {}

  isInMemory(folder: string): boolean {
    return this.foldersInMemory.some((one) => isWithin(folder, one))
  }

  async lock(folder: string): Promise<FolderLock> {
    this.check('open', folder)
    if (this.#locks.has(folder)) throw new StorageError(`data folder ${folder} is in use`)
    this.#locks.add(folder)
    return { release: async () => void this.#locks.delete(folder) }
  }

  /** @throws what the rule says, or EIO on a disk that is gone. */
  check(operation: DiskOperation, path: string): void {
    if (this.isDead) throw diskError('EIO', path)
    const error = this.fault(operation, path)
    if (error !== undefined) throw error
  }
}

interface SimulatedName {
  readonly path: string
  readonly platter: Platter
  readonly direct?: 'plain' | 'durable' | undefined
}

class SimulatedFile implements OpenFile {
  readonly #disk: SimulatedDisk
  readonly #file: OpenFile
  readonly #path: string
  readonly #platter: Platter
  readonly #direct: 'plain' | 'durable' | undefined

  constructor(disk: SimulatedDisk, file: OpenFile, { path, platter, direct }: SimulatedName) {
    this.#disk = disk
    this.#file = file
    this.#path = path
    this.#platter = platter
    this.#direct = direct
  }

  readNow(into: Uint8Array, positionBytes: number): number {
    this.#checkAligned(into, positionBytes)
    this.#disk.check('read', this.#path)
    return this.#file.readNow(into, positionBytes)
  }

  read(into: Uint8Array, positionBytes: number, done: IoDone): void {
    this.#later(done, () => this.readNow(into, positionBytes))
  }

  writeNow(pieces: readonly Uint8Array[], positionBytes: number): number {
    for (const piece of pieces) this.#checkAligned(piece, positionBytes)
    this.#disk.check('write', this.#path)
    const bytes = Buffer.concat(pieces).subarray(0, this.#longestWriteBytes())
    const change = { positionBytes, bytes }
    if (this.#direct === 'durable') keep(this.#platter, change)
    else this.#platter.changes.push(change)
    return this.#file.writeNow([bytes], positionBytes)
  }

  write(pieces: readonly Uint8Array[], positionBytes: number, done: IoDone): void {
    this.#later(done, () => this.writeNow(pieces, positionBytes))
  }

  truncate(sizeBytes: number): void {
    this.#disk.check('truncate', this.#path)
    this.#platter.changes.push({ sizeBytes })
    this.#file.truncate(sizeBytes)
  }

  sizeBytes(): number {
    return this.#file.sizeBytes()
  }

  sync(done: IoDone): void {
    this.#later(done, () => {
      this.syncNow()
      return 0
    })
  }

  syncNow(): void {
    try {
      this.#disk.check('sync', this.#path)
    } catch (error) {
      // a kernel takes pages for clean whose write failed: no later sync brings them back
      if (!this.#disk.isDead) this.#platter.changes = []
      throw error
    }
    settle(this.#platter)
  }

  close(): void {
    this.#file.close()
  }

  #later(done: IoDone, action: () => number): void {
    later(done, action, this.#disk.slowness())
  }

  /** Direct writes end at a block. */
  #longestWriteBytes(): number {
    const { longestWriteBytes } = this.#disk
    if (this.#direct === undefined || !Number.isFinite(longestWriteBytes)) return longestWriteBytes
    const blocks = Math.floor(longestWriteBytes / DIRECT_BLOCK_BYTES)
    return Math.max(1, blocks) * DIRECT_BLOCK_BYTES
  }

  /** As the kernel does, with EINVAL. */
  #checkAligned(bytes: Uint8Array, positionBytes: number): void {
    if (this.#direct === undefined) return
    const all = bytes.byteOffset | bytes.length | positionBytes
    if (all % DIRECT_BLOCK_BYTES !== 0) throw diskError('EINVAL', this.#path)
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** In a later turn, as from a thread. */
function later(done: IoDone, action: () => number, turns: number): void {
  setImmediate(() => {
    if (turns > 1) return later(done, action, turns - 1)
    let bytes = 0
    try {
      bytes = action()
    } catch (error) {
      return done(error as Error, 0)
    }
    done(null, bytes)
  })
}

function applyName(names: Map<string, Platter | 'folder'>, change: NameChange): void {
  const { from, to, platter } = change
  if (from === undefined) {
    if (to !== undefined && platter !== undefined) names.set(to, platter)
    return
  }
  for (const [path, entry] of [...names]) {
    if (!isWithin(path, from)) continue
    names.delete(path)
    if (to !== undefined) names.set(to + path.slice(from.length), entry)
  }
}

function movePlatters(platters: Map<string, Platter>, from: string, to: string): void {
  for (const [path, platter] of [...platters]) {
    if (!isWithin(path, from)) continue
    platters.delete(path)
    platters.set(to + path.slice(from.length), platter)
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

export function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${path}`), { code })
}

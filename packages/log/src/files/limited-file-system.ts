import type { PersistentRegion } from '@pafka/pmem'

import { type DeviceTime, systemDeviceTime } from './device-time.ts'
import type {
  FileStat,
  FileSystem,
  FolderLock,
  OpenFile,
  OpenMode,
  PatientCalls,
} from './file-system.ts'
import { isWithin } from './is-within.ts'
import { type DeviceLimits, LimitedDevice } from './limited-device.ts'
import { LimitedFile } from './limited-file.ts'
import { RecentWrites } from './recent-writes.ts'

/** Folders, and the one slow device that they are made to lie on. */
export interface FolderLimits extends DeviceLimits {
  /** By name: links into them are not followed. */
  readonly folders: readonly string[]
  /** Not said: the system's. */
  readonly time?: DeviceTime | undefined
}

/**
 * Makes files in some folders as slow as a disk of so many bytes and operations a second:
 * `LimitedDevice` says how. Files elsewhere are those of `files` itself. In the folders
 *
 * - `read` of bytes that its own handle wrote, and that are among the last that all wrote, costs
 *   nothing, as from a page cache; any other read is one from the medium, however often it was read
 * - `readNow` through the page cache costs nothing: it is for bytes that are there
 * - direct I/O is slow as well, with or without `durable`: bytes and one operation
 * - `syncFolder` is one operation; other calls on names, and `readFile`, cost nothing
 * - nothing is mapped
 */
export function limitedFileSystem(files: FileSystem, limits: FolderLimits): FileSystem {
  return new LimitedFileSystem(files, limits)
}

class LimitedFileSystem implements FileSystem {
  readonly patient?: PatientCalls
  readonly #files: FileSystem
  readonly #folders: readonly string[]
  readonly #device: LimitedDevice
  readonly #written: RecentWrites

  constructor(files: FileSystem, limits: FolderLimits) {
    this.#files = files
    this.#folders = limits.folders
    this.#device = new LimitedDevice(limits, limits.time ?? systemDeviceTime)
    this.#written = new RecentWrites(limits.cachedBytes)
    if (files.patient !== undefined) this.patient = this.#patient(files.patient)
  }

  open(path: string, mode: OpenMode): OpenFile {
    return this.#buffered(path, this.#files.open(path, mode))
  }

  openDirect(path: string, mode: OpenMode, durable: boolean): OpenFile | undefined {
    return this.#direct(path, this.#files.openDirect(path, mode, durable))
  }

  map(path: string, reserveBytes: number): PersistentRegion | undefined {
    return this.#isLimited(path) ? undefined : this.#files.map(path, reserveBytes)
  }

  readFile(path: string): Uint8Array | undefined {
    return this.#files.readFile(path)
  }

  writeFile(path: string, bytes: Uint8Array): void {
    this.#files.writeFile(path, bytes)
    if (this.#isLimited(path)) this.#device.block(this.#device.wrote(bytes.length))
  }

  makeFolder(path: string): void {
    this.#files.makeFolder(path)
  }

  list(path: string): string[] {
    return this.#files.list(path)
  }

  stat(path: string): FileStat | undefined {
    return this.#files.stat(path)
  }

  rename(from: string, to: string): void {
    this.#files.rename(from, to)
  }

  remove(path: string): Promise<void> {
    return this.#files.remove(path)
  }

  removeFolder(path: string): Promise<void> {
    return this.#files.removeFolder(path)
  }

  async syncFolder(path: string): Promise<void> {
    if (!this.#isLimited(path)) return this.#files.syncFolder(path)
    const endMs = this.#device.operate(0, this.#device.nowMs())
    await this.#files.syncFolder(path)
    await new Promise<void>((resolve) => this.#device.at(endMs, resolve))
  }

  /** Nobody waits for it: the syncs that follow do. */
  hastenSyncs(folder: string): Promise<void> {
    if (this.#isLimited(folder)) this.#device.writeOut()
    return this.#files.hastenSyncs(folder)
  }

  isInMemory(folder: string): boolean {
    return this.#files.isInMemory(folder)
  }

  lock(folder: string): Promise<FolderLock> {
    return this.#files.lock(folder)
  }

  #isLimited(path: string): boolean {
    return this.#folders.some((folder) => isWithin(path, folder))
  }

  #buffered(path: string, file: OpenFile): OpenFile {
    if (!this.#isLimited(path)) return file
    return new LimitedFile(file, this.#device, this.#written.file())
  }

  #direct(path: string, file: OpenFile | undefined): OpenFile | undefined {
    if (file === undefined || !this.#isLimited(path)) return file
    return new LimitedFile(file, this.#device)
  }

  #patient(calls: PatientCalls): PatientCalls {
    return {
      makeFolder: (path) => calls.makeFolder(path),
      readFile: (path) => calls.readFile(path),
      rename: (from, to) => calls.rename(from, to),
      open: async (path, mode) => this.#buffered(path, await calls.open(path, mode)),
      create: async (path) => this.#buffered(path, await calls.create(path)),
      openDirect: async (path, mode) => this.#direct(path, await calls.openDirect(path, mode)),
    }
  }
}

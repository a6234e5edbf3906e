import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { constants } from 'node:os'

import type { PmemCapability } from './capability.ts'
import { fileSystemName } from './file-system-name.ts'
import type { PersistentRegion } from './persistent-region.ts'
import { PmemError } from './pmem-error.ts'
import { fallbackCapability } from './probe-pmem.ts'
import { checkBytes, checkRange, checkStore64 } from './range.ts'
import { createFile, openFile } from './region-file.ts'
import { markAsUncloneable } from './uncloneable.ts'
import { writeUint64 } from './uint64.ts'

/**
 * The region where nothing native fits: the file's bytes in memory, written back and synced. As
 * durable as the file system's fdatasync, which nobody probed, so it does not call itself
 * power-safe. Two of one file do not see each other, and a kill loses what was not persisted.
 */
export class FileRegion implements PersistentRegion {
  readonly path: string
  readonly sizeBytes: number
  readonly capability: PmemCapability
  readonly #memory: Uint8Array<ArrayBuffer>
  readonly #words: DataView
  #fd: number | undefined
  #error: PmemError | undefined
  /** What was copied and not yet synced. */
  #pendingFrom = 0
  #pendingTo = 0

  private constructor(path: string, sizeBytes: number, reason: string) {
    this.path = path
    this.sizeBytes = sizeBytes
    this.capability = fallbackCapability(fileSystemName(path), reason)
    this.#memory = new Uint8Array(sizeBytes)
    this.#words = new DataView(this.#memory.buffer)
    this.#fd = openSync(path, 'r+')
    readAll(this.#fd, this.#memory)
    markAsUncloneable(this)
  }

  /**
   * Makes a file of zeros.
   * @param reason why it is not mapped; begins the `why` of the capability
   * @throws {PmemError} EEXIST, ENOSPC and so on
   */
  static create(path: string, sizeBytes: number, reason: string): FileRegion {
    return createFile(path, sizeBytes, cannotAllocate, () => {
      return new FileRegion(path, sizeBytes, reason)
    })
  }

  /** Reads all of a file that is there. @throws {PmemError} ENOENT and so on */
  static open(path: string, reason: string): FileRegion {
    return openFile(path, (_fd, sizeBytes) => new FileRegion(path, sizeBytes, reason))
  }

  get view(): Uint8Array<ArrayBuffer> {
    if (this.#fd === undefined || this.#memory.buffer.detached) throw this.#closedError('view')
    return this.#memory
  }

  get error(): PmemError | undefined {
    return this.#error
  }

  copy(bytes: Uint8Array, at: number): void {
    checkBytes(bytes)
    checkRange(this.sizeBytes, at, bytes.length)
    this.#usable('copy into')
    if (bytes.length === 0) return
    this.#memory.set(bytes, at)
    const isFirst = this.#pendingTo === 0
    this.#pendingFrom = isFirst ? at : Math.min(this.#pendingFrom, at)
    this.#pendingTo = Math.max(this.#pendingTo, at + bytes.length)
  }

  fence(): void {
    this.#sync('fence', 0, 0)
  }

  copyAndPersist(bytes: Uint8Array, at: number): void {
    this.copy(bytes, at)
    this.fence()
  }

  persist(at: number, length: number): void {
    checkRange(this.sizeBytes, at, length)
    this.#sync('persist', at, length)
  }

  store64(at: number, value: number | bigint): void {
    checkStore64(this.sizeBytes, at, value)
    this.#usable('store into')
    writeUint64(this.#words, at, value)
    this.#sync('store into', at, 8)
  }

  prefault(at: number, length: number): void {
    checkRange(this.sizeBytes, at, length)
    this.#usable('prefault')
  }

  close(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
    if (this.#memory.buffer.detached) return
    this.#memory.buffer.transfer() // what has it now is let go
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Writes these bytes and what was copied, then syncs if there was anything. */
  #sync(what: string, at: number, length: number): void {
    const fd = this.#usable(what)
    const [from, to] = [this.#pendingFrom, this.#pendingTo]
    this.#pendingFrom = this.#pendingTo = 0
    if (length === 0 && from === to) return
    try {
      PmemError.wrap(`${what} ${this.path}`, () => {
        if (fstatSync(fd).size < this.sizeBytes) throw this.#truncatedError(what)
        writeAll(fd, this.#memory, from, to)
        writeAll(fd, this.#memory, at, at + length)
        fdatasyncSync(fd)
      })
    } catch (error) {
      // A sync that failed is not repaired by one that works: the pages may be gone.
      if (error instanceof PmemError) this.#error = error
      throw error
    }
  }

  #usable(what: string): number {
    if (this.#fd === undefined || this.#memory.buffer.detached) throw this.#closedError(what)
    if (this.#error !== undefined) throw this.#error
    return this.#fd
  }

  #truncatedError(what: string): PmemError {
    return PmemError.of(constants.errno.EIO, `${what} ${this.path}`)
  }

  #closedError(what: string): PmemError {
    return PmemError.of(constants.errno.EBADF, `${what} ${this.path}`)
  }
}

/** Node has no fallocate: the file is filled with zeros instead. */
function cannotAllocate(): number {
  return constants.errno.EOPNOTSUPP
}

function readAll(fd: number, memory: Uint8Array): void {
  for (let at = 0; at < memory.length;) {
    const length = readSync(fd, memory, at, memory.length - at, at)
    if (length === 0) throw new PmemError('EIO', 'the file ended before its size (EIO)')
    at += length
  }
}

function writeAll(fd: number, memory: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to;) at += writeSync(fd, memory, at, to - at, at)
}

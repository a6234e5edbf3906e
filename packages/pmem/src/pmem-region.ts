import { constants } from 'node:os'

import {
  checkGranularity,
  type PersistGranularity,
  type PmemCapability,
  withGranularity,
} from './capability.ts'
import {
  type Errno,
  type NativeBinding,
  type NativeGranularity,
  type NativeRegion,
  requiredBinding,
} from './native-binding.ts'
import type { PersistentRegion, RegionOptions } from './persistent-region.ts'
import { PmemError } from './pmem-error.ts'
import { probeOpened } from './probe-pmem.ts'
import { checkBytes, checkRange, checkStore64 } from './range.ts'
import { createFile, openFile } from './region-file.ts'
import { markAsUncloneable } from './uncloneable.ts'

const GRANULARITIES: Readonly<Record<PersistGranularity, NativeGranularity>> = {
  byte: 0,
  'cache-line': 1,
  page: 2,
}

/** A file, open, for the time of a constructor. */
interface OpenedFile {
  readonly path: string
  readonly fd: number
  readonly sizeBytes: number
}

/** A mapped file. Never falls back to memory that is not the file's. */
export class PmemRegion implements PersistentRegion {
  readonly path: string
  readonly sizeBytes: number
  readonly capability: PmemCapability
  readonly #native: NativeBinding
  readonly #region: NativeRegion
  /** Made when it is asked for: V8 counts all of it as memory of its own. */
  #view: Uint8Array<ArrayBuffer> | undefined
  #isClosed = false
  static #hasViews = false

  private constructor(file: OpenedFile, options: RegionOptions) {
    this.path = file.path
    this.#native = requiredBinding()
    const probed = probeOpened(file.fd, file.path)
    this.capability = withGranularity(probed, options.persistGranularity)
    const { hasMapSync, persistGranularity } = this.capability
    const granularity = GRANULARITIES[persistGranularity]
    // a sync of pages looks whether the file has all that was mapped
    const mayReserve = persistGranularity !== 'page'
    const reserveBytes = mayReserve ? (options.reserveBytes ?? 0) : 0
    this.sizeBytes = Math.max(file.sizeBytes, reserveBytes)
    const isSync = hasMapSync ? 1 : 0
    this.#region = made(
      this.#native.map(file.fd, this.sizeBytes, isSync, granularity),
      `map ${this.path}`,
    )
    // a Node that takes no foreign memory says so now, and not to somebody who reads
    if (!PmemRegion.#hasViews) PmemRegion.#hasViews = this.view.length > 0
    markAsUncloneable(this)
  }

  /**
   * Makes a file of zeros, whose blocks are all there, and maps it.
   * @throws {PmemError} EEXIST, ENOSPC, and ENOSYS where no prebuilt binary fits
   */
  static create(path: string, sizeBytes: number, options: RegionOptions = {}): PmemRegion {
    checkGranularity(options.persistGranularity)
    const native = requiredBinding()
    const allocate = (fd: number): Errno => native.allocate(fd, sizeBytes)
    const use = (fd: number): PmemRegion =>
      new PmemRegion({ path, fd, sizeBytes }, { ...options, reserveBytes: 0 })
    return createFile(path, sizeBytes, allocate, use)
  }

  /**
   * Maps all of a file that is there.
   * @throws {PmemError} ENOENT, EBUSY when it is locked, and ENOSYS where no prebuilt binary fits
   */
  static open(path: string, options: RegionOptions = {}): PmemRegion {
    checkGranularity(options.persistGranularity)
    return openFile(path, (fd, sizeBytes) => new PmemRegion({ path, fd, sizeBytes }, options))
  }

  get view(): Uint8Array<ArrayBuffer> {
    if (this.#isClosed) throw PmemError.of(constants.errno.EBADF, `view ${this.path}`)
    this.#usable('view')
    this.#view ??= new Uint8Array(made(this.#native.view(this.#region), `view of ${this.path}`))
    return this.#view
  }

  get error(): PmemError | undefined {
    const errno = this.#native.failure(this.#region)
    return errno === undefined ? undefined : PmemError.of(errno, this.path)
  }

  copy(bytes: Uint8Array, at: number): void {
    checkBytes(bytes)
    checkRange(this.sizeBytes, at, bytes.length)
    this.#usable('copy into')
    this.#check('copy into', this.#native.copy(this.#region, bytes, at, 0))
  }

  fence(): void {
    this.#usable('fence')
    this.#check('fence', this.#native.fence(this.#region))
  }

  copyAndPersist(bytes: Uint8Array, at: number): void {
    checkBytes(bytes)
    checkRange(this.sizeBytes, at, bytes.length)
    this.#usable('copy into')
    this.#check('copy into', this.#native.copy(this.#region, bytes, at, 1))
  }

  persist(at: number, length: number): void {
    checkRange(this.sizeBytes, at, length)
    this.#usable('persist')
    this.#check('persist', this.#native.persist(this.#region, at, length))
  }

  store64(at: number, value: number | bigint): void {
    checkStore64(this.sizeBytes, at, value)
    this.#usable('store into')
    this.#check('store into', this.#native.store64(this.#region, at, value))
  }

  prefault(at: number, length: number): void {
    checkRange(this.sizeBytes, at, length)
    this.#usable('prefault')
    this.#check('prefault', this.#native.prefault(this.#region, at, length))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#native.close(this.#region, this.#view?.buffer)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @throws {PmemError} EBADF when its memory was given away */
  #usable(what: string): void {
    if (this.#view?.buffer.detached !== true) return
    throw PmemError.of(constants.errno.EBADF, `${what} ${this.path}`)
  }

  #check(what: string, errno: Errno): void {
    if (errno !== undefined) throw PmemError.of(errno, `${what} ${this.path}`)
  }
}

/** What the binding made, which has a number when it made nothing. */
function made<T extends object>(result: T | number, what: string): T {
  if (typeof result === 'number') throw PmemError.of(result, what)
  return result
}

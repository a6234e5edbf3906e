import { MIB } from '@pafka/base'
import type { PersistentRegion, PmemCapability } from '@pafka/pmem'

import { asError } from '../files/as-error.ts'
import type { FileSystem } from '../files/file-system.ts'

/** Addresses behind the end of the ring that are mapped ahead of it. */
const RESERVE_BYTES = 256 * MIB

/** A ring on persistent memory: a round is stores and a fence, no call of the system. */
export class MappedRing {
  readonly capability: PmemCapability
  readonly #files: FileSystem
  readonly #path: string
  #region: PersistentRegion

  private constructor(files: FileSystem, path: string, region: PersistentRegion) {
    this.#files = files
    this.#path = path
    this.#region = region
    this.capability = region.capability
  }

  /** @returns undefined where memory is not the medium */
  static over(files: FileSystem, path: string): MappedRing | undefined {
    try {
      const region = files.map(path, RESERVE_BYTES)
      return region && new MappedRing(files, path, region)
    } catch {
      return undefined // it is written as any file, and says what is wrong
    }
  }

  /**
   * Of a round. With a barrier it is durable, as far as the medium ever is, when `done` runs.
   * @param done runs after this turn's work, without a trip through the event loop
   */
  write(
    bytes: Buffer,
    positionBytes: number,
    hasBarrier: boolean,
    done: (error: Error | null) => void,
  ): void {
    const error = this.#store(bytes, positionBytes, hasBarrier)
    queueMicrotask(() => done(error))
  }

  /** @returns why what was written so far is not durable */
  fence(): Error | undefined {
    try {
      this.#region.fence()
      return undefined
    } catch (error) {
      return asError(error)
    }
  }

  close(): void {
    this.#region.close()
  }

  #store(bytes: Buffer, positionBytes: number, hasBarrier: boolean): Error | null {
    try {
      if (positionBytes + bytes.length > this.#region.sizeBytes) this.#mapMore(bytes.length)
      this.#region.copy(bytes, positionBytes)
      if (hasBarrier) this.#region.fence()
      return null
    } catch (error) {
      return asError(error)
    }
  }

  /** The ring has grown beyond what was mapped. */
  #mapMore(bytes: number): void {
    this.#region.fence()
    const more = this.#files.map(this.#path, this.#region.sizeBytes + bytes + RESERVE_BYTES)
    if (more === undefined) throw new Error(`${this.#path} cannot be mapped any more`)
    this.#region.close()
    this.#region = more
  }
}

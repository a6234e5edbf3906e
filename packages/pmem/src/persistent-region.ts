import type { PersistGranularity, PmemCapability } from './capability.ts'
import type { PmemError } from './pmem-error.ts'

/**
 * Bytes that can be made durable in place.
 *
 * - What was copied is durable after the next `fence` (or anything that fences).
 * - What was stored through `view` is durable after a `persist` over it.
 * - What is neither may be lost, kept, or kept in part, 8 aligned bytes at a time, in any order.
 *
 * "Durable" is what `capability` says. A region belongs to one thread: posting it to another
 * throws a DataCloneError; each thread opens its own, and they share the file's memory.
 *
 * Whoever transfers the buffer of `view` takes the memory: every call but `close` throws EBADF.
 *
 * After an `error` nothing more is believed: every call throws it, the view can still be read.
 */
export interface PersistentRegion extends Disposable {
  readonly path: string
  readonly sizeBytes: number
  readonly capability: PmemCapability
  /**
   * The memory itself. Reads need no call. When the file is truncated by somebody, lost pages
   * read as zeros, and `error` says so: who must know looks at `error` after it read.
   * @throws {PmemError} EBADF when the region is closed
   */
  readonly view: Uint8Array<ArrayBuffer>
  /** Why the region is not to be believed any more. */
  readonly error: PmemError | undefined

  /**
   * Copies around the processor's cache where it can. Hot: no allocation, no promise.
   * @throws {TypeError} for anything but a Uint8Array, another typed array too
   */
  copy(bytes: Uint8Array, at: number): void
  /** Makes what was copied durable, and orders it before all that follows. */
  fence(): void
  /** `copy`, then `fence`, as one call. */
  copyAndPersist(bytes: Uint8Array, at: number): void
  /** Makes these bytes durable however they were stored, and fences. */
  persist(at: number, length: number): void
  /**
   * Stores 8 bytes, little-endian, which a power cut leaves old or new, never in between, and
   * persists them. Does not order what was copied before: `fence` first.
   * @param at a multiple of 8
   * @param value a safe integer that is not negative, or a bigint below 2^64
   */
  store64(at: number, value: number | bigint): void
  /** Pays for first touches ahead, so that later stores do not wait for page faults. */
  prefault(at: number, length: number): void

  /** Idempotent. Ends the view first: a late access reads undefined or throws. */
  close(): void
}

export interface RegionOptions {
  /** Instead of the probed one, for tests and measurements. Finer ones are not power-safe. */
  readonly persistGranularity?: PersistGranularity
  /**
   * Of `open`: bytes of addresses to have at least, for a file that grows. What lies behind its end
   * must not be touched before it has grown so far. Counts for nothing with granularity `page`, the
   * fallback's too: `sizeBytes` is then what the file has.
   */
  readonly reserveBytes?: number
}

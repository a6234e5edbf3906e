import { PmemError, type PersistentRegion, type PmemCapability } from '@pafka/pmem'

import type { OpenFile } from './file-system.ts'

const WORD_BYTES = 8

const CAPABILITY: PmemCapability = {
  persistGranularity: 'cache-line',
  isPowerSafe: true,
  hasMapSync: true,
  isDax: true,
  fileSystem: 'simulated',
  instructions: 'simulated',
  why: 'simulated: what was fenced outlives a power cut',
}

/** What becomes of stores; nothing where there is no power to lose. */
export interface Medium {
  /** Before each operation. @throws what it is to fail with */
  check(): void
  /** On its way; a power cut may leave any words of it. */
  stored(bytes: Uint8Array, positionBytes: number): void
  /** What was on its way is there. */
  fenced(): void
  /** By itself, whatever was on its way. */
  persisted(bytes: Uint8Array, positionBytes: number): void
}

/** A file in memory, as one that is mapped: a store is a write that no sync has covered. */
export class SimulatedMapping implements PersistentRegion {
  readonly path: string
  readonly sizeBytes: number
  readonly capability: PmemCapability = CAPABILITY
  error: PmemError | undefined
  readonly #file: OpenFile
  readonly #medium: Medium | undefined
  #isClosed = false

  constructor(path: string, file: OpenFile, reserveBytes: number, medium?: Medium) {
    this.path = path
    this.sizeBytes = Math.max(reserveBytes, file.sizeBytes())
    this.#file = file
    this.#medium = medium
  }

  /** As it is now: later stores do not show. */
  get view(): Uint8Array<ArrayBuffer> {
    this.#usable()
    const bytes = new Uint8Array(this.#file.sizeBytes())
    this.#file.readNow(bytes, 0)
    return bytes
  }

  copy(bytes: Uint8Array, at: number): void {
    this.#usable()
    this.#store(bytes, at)
    this.#medium?.stored(bytes.slice(), at)
  }

  fence(): void {
    this.#usable()
    this.#medium?.fenced()
  }

  copyAndPersist(bytes: Uint8Array, at: number): void {
    this.copy(bytes, at)
    this.fence()
  }

  persist(): void {
    this.fence()
  }

  store64(at: number, value: number | bigint): void {
    this.#usable()
    const word = Buffer.alloc(WORD_BYTES)
    word.writeBigUInt64LE(BigInt(value))
    this.#store(word, at)
    this.#medium?.persisted(word, at)
  }

  prefault(): void {
    this.#usable()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#file.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Memory that is not there takes the region with it, as SIGBUS would. */
  #store(bytes: Uint8Array, at: number): void {
    if (at + bytes.length <= this.#file.sizeBytes()) {
      this.#file.writeNow([bytes], at)
      return
    }
    this.error = new PmemError('EIO', `${this.path}: stored behind the end (EIO)`)
    throw this.error
  }

  #usable(): void {
    if (this.#isClosed) throw new PmemError('EBADF', `${this.path}: closed (EBADF)`)
    if (this.error !== undefined) throw this.error
    try {
      this.#medium?.check()
    } catch (cause) {
      this.error = new PmemError('EIO', `${this.path}: failed (EIO)`, { cause })
      throw this.error
    }
  }
}

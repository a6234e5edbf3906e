import { constants } from 'node:os'

import type { PmemCapability } from './capability.ts'
import type { PersistentRegion } from './persistent-region.ts'
import { PmemError } from './pmem-error.ts'
import { checkBytes, checkRange, checkStore64 } from './range.ts'
import { markAsUncloneable } from './uncloneable.ts'
import { writeUint64 } from './uint64.ts'

const WORD_BYTES = 8
const LINE_BYTES = 64

/** What the processor is about to do. A call is one or more of these. */
export type SimulatedStep = 'store' | 'flush' | 'fence'

export interface SimulatedOptions {
  /** What the medium held before, borrowed for this call; zeros without it. */
  readonly content?: Uint8Array
  /** Told before each step; when it throws, the rest of the call does not happen. */
  readonly beforeStep?: (step: SimulatedStep) => void
}

/** Bytes on their way to the medium, as they were when they set out. */
interface Flushed {
  readonly at: number
  readonly bytes: Uint8Array
}

const CAPABILITY: PmemCapability = {
  persistGranularity: 'cache-line',
  isPowerSafe: true,
  hasMapSync: false,
  isDax: false,
  fileSystem: 'simulated',
  instructions: 'simulated',
  why: 'simulated: what was persisted outlives cutPower',
}

/**
 * Persistent memory behind a processor cache that forgets. Stores land in the cache. What was
 * copied, or flushed, is on its way; a fence brings it to the medium. A power cut keeps the medium
 * and, of all else, any lines in any order, whole or torn at 8 bytes, old or new.
 *
 * It promises what was asked to be persisted and no neighbour in the same line or page, so what
 * holds here holds on every medium. A value that was stored through `view` and stored over
 * between two calls is not seen, and does not come back.
 */
export class SimulatedRegion implements PersistentRegion {
  readonly path = 'simulated'
  readonly sizeBytes: number
  readonly capability: PmemCapability = CAPABILITY
  readonly error: PmemError | undefined = undefined
  readonly #memory: Uint8Array<ArrayBuffer>
  readonly #words: DataView
  readonly #medium: Uint8Array<ArrayBuffer>
  readonly #beforeStep: (step: SimulatedStep) => void
  #flushed: Flushed[] = []
  #isClosed = false

  constructor(sizeBytes: number, options: SimulatedOptions = {}) {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
      throw new RangeError(`${sizeBytes} is no size for a region`)
    }
    this.sizeBytes = sizeBytes
    this.#medium = new Uint8Array(sizeBytes)
    if (options.content !== undefined) this.#medium.set(options.content)
    this.#memory = this.#medium.slice()
    this.#words = new DataView(this.#memory.buffer)
    this.#beforeStep = options.beforeStep ?? ((): void => {})
    markAsUncloneable(this)
  }

  get view(): Uint8Array<ArrayBuffer> {
    this.#usable('view')
    return this.#memory
  }

  copy(bytes: Uint8Array, at: number): void {
    checkBytes(bytes)
    checkRange(this.sizeBytes, at, bytes.length)
    this.#usable('copy into')
    this.#beforeStep('store')
    this.#memory.set(bytes, at)
    this.#flushed.push({ at, bytes: this.#memory.slice(at, at + bytes.length) })
  }

  fence(): void {
    this.#usable('fence')
    this.#beforeStep('fence')
    for (const { at, bytes } of this.#flushed) this.#medium.set(bytes, at)
    this.#flushed = []
  }

  copyAndPersist(bytes: Uint8Array, at: number): void {
    this.copy(bytes, at)
    this.fence()
  }

  persist(at: number, length: number): void {
    checkRange(this.sizeBytes, at, length)
    this.#usable('persist')
    this.#beforeStep('flush')
    this.#flushed.push({ at, bytes: this.#memory.slice(at, at + length) })
    this.fence()
  }

  store64(at: number, value: number | bigint): void {
    checkStore64(this.sizeBytes, at, value)
    this.#usable('store into')
    this.#beforeStep('store')
    writeUint64(this.#words, at, value)
    this.persist(at, WORD_BYTES)
  }

  prefault(at: number, length: number): void {
    checkRange(this.sizeBytes, at, length)
    this.#usable('prefault')
  }

  /**
   * The power goes, and comes back. Closes this region.
   * @param random uniform in [0, 1); the same numbers leave the same bytes
   * @returns the region as it is found after the start
   */
  cutPower(random: () => number): SimulatedRegion {
    this.#usable('cut the power of')
    const left = this.#medium.slice()
    const share = random() // of all that might have come through, from nothing to everything
    for (const flushed of this.#flushed) keepSome(left, flushed, share, random)
    keepSome(left, { at: 0, bytes: this.#memory }, share, random)
    this.close()
    return new SimulatedRegion(this.sizeBytes, { content: left })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#memory.buffer.detached) return
    this.#memory.buffer.transfer() // what has it now is let go
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #usable(what: string): void {
    if (this.#isClosed || this.#memory.buffer.detached)
      throw PmemError.of(constants.errno.EBADF, `${what} ${this.path}`)
  }
}

/** Each line comes through, or does not, or does in part. */
function keepSome(left: Uint8Array, flushed: Flushed, share: number, random: () => number): void {
  const { at, bytes } = flushed
  for (let line = at - (at % LINE_BYTES); line < at + bytes.length; line += LINE_BYTES) {
    const from = Math.max(line, at)
    const to = Math.min(line + LINE_BYTES, at + bytes.length)
    if (isSame(left, flushed, from, to)) continue
    const isTorn = random() < 0.5
    if (!isTorn) {
      if (random() < share) keep(left, flushed, from, to)
      continue
    }
    for (let word = line; word < to; word += WORD_BYTES) {
      const [start, end] = [Math.max(word, from), Math.min(word + WORD_BYTES, to)]
      if (start < end && random() < share) keep(left, flushed, start, end)
    }
  }
}

function keep(left: Uint8Array, { at, bytes }: Flushed, from: number, to: number): void {
  left.set(bytes.subarray(from - at, to - at), from)
}

function isSame(left: Uint8Array, { at, bytes }: Flushed, from: number, to: number): boolean {
  for (let position = from; position < to; position++) {
    if (left[position] !== bytes[position - at]) return false
  }
  return true
}

import { type Clock, KIB, type Timer } from '@pafka/base'

const SMALLEST_BYTES = 4 * KIB
/** Larger ones are made for the occasion. */
const LARGEST_BYTES = 16 * 1024 * KIB
const IDLE_MS = 10_000

/**
 * Read buffers for reuse, by size class: four classes to each power of two. Keeps a bounded number
 * of bytes, and lets go of them when nobody read for a while.
 */
export class BufferPool {
  readonly #clock: Clock
  readonly #limitBytes: number
  readonly #idle = new Map<number, Buffer[]>()
  #idleBytes = 0
  #taken = 0
  #shrink: Timer | undefined

  constructor(clock: Clock, limitBytes: number) {
    this.#clock = clock
    this.#limitBytes = limitBytes
  }

  get idleBytes(): number {
    return this.#idleBytes
  }

  /** @returns at least so many bytes, of any contents. Give it back once. */
  take(leastBytes: number): Buffer {
    this.#taken += 1
    const size = classOf(leastBytes)
    const found = this.#idle.get(size)?.pop()
    if (found === undefined) return Buffer.allocUnsafeSlow(size)
    this.#idleBytes -= size
    return found
  }

  give(buffer: Buffer): void {
    const size = buffer.length
    if (size > LARGEST_BYTES || this.#idleBytes + size > this.#limitBytes) return
    const idle = this.#idle.get(size)
    if (idle === undefined) this.#idle.set(size, [buffer])
    else idle.push(buffer)
    this.#idleBytes += size
    this.#shrink ??= this.#watch()
  }

  close(): void {
    this.#shrink?.cancel()
    this.#idle.clear()
    this.#idleBytes = 0
  }

  #watch(): Timer {
    const taken = this.#taken
    return this.#clock.setTimer(IDLE_MS, () => {
      this.#shrink = undefined
      if (taken === this.#taken) this.close()
      else if (this.#idleBytes > 0) this.#shrink = this.#watch()
    })
  }
}

/** The next of 2^k times 1, 1.25, 1.5 or 1.75. */
function classOf(bytes: number): number {
  if (bytes <= SMALLEST_BYTES) return SMALLEST_BYTES
  const quarter = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2)
  return Math.ceil(bytes / quarter) * quarter
}

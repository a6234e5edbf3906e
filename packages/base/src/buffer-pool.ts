import { assert } from './assert.ts'
import type { Clock, Timer } from './clock.ts'

/** Classes between one power of two and the next: at most a fifth of a fresh buffer is idle. */
const STEPS = 4

export interface BufferPoolOptions {
  readonly clock: Clock
  /** No buffer is smaller. */
  readonly smallestBytes: number
  /** Larger ones are made for the occasion. */
  readonly largestBytes: number
  /** Kept for the next who come, at most. */
  readonly limitBytes: number
  /** All of them go when nobody came for so long. */
  readonly idleMs: number
}

/**
 * Memory that is used again. Fresh memory costs a page fault per 4 KiB, and the collector looks
 * everywhere after so many bytes of it. Buffers come from size classes, the next larger ones
 * included; those of a class that was not used for longest make room for others.
 */
export class BufferPool {
  readonly #options: BufferPoolOptions
  /** None is empty; the class that was not used for longest comes first. */
  readonly #classes = new Map<number, Buffer[]>()
  #keptBytes = 0
  #taken = 0
  #shrink: Timer | undefined

  constructor(options: BufferPoolOptions) {
    this.#options = options
  }

  /** Bytes that are free and kept. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  /** @returns at least so many bytes, of any contents. Give it back once, or leave it. */
  take(leastBytes: number): Buffer {
    const { smallestBytes, largestBytes } = this.#options
    if (leastBytes > largestBytes) return Buffer.allocUnsafeSlow(leastBytes)
    this.#taken += 1
    const wanted = classOf(Math.max(leastBytes, smallestBytes))
    for (let bytes = wanted; bytes <= 2 * wanted; bytes = classOf(bytes + 1)) {
      const kept = this.#classes.get(bytes)
      if (kept !== undefined) return this.#takeFrom(kept, bytes)
    }
    return Buffer.allocUnsafeSlow(wanted)
  }

  /** Nothing may look at it any more. What is not from here is left to the collector. */
  give(buffer: Buffer): void {
    const { smallestBytes, largestBytes, limitBytes } = this.#options
    const { length } = buffer
    if (length < smallestBytes || length > largestBytes || length !== classOf(length)) return
    const kept = this.#classes.get(length) ?? []
    kept.push(buffer)
    this.#keptBytes += length
    this.#used(kept, length)
    while (this.#keptBytes > limitBytes) this.#dropOldest()
    this.#shrink ??= this.#watch()
  }

  close(): void {
    this.#shrink?.cancel()
    this.#shrink = undefined
    this.#classes.clear()
    this.#keptBytes = 0
  }

  #takeFrom(kept: Buffer[], classBytes: number): Buffer {
    const buffer = kept.pop()
    assert(buffer !== undefined, 'no class is empty')
    this.#keptBytes -= classBytes
    if (kept.length === 0) this.#classes.delete(classBytes)
    else this.#used(kept, classBytes)
    return buffer
  }

  #used(kept: Buffer[], classBytes: number): void {
    this.#classes.delete(classBytes)
    this.#classes.set(classBytes, kept)
  }

  #dropOldest(): void {
    const [oldest] = this.#classes
    assert(oldest !== undefined, 'what is kept is of a class')
    const [classBytes, kept] = oldest
    kept.pop()
    this.#keptBytes -= classBytes
    if (kept.length === 0) this.#classes.delete(classBytes)
  }

  #watch(): Timer {
    const taken = this.#taken
    const { clock, idleMs } = this.#options
    return clock.setTimer(idleMs, () => {
      this.#shrink = undefined
      if (taken === this.#taken) this.close()
      else if (this.#keptBytes > 0) this.#shrink = this.#watch()
    })
  }
}

/** The next of 2^k times 1, 1.25, 1.5 or 1.75. */
function classOf(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(bytes)) / STEPS
  return Math.ceil(bytes / step) * step
}

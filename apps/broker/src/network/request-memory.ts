import { KIB } from '@pafka/base'

import type { FramePool } from './frame-pool.ts'
import type { MemoryBudget } from './memory-budget.ts'

/** Requests up to this size are read whatever the large ones wait for. */
export const SMALL_REQUEST_BYTES: number = 64 * KIB
/** Of the budget, large requests leave so much to the small. */
const SHARE_OF_SMALL = 1 / 8

/** A connection with a large request that is not read any further. */
export interface MemoryTaker {
  /** There may be memory now: it takes it, or keeps its place. */
  takeMemory(): void
}

/**
 * Memory of the requests of all connections, from their first byte to their answer. A large one
 * has all of its memory before its body is read: what was begun can always be finished, and who
 * sends no more of it is not waiting for us. It leaves as much free as it takes, so that smaller
 * ones go on beside it. Who finds no room waits unread, and the one that has waited for longest
 * goes beyond the bound, one at a time.
 */
export class RequestMemory {
  readonly #budget: MemoryBudget
  readonly #pool: FramePool
  readonly #waiting = new Map<MemoryTaker, number>()
  /** None of those who wait wants less. */
  #leastWanted = Number.POSITIVE_INFINITY
  /** Of the one request that went beyond the bound. */
  #beyond: Buffer | undefined
  #listens = false

  constructor(budget: MemoryBudget, pool: FramePool) {
    this.#budget = budget
    this.#pool = pool
  }

  /** True when nobody may begin a request, be it small. */
  get exhausted(): boolean {
    return this.#budget.exhausted
  }

  /** Large requests that wait for memory, unread. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Calls `wake` once, when it may be exhausted no more. */
  whenFree(wake: () => void): void {
    this.#budget.whenFree(wake)
  }

  /** @returns nothing when `taker` must wait for it; it is called back then. */
  take(taker: MemoryTaker, sizeBytes: number): Buffer | undefined {
    if (sizeBytes <= SMALL_REQUEST_BYTES) return this.#take(sizeBytes)
    const fits = this.#fits(sizeBytes)
    const [oldest = taker] = this.#waiting.keys()
    if (!fits && (this.#beyond !== undefined || oldest !== taker)) {
      this.#waiting.set(taker, sizeBytes)
      this.#leastWanted = Math.min(this.#leastWanted, sizeBytes)
      this.#listen()
      return undefined
    }
    this.#waiting.delete(taker)
    const memory = this.#take(sizeBytes)
    if (!fits) this.#goBeyond(memory)
    return memory
  }

  /** Gives back what `take` gave; to `reuse` it, nothing may look at it any more. */
  give(memory: Buffer, after: 'reuse' | 'forget'): void {
    if (after === 'reuse') this.#pool.give(memory)
    const wasBeyond = memory === this.#beyond
    if (wasBeyond) {
      this.#beyond = undefined
      this.#budget.setAside(-memory.length)
    }
    this.#budget.give(memory.length)
    if (wasBeyond) this.#callWaiting()
  }

  /** True when others wait for memory of a request that came in part and took so many bytes. */
  isMissed(bytes: number): boolean {
    if (bytes > SMALL_REQUEST_BYTES && this.#waiting.size > 0) return true
    return bytes > 0 && this.#budget.exhausted && this.#budget.waiting > 0
  }

  /** The connection is gone. */
  forget(taker: MemoryTaker): void {
    if (this.#waiting.delete(taker)) this.#callWaiting() // it may have been its turn
  }

  #take(sizeBytes: number): Buffer {
    const memory = this.#pool.take(sizeBytes)
    this.#budget.take(memory.length)
    return memory
  }

  #goBeyond(memory: Buffer): void {
    this.#beyond = memory
    this.#budget.setAside(memory.length) // the small ones have theirs beside it
  }

  #fits(sizeBytes: number): boolean {
    const { freeBytes, limitBytes } = this.#budget
    return freeBytes - sizeBytes >= Math.max(sizeBytes, limitBytes * SHARE_OF_SMALL)
  }

  #mayTake(sizeBytes: number): boolean {
    return this.#beyond === undefined || this.#fits(sizeBytes)
  }

  /** In the order they came; smaller ones may pass the larger. */
  #callWaiting(): void {
    // Called for each small request that ends: most of them change nothing for those who wait.
    if (this.#mayTake(this.#leastWanted)) {
      for (const [taker, sizeBytes] of this.#waiting) {
        if (this.#mayTake(sizeBytes)) taker.takeMemory()
      }
      this.#leastWanted = Number.POSITIVE_INFINITY
      for (const bytes of this.#waiting.values()) {
        this.#leastWanted = Math.min(this.#leastWanted, bytes)
      }
    }
    if (this.#waiting.size > 0) this.#listen()
  }

  #listen(): void {
    if (this.#listens) return
    this.#listens = true
    this.#budget.whenFree(() => {
      this.#listens = false
      this.#callWaiting()
    })
  }
}

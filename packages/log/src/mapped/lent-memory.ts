import type { PersistentRegion } from '@pafka/pmem'

import type { ReadMemory } from '../read/read-memory.ts'

/** No page is smaller. */
const PAGE_BYTES = 4096

/** A region that is closed when it is not needed any more and nobody reads in it. */
export class LentMemory {
  readonly region: PersistentRegion
  #loans = 0
  #isOver = false

  constructor(region: PersistentRegion) {
    this.region = region
  }

  /** @throws PmemError when its medium failed, or its file does not reach so far any more */
  lend(positionBytes: number, lengthBytes: number): ReadMemory {
    const bytes = this.region.view.subarray(positionBytes, positionBytes + lengthBytes)
    touch(bytes, bytes.length - 1) // a file is cut from its end
    if (this.region.error !== undefined) throw this.region.error
    this.#loans += 1
    let isLent = true
    const release = (hasFaulted = false): void => {
      if (!isLent) return
      isLent = false
      // the kernel found a page missing and told nobody but its caller: the region is to know
      if (hasFaulted) for (let at = 0; at < bytes.length; at += PAGE_BYTES) touch(bytes, at)
      this.#loans -= 1
      this.#settle()
    }
    return { bytes, release }
  }

  /** Idempotent. */
  close(): void {
    this.#isOver = true
    this.#settle()
  }

  #settle(): void {
    if (this.#isOver && this.#loans === 0) this.region.close()
  }
}

/** Where a page is gone the processor says so, and the region has an error. */
function touch(bytes: Uint8Array, at: number): void {
  if (at >= 0) Atomics.load(bytes, at) // a plain load of which nobody has the value may be left out
}

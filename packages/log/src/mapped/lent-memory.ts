import type { PersistentRegion } from '@pafka/pmem'

import type { ReadMemory } from '../read/read-memory.ts'

/** A region that is closed when it is not needed any more and nobody reads in it. */
export class LentMemory {
  readonly region: PersistentRegion
  #loans = 0
  #isOver = false

  constructor(region: PersistentRegion) {
    this.region = region
  }

  /** @throws PmemError when its medium failed */
  lend(positionBytes: number, lengthBytes: number): ReadMemory {
    const bytes = this.region.view.subarray(positionBytes, positionBytes + lengthBytes)
    if (this.region.error !== undefined) throw this.region.error
    this.#loans += 1
    let isLent = true
    const release = (): void => {
      if (!isLent) return
      isLent = false
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

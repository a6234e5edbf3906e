import { BufferPool, type Clock, KIB, MIB } from '@pafka/base'
import type { FrameMemory } from '@pafka/protocol'

const SMALLEST_POOLED_BYTES = KIB
const LARGEST_POOLED_BYTES = 64 * MIB
const KEPT_BYTES = 96 * MIB
const IDLE_MS = 5000

/** Memory for request frames. Those of requests without records are left to the collector. */
export class FramePool implements FrameMemory {
  readonly #pool: BufferPool

  constructor(clock: Clock) {
    this.#pool = new BufferPool({
      clock,
      smallestBytes: SMALLEST_POOLED_BYTES,
      largestBytes: LARGEST_POOLED_BYTES,
      limitBytes: KEPT_BYTES,
      idleMs: IDLE_MS,
    })
  }

  take(sizeBytes: number): Buffer {
    if (sizeBytes < SMALLEST_POOLED_BYTES) return Buffer.allocUnsafe(sizeBytes)
    return this.#pool.take(sizeBytes)
  }

  /** Gives back what `take` gave. Nothing may look at it any more. */
  give(frame: Buffer): void {
    this.#pool.give(frame)
  }

  close(): void {
    this.#pool.close()
  }
}

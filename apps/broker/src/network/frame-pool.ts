import { type Clock, KIB, MIB } from '@pafka/base'
import type { FrameMemory } from '@pafka/protocol'

const SMALLEST_POOLED_BYTES = KIB
const LARGEST_POOLED_BYTES = 64 * MIB
const KEPT_BYTES = 96 * MIB
/** Classes between one power of two and the next: at most a fifth of a frame's memory is idle. */
const STEPS = 4
const IDLE_MS = 5000

/**
 * Memory for request frames. Fresh memory costs a page fault per 4 KiB, and the collector looks
 * everywhere after so many bytes of it: frames come from size classes that are used again. Those of
 * requests without records are left to the collector.
 */
export class FramePool implements FrameMemory {
  readonly #classes = new Map<number, Buffer[]>()
  readonly #clock: Clock
  #keptBytes = 0
  #usedSinceTrim = false
  #trimmer: { cancel(): void } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Bytes that are free and kept for the next frames. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  take(sizeBytes: number): Buffer {
    if (sizeBytes < SMALLEST_POOLED_BYTES) return Buffer.allocUnsafe(sizeBytes)
    if (sizeBytes > LARGEST_POOLED_BYTES) return Buffer.allocUnsafeSlow(sizeBytes)
    this.#usedSinceTrim = true
    const classBytes = classOf(sizeBytes)
    const kept = this.#classes.get(classBytes)?.pop()
    if (kept === undefined) return Buffer.allocUnsafeSlow(classBytes)
    this.#keptBytes -= classBytes
    return kept
  }

  /** Gives back what `take` gave. Nothing may look at it any more. */
  give(frame: Buffer): void {
    const classBytes = frame.length
    const pooled = classBytes >= SMALLEST_POOLED_BYTES && classBytes === classOf(classBytes)
    if (!pooled || this.#keptBytes + classBytes > KEPT_BYTES) return
    const free = this.#classes.get(classBytes)
    if (free === undefined) this.#classes.set(classBytes, [frame])
    else free.push(frame)
    this.#keptBytes += classBytes
    this.#trimmer ??= this.#clock.setTimer(IDLE_MS, () => this.#trim())
  }

  #trim(): void {
    this.#trimmer = undefined
    if (this.#usedSinceTrim) {
      this.#usedSinceTrim = false
      this.#trimmer = this.#clock.setTimer(IDLE_MS, () => this.#trim())
      return
    }
    this.#classes.clear()
    this.#keptBytes = 0
  }

  close(): void {
    this.#trimmer?.cancel()
    this.#trimmer = undefined
    this.#classes.clear()
    this.#keptBytes = 0
  }
}

function classOf(sizeBytes: number): number {
  const wanted = Math.max(sizeBytes, SMALLEST_POOLED_BYTES)
  const step = 2 ** Math.floor(Math.log2(wanted)) / STEPS
  return Math.ceil(wanted / step) * step
}

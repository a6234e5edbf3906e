import { SECOND_MS } from '@pafka/base'

/** One path of the fastest tier at a moment; told each second or more often. */
export interface FullPathTick {
  /** Of a clock that never goes back. */
  readonly nowMs: number
  /** Of its level: from 1 on producers are held. */
  readonly pressure: number
  readonly usedBytes: number
  /** Whether moves from it are under way. */
  readonly isGiving: boolean
}

/** So long nothing leaves it while producers wait: they wait in vain. */
const IN_VAIN_MS = 5 * SECOND_MS
/** Once full, it takes more again below this pressure: not at each small file that goes. */
const OPENS_BELOW = 0.8

/**
 * When a path takes no more. Producers that are held wait for it to be drained; where nothing
 * leaves it, since no tier has room for what it has, they are to be told instead.
 */
export class FullPath {
  #isFull = false
  #vainSinceMs: number | undefined
  #usedBytes = 0

  get isFull(): boolean {
    return this.#isFull
  }

  observe({ nowMs, pressure, usedBytes, isGiving }: FullPathTick): boolean {
    const isLess = usedBytes < this.#usedBytes
    this.#usedBytes = usedBytes
    if (isGiving || pressure < OPENS_BELOW) this.#isFull = false
    if (isGiving || isLess || pressure < 1) this.#vainSinceMs = undefined
    else this.#vainSinceMs ??= nowMs
    if (nowMs - (this.#vainSinceMs ?? nowMs) >= IN_VAIN_MS) this.#isFull = true
    return this.#isFull
  }
}

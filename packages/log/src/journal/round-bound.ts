import { MIB } from '@pafka/base'

/** Of a round, so that what arrives behind one does not wait long. */
export const ROUND_BYTES: number = MIB
/** Where a write and its barrier take long whatever they carry, and more waits than they carry. */
const SLOW_ROUND_BYTES = 4 * MIB
/** For a full round: a disk that turns, or one that is throttled. */
const SLOW_MS = 8

/** How large rounds may be: large ones are for devices to which each is dear. */
export class RoundBound {
  readonly #limitBytes: number
  #isSlow = false

  /** @param limitBytes that no round exceeds */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Of any round, however fast the device is. */
  get leastBytes(): number {
    return Math.min(ROUND_BYTES, this.#limitBytes)
  }

  /** @param isBehind others wait to be written */
  bytesFor(isBehind: boolean): number {
    return isBehind && this.#isSlow ? Math.min(SLOW_ROUND_BYTES, this.#limitBytes) : this.leastBytes
  }

  /** Small rounds tell nothing: what they take is not for their bytes. */
  wrote(bytes: number, tookMs: number): void {
    if (2 * bytes > ROUND_BYTES) this.#isSlow = tookMs > SLOW_MS
  }
}

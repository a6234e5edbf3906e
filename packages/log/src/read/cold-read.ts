export const NO_BYTES: Uint8Array = new Uint8Array(0)

export interface ColdRange {
  readonly positionBytes: number
  /** Most that is wanted. */
  readonly lengthBytes: number
  /**
   * The answer is not shorter than this, unless it reaches `endBytes`. Much less than
   * `lengthBytes` lets a reader have at once what is at hand.
   */
  readonly leastBytes: number
  /** Of the file, exclusive: bytes before it are written and never change. */
  readonly endBytes: number
  /**
   * False for a reader that holds other reads meanwhile: it gets nothing when memory is short, for
   * if all waited for what all the others hold, they would wait for ever.
   */
  readonly canWait: boolean
}

/** Bytes of a file, valid until `release()`. */
export class ColdRead {
  bytes: Uint8Array
  /**
   * Few bytes of the memory are left for those who come: who keeps this for long, to send it, makes
   * a copy or goes without.
   */
  readonly isScarce: boolean
  #release: (() => void) | undefined

  constructor(bytes: Uint8Array, release: () => void, isScarce: boolean = false) {
    this.bytes = bytes
    this.isScarce = isScarce
    this.#release = release
  }

  /** Idempotent. */
  release(): void {
    const release = this.#release
    this.#release = undefined
    this.bytes = NO_BYTES
    release?.()
  }
}

/** For metrics; counted since the start. */
export interface ColdReadStats {
  /** Reads that callers asked for and got. */
  readonly served: number
  readonly refused: number
  readonly deviceReads: number
  readonly deviceBytes: number
  readonly takenBytes: number
  readonly peakBytes: number
}

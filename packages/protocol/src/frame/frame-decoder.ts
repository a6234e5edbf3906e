import { assert, DecodeError } from '@pafka/base'

const SIZE_BYTES = 4
/** After a large frame the next one is read by its head only, so that its body is never copied. */
const HEAD_BYTES = 4096

/** Memory for frames that do not arrive in one read. */
export interface FrameMemory {
  /** At least `sizeBytes` long; its first `sizeBytes` become the frame. */
  take(sizeBytes: number): Buffer
}

export interface FrameDecoderOptions {
  /** Where reads land while no frame is half done; may be shared by all decoders of a thread. */
  readonly scratch: Buffer
  readonly memory: FrameMemory
  /** Largest frame in bytes, without its size field. A larger claim allocates nothing. */
  readonly maxFrameBytes: number
  /**
   * Called for each whole frame, without its size field, in order.
   * @param frame from `memory`; the receiver owns it, and `sizeBytes` of it count.
   */
  readonly onFrame: (frame: Buffer, sizeBytes: number) => void
}

/**
 * Cuts a byte stream into frames: int32 size, then so many bytes. Opens nothing: the caller reads
 * into `target()` and says how much came. A large body is read straight into its own memory.
 */
export class FrameDecoder {
  readonly #options: FrameDecoderOptions
  readonly #sizeField: Buffer = Buffer.alloc(SIZE_BYTES)
  #sizeFilled = 0
  #body: Buffer | undefined
  #bodyBytes = 0
  #bodyFilled = 0
  #expectLarge = false

  constructor(options: FrameDecoderOptions) {
    assert(options.scratch.length > HEAD_BYTES, 'the scratch buffer holds more than a head')
    this.#options = options
  }

  /** True between two frames: nothing received is waiting for its rest. */
  get idle(): boolean {
    return this.#body === undefined && this.#sizeFilled === 0
  }

  /** The last size field, as received; after a DecodeError what the peer said instead of a size. */
  get sizeField(): Uint8Array {
    return this.#sizeField
  }

  /** Bytes of a half-received frame. */
  get pendingBytes(): number {
    return this.#body === undefined ? this.#sizeFilled : this.#bodyFilled
  }

  /** Where the next read belongs. Valid until the next `received`. */
  target(): Buffer {
    if (this.#body !== undefined) return this.#body.subarray(this.#bodyFilled, this.#bodyBytes)
    const { scratch } = this.#options
    return this.#expectLarge ? scratch.subarray(0, HEAD_BYTES) : scratch
  }

  /**
   * Takes the first `count` bytes of the last `target()`.
   * @throws {DecodeError} on a size that is negative or above the limit; the stream is lost then.
   */
  received(count: number): void {
    if (this.#body === undefined) {
      this.#fromScratch(this.#options.scratch, count)
      return
    }
    this.#bodyFilled += count
    assert(this.#bodyFilled <= this.#bodyBytes, 'a read stays inside its target')
    if (this.#bodyFilled === this.#bodyBytes) this.#finish()
  }

  #fromScratch(scratch: Buffer, count: number): void {
    let at = 0
    while (at < count) {
      if (this.#sizeFilled < SIZE_BYTES) {
        at += this.#takeSize(scratch, at, count)
        if (this.#sizeFilled < SIZE_BYTES) return
      }
      const taken = Math.min(count - at, this.#bodyBytes)
      const body = this.#options.memory.take(this.#bodyBytes)
      scratch.copy(body, 0, at, at + taken)
      at += taken
      this.#body = body
      this.#bodyFilled = taken
      if (taken < this.#bodyBytes) return
      this.#finish()
    }
  }

  #takeSize(scratch: Buffer, at: number, count: number): number {
    const taken = Math.min(SIZE_BYTES - this.#sizeFilled, count - at)
    scratch.copy(this.#sizeField, this.#sizeFilled, at, at + taken)
    this.#sizeFilled += taken
    if (this.#sizeFilled === SIZE_BYTES) {
      const sizeBytes = this.#sizeField.readInt32BE(0)
      if (sizeBytes < 0 || sizeBytes > this.#options.maxFrameBytes) {
        throw new DecodeError(`a frame of ${sizeBytes} bytes was announced`)
      }
      this.#bodyBytes = sizeBytes
    }
    return taken
  }

  #finish(): void {
    const body = this.#body
    assert(body !== undefined, 'a finished frame has a body')
    const sizeBytes = this.#bodyBytes
    this.#expectLarge = sizeBytes >= this.#options.scratch.length
    this.#body = undefined
    this.#bodyFilled = 0
    this.#sizeFilled = 0
    this.#options.onFrame(body, sizeBytes)
  }
}

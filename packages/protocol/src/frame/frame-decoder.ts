import { assert, DecodeError } from '@pafka/base'

const SIZE_BYTES = 4
/** After a large frame the next one is read by its head only, so that its body is never copied. */
const HEAD_BYTES = 4096

/** Memory for frames that do not arrive in one read. */
export interface FrameMemory {
  /**
   * At least `sizeBytes` long; its first `sizeBytes` become the frame. Nothing when there is no
   * room, for frames larger than the scratch buffer only: read no more until `proceed` got it.
   */
  take(sizeBytes: number): Buffer | undefined
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
  /** What came of a frame that there is no memory for yet. */
  #head: Buffer | undefined
  #bodyBytes = 0
  #bodyFilled = 0
  #expectLarge = false
  /** Where the next read lands was said before the memory came: readers do not ask again. */
  #targetsBody = false

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
    if (this.#head !== undefined) return this.#head.length
    return this.#body === undefined ? this.#sizeFilled : this.#bodyFilled
  }

  /** Memory that was taken for a half-received frame. */
  get memoryBytes(): number {
    return this.#body?.length ?? 0
  }

  /** True while a frame was announced that there is no memory for. */
  get lacksMemory(): boolean {
    return this.#head !== undefined
  }

  /** Asks for the memory again that was lacking. @returns false while it still is. */
  proceed(): boolean {
    const head = this.#head
    if (head === undefined) return true
    const body = this.#options.memory.take(this.#bodyBytes)
    if (body === undefined) return false
    head.copy(body)
    this.#head = undefined
    this.#body = body
    this.#bodyFilled = head.length
    return true
  }

  /** The stream has ended. @returns the memory of a half-received frame: nobody reads into it. */
  abandon(): Buffer | undefined {
    const body = this.#body
    this.#body = undefined
    this.#head = undefined
    this.#sizeFilled = 0
    return body
  }

  /** Where the next read belongs. Valid until the next `received`. */
  target(): Buffer {
    this.#targetsBody = this.#body !== undefined
    if (this.#body !== undefined) return this.#body.subarray(this.#bodyFilled, this.#bodyBytes)
    const { scratch } = this.#options
    return this.#expectLarge ? scratch.subarray(0, HEAD_BYTES) : scratch
  }

  /**
   * Takes the first `count` bytes of the last `target()`.
   * @throws {DecodeError} on a size that is negative or above the limit; the stream is lost then.
   */
  received(count: number): void {
    if (!this.#targetsBody) {
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
      if (this.#body === undefined) {
        if (this.#sizeFilled < SIZE_BYTES) {
          at += this.#takeSize(scratch, at, count)
          if (this.#sizeFilled < SIZE_BYTES) return
        }
        if (!this.#begin(scratch.subarray(at, count))) return
      }
      at += this.#fill(scratch, at, count)
    }
  }

  /** @returns false when there is no memory: what came is kept until there is. */
  #begin(arrived: Buffer): boolean {
    const head = this.#head
    const body = head === undefined ? this.#options.memory.take(this.#bodyBytes) : undefined
    if (body === undefined) {
      this.#head = Buffer.concat([head ?? Buffer.alloc(0), arrived])
      assert(this.#head.length < this.#bodyBytes, 'only what is larger than a read lacks memory')
      return false
    }
    this.#body = body
    this.#bodyFilled = 0
    return true
  }

  #fill(scratch: Buffer, at: number, count: number): number {
    const body = this.#body
    assert(body !== undefined, 'a frame that is filled has a body')
    const taken = Math.min(count - at, this.#bodyBytes - this.#bodyFilled)
    scratch.copy(body, this.#bodyFilled, at, at + taken)
    this.#bodyFilled += taken
    if (this.#bodyFilled === this.#bodyBytes) this.#finish()
    return taken
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

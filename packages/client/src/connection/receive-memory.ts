/** Below it memory is not worth keeping. */
const LEAST_KEPT_BYTES = 256 * 1024
/** What is allocated is a multiple of it, so that it serves frames of about the same size. */
const STEP_BYTES = 1024 * 1024
/** A consumer that is done with one frame when the next has come needs two. */
const MOST_KEPT = 3
/** From this size on a frame gets memory of its own: what is kept of it keeps nothing else. */
const OWN_MEMORY_BYTES = 4096

/**
 * What the frames of one connection are received into. Whoever is done with all of a large one may
 * give its memory back: large memory that is never freed costs neither garbage collections nor the
 * system's work for new pages, which are half of what reading costs otherwise.
 */
export class ReceiveMemory {
  readonly #kept: ArrayBuffer[] = []
  /** Made here: a pool of the process is of others, too, however large it is. */
  readonly #own = new WeakSet<ArrayBufferLike>()

  /** @returns at least `sizeBytes` */
  take(sizeBytes: number): Buffer {
    if (sizeBytes < OWN_MEMORY_BYTES) return Buffer.allocUnsafe(sizeBytes)
    if (sizeBytes < LEAST_KEPT_BYTES) return Buffer.allocUnsafeSlow(sizeBytes)
    const at = this.#kept.findIndex(({ byteLength }) => byteLength >= sizeBytes)
    const [kept] = at < 0 ? [] : this.#kept.splice(at, 1)
    const memory = kept
      ? Buffer.from(kept)
      : Buffer.allocUnsafeSlow(Math.ceil(sizeBytes / STEP_BYTES) * STEP_BYTES)
    this.#own.add(memory.buffer)
    return memory
  }

  /** Views of it are of length 0 from now on: nobody sees what is received into it next. */
  give(memory: ArrayBufferLike): void {
    if (!(memory instanceof ArrayBuffer) || !this.#own.delete(memory)) return
    this.#kept.push(memory.transfer())
    // the larger ones serve more frames
    this.#kept.sort((one, other) => one.byteLength - other.byteLength)
    if (this.#kept.length > MOST_KEPT) this.#kept.shift()
  }
}

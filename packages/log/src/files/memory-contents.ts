/** Full pieces of a large file. A small file has one piece that doubles up to this. */
const CHUNK_BYTES = 64 * 1024
const FIRST_BYTES = 256

/** Bytes of one file in memory, in bounded pieces: growing never copies more than one of them. */
export class MemoryContents {
  readonly #chunks: Uint8Array[] = []
  #sizeBytes = 0

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** @returns bytes read, fewer than asked at the end. */
  read(into: Uint8Array, positionBytes: number): number {
    const count = Math.max(0, Math.min(into.length, this.#sizeBytes - positionBytes))
    for (let done = 0; done < count;) {
      const at = positionBytes + done
      const within = at % CHUNK_BYTES
      const length = Math.min(count - done, CHUNK_BYTES - within)
      const chunk = this.#chunks[Math.floor(at / CHUNK_BYTES)]
      const there = chunk?.subarray(within, within + length) ?? new Uint8Array(0)
      into.set(there, done)
      if (there.length < length) into.fill(0, done + there.length, done + length)
      done += length
    }
    return count
  }

  write(bytes: Uint8Array, positionBytes: number): void {
    for (let done = 0; done < bytes.length;) {
      const at = positionBytes + done
      const within = at % CHUNK_BYTES
      const length = Math.min(bytes.length - done, CHUNK_BYTES - within)
      const chunk = this.#chunk(Math.floor(at / CHUNK_BYTES), within + length)
      chunk.set(bytes.subarray(done, done + length), within)
      done += length
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, positionBytes + bytes.length)
  }

  /** Cuts, or grows with zeros. */
  resize(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      const kept = Math.ceil(sizeBytes / CHUNK_BYTES)
      this.#chunks.length = Math.min(this.#chunks.length, kept)
      const within = sizeBytes % CHUNK_BYTES
      if (within > 0) this.#chunks[kept - 1]?.fill(0, within)
    }
    this.#sizeBytes = sizeBytes
  }

  #chunk(index: number, needBytes: number): Uint8Array {
    while (this.#chunks.length < index) this.#chunks.push(new Uint8Array(0))
    const chunk = this.#chunks[index]
    if (chunk !== undefined && chunk.length >= needBytes) return chunk
    let size = index === 0 ? FIRST_BYTES : CHUNK_BYTES
    while (size < needBytes) size *= 2
    const grown = new Uint8Array(Math.min(CHUNK_BYTES, size))
    if (chunk !== undefined) grown.set(chunk)
    this.#chunks[index] = grown
    return grown
  }
}

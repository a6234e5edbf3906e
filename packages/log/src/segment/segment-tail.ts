import type { MemoryBlock, BlockUser } from '../memory/tail-memory.ts'

/** Bytes of a segment that are in memory. */
export interface TailPiece {
  readonly positionBytes: number
  readonly bytes: Uint8Array
  readonly block: MemoryBlock
}

/** The newest bytes of a segment, in memory; what lies before them is in its file. */
export class SegmentTail implements BlockUser {
  #pieces: TailPiece[] = []
  #first = 0

  /** Where memory begins; infinite when there is nothing. */
  get fromBytes(): number {
    return this.#pieces[this.#first]?.positionBytes ?? Number.POSITIVE_INFINITY
  }

  /** In order, without gaps. */
  add(piece: TailPiece): void {
    this.#pieces.push(piece)
    piece.block.users.add(this)
  }

  /** Copies from a position at or after `fromBytes` on. @returns bytes copied. */
  copy(into: Uint8Array, positionBytes: number): number {
    let copied = 0
    for (let at = this.#find(positionBytes); at < this.#pieces.length; at++) {
      const piece = this.#pieces[at] as TailPiece
      const from = positionBytes + copied - piece.positionBytes
      const take = Math.min(piece.bytes.length - from, into.length - copied)
      if (take <= 0) break
      into.set(
        from === 0 && take === piece.bytes.length
          ? piece.bytes
          : piece.bytes.subarray(from, from + take),
        copied,
      )
      copied += take
    }
    return copied
  }

  /** The pieces between two positions, cut to them. */
  views(fromBytes: number, toBytes: number): Uint8Array[] {
    const views: Uint8Array[] = []
    for (let at = this.#find(fromBytes); at < this.#pieces.length; at++) {
      const { positionBytes, bytes } = this.#pieces[at] as TailPiece
      if (positionBytes >= toBytes) break
      const from = Math.max(0, fromBytes - positionBytes)
      views.push(bytes.subarray(from, Math.min(bytes.length, toBytes - positionBytes)))
    }
    return views
  }

  /** Forgets what lies at or after a position: the log was cut there. */
  cut(positionBytes: number): void {
    let count = this.#pieces.length
    while (
      count > this.#first &&
      (this.#pieces[count - 1] as TailPiece).positionBytes >= positionBytes
    )
      count -= 1
    this.#pieces.length = count
  }

  /** `BlockUser`. Blocks are used anew in the order in which they were filled. */
  forget(block: MemoryBlock): void {
    while (this.#pieces[this.#first]?.block === block) this.#first += 1
    if (this.#first < 16 && this.#first < this.#pieces.length) return
    this.#pieces = this.#pieces.slice(this.#first)
    this.#first = 0
  }

  /** Index of the piece that holds a position. */
  #find(positionBytes: number): number {
    let [low, high] = [this.#first, this.#pieces.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#pieces[middle] as TailPiece).positionBytes <= positionBytes) low = middle + 1
      else high = middle
    }
    return Math.max(low - 1, this.#first)
  }
}

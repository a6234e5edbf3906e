import { isCopyDue } from '../memory/front-copies.ts'
import type { BlockUser, MemoryBlock } from '../memory/tail-memory.ts'

/**
 * The newest bytes of a segment, in memory; what lies before them is in its file. Kept as columns
 * of numbers: pieces live until their memory is used anew, and as objects the collector would move
 * every one of them.
 */
export class SegmentTail implements BlockUser {
  /** In the segment, where each piece begins; it ends where the next one does. */
  #positions: number[] = []
  /** In the memory of its block, where each piece begins. */
  #starts: number[] = []
  #blocks: MemoryBlock[] = []
  #first = 0
  #endBytes = 0

  /** Where memory begins; infinite when there is nothing. */
  get fromBytes(): number {
    return this.#positions[this.#first] ?? Number.POSITIVE_INFINITY
  }

  /** Takes note of bytes that follow those it has. They lie at `start` in the block's memory. */
  add(positionBytes: number, lengthBytes: number, block: MemoryBlock, start: number): void {
    this.#positions.push(positionBytes)
    this.#starts.push(start)
    this.#blocks.push(block)
    this.#endBytes = positionBytes + lengthBytes
    block.users.add(this)
  }

  /** Copies from a position at or after `fromBytes` on. @returns bytes copied. */
  copy(into: Uint8Array, positionBytes: number): number {
    let copied = 0
    for (let at = this.#find(positionBytes); at < this.#positions.length; at++) {
      const from = positionBytes + copied
      const take = Math.min(this.#endOf(at) - from, into.length - copied)
      if (take <= 0) break
      const start = this.#startOf(at, from)
      this.#blockOf(at).memory.copy(into, copied, start, start + take)
      copied += take
    }
    return copied
  }

  /** The pieces between two positions, cut to them. */
  views(fromBytes: number, toBytes: number): Uint8Array[] {
    const views: Uint8Array[] = []
    for (let at = this.#find(fromBytes); at < this.#positions.length; at++) {
      const from = Math.max(fromBytes, this.#positions[at] as number)
      const take = Math.min(this.#endOf(at), toBytes) - from
      if (take <= 0) break
      const start = this.#startOf(at, from)
      views.push(this.#blockOf(at).memory.subarray(start, start + take))
    }
    return views
  }

  /** Forgets what lies at or after a position: the log was cut there. */
  cut(positionBytes: number): void {
    let count = this.#positions.length
    while (count > this.#first && (this.#positions[count - 1] as number) >= positionBytes) {
      count -= 1
    }
    this.#positions.length = this.#starts.length = this.#blocks.length = count
    this.#endBytes = Math.min(this.#endBytes, positionBytes)
  }

  /** `BlockUser`. Blocks are used anew in the order in which they were filled. */
  forget(block: MemoryBlock): void {
    while (this.#blocks[this.#first] === block) this.#first += 1
    if (!isCopyDue(this.#first, this.#positions.length)) return
    this.#positions = this.#positions.slice(this.#first)
    this.#starts = this.#starts.slice(this.#first)
    this.#blocks = this.#blocks.slice(this.#first)
    this.#first = 0
  }

  #endOf(at: number): number {
    return this.#positions[at + 1] ?? this.#endBytes
  }

  /** In the memory of its block, where a position of the piece lies. */
  #startOf(at: number, positionBytes: number): number {
    return (this.#starts[at] as number) + positionBytes - (this.#positions[at] as number)
  }

  #blockOf(at: number): MemoryBlock {
    return this.#blocks[at] as MemoryBlock
  }

  /** Index of the piece that holds a position. */
  #find(positionBytes: number): number {
    let [low, high] = [this.#first, this.#positions.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#positions[middle] as number) <= positionBytes) low = middle + 1
      else high = middle
    }
    return Math.max(low - 1, this.#first)
  }
}

import { crc32 } from 'node:zlib'

import { assert, StorageError } from '@pafka/base'
import type { MovableSegment, SegmentCopy } from '@pafka/log'

/** Says when bytes may be copied. `RateBudget` is one. */
export interface MovePace {
  /** Resolves when so many bytes may be moved; false once `signal` is aborted. */
  take(bytes: number, signal: AbortSignal): Promise<boolean>
}

/** Where a move may fail. Reading is the fault of the path it comes from, the rest is not. */
export type MoveStep = 'begin' | 'read' | 'write' | 'sync' | 'read-back' | 'commit' | 'abandon'

/** `gone`: deleted, compacted or cut meanwhile. `stopped`: by its signal, and the copy is gone. */
export type MoveOutcome =
  | { readonly kind: 'moved' | 'gone' | 'stopped' }
  | { readonly kind: 'failed'; readonly step: MoveStep; readonly error: unknown }

export interface SegmentMove {
  readonly segment: MovableSegment
  /** Aligned, of whole blocks: the piece that is copied at once. Lent for the move. */
  readonly memory: Buffer
  readonly pace: MovePace
  /** Ends the move at the next step; none is cut short, and a commit that began is waited for. */
  readonly signal: AbortSignal
}

/** Direct I/O wants blocks of so many bytes at most. */
const BLOCK_BYTES = 4096
/** A byte that is moved is paid for when it is written, and when it is read back. */
const TIMES_PAID = 2

/**
 * Moves one segment. A crash after any step leaves one valid copy.
 * 1. It is copied piece by piece, and the CRC of each is noted.
 * 2. File and name of the copy are made durable.
 * 3. The copy is read back from its medium: each piece has the CRC of what was read.
 * 4. One durable record says where the segment is. From here on the copy is the segment.
 *
 * Never rejects. Before 4 a copy that cannot be finished goes; the segment is released in any case.
 */
export async function moveSegment(move: SegmentMove): Promise<MoveOutcome> {
  assert(move.memory.length % BLOCK_BYTES === 0, 'pieces are of whole blocks')
  try {
    return await new Copying(move).run()
  } finally {
    move.segment.release()
  }
}

class Copying {
  readonly #move: SegmentMove
  readonly #crcs: number[] = []
  #step: MoveStep = 'begin'

  constructor(move: SegmentMove) {
    this.#move = move
  }

  async run(): Promise<MoveOutcome> {
    let copy: SegmentCopy
    try {
      copy = await this.#move.segment.beginCopy()
    } catch (error) {
      return this.#failed(error)
    }
    const outcome = await this.#tryCopy(copy)
    // Nobody knows whether a commit that failed was one: its log does, when it is asked again.
    // One that found the segment gone has let the copy go.
    if (this.#step === 'commit') return outcome
    try {
      await copy.abandon()
      return outcome
    } catch (error) {
      return outcome.kind === 'failed' ? outcome : { kind: 'failed', step: 'abandon', error }
    }
  }

  async #tryCopy(copy: SegmentCopy): Promise<MoveOutcome> {
    try {
      const isWhole =
        (await this.#copy(copy)) && (await this.#sync(copy)) && (await this.#readBack(copy))
      if (!isWhole || this.#move.signal.aborted) return { kind: 'stopped' }
      this.#step = 'commit'
      return { kind: (await copy.commit()) ? 'moved' : 'gone' }
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** A path is not to blame for what somebody has deleted there. */
  #failed(error: unknown): MoveOutcome {
    const step = this.#step
    const isGone = step !== 'commit' && this.#move.segment.isGone
    return isGone ? { kind: 'gone' } : { kind: 'failed', step, error }
  }

  /** These return false when the move was stopped. */
  async #copy(copy: SegmentCopy): Promise<boolean> {
    const { segment } = this.#move
    return this.#eachPiece(async (positionBytes, lengthBytes) => {
      this.#step = 'read'
      const piece = await this.#piece(segment, positionBytes, lengthBytes)
      this.#crcs.push(crc32(piece))
      this.#step = 'write'
      await copy.write(piece, positionBytes)
    })
  }

  async #sync(copy: SegmentCopy): Promise<boolean> {
    this.#step = 'sync'
    await copy.sync()
    return !this.#move.signal.aborted
  }

  async #readBack(copy: SegmentCopy): Promise<boolean> {
    let at = 0
    return this.#eachPiece(async (positionBytes, lengthBytes) => {
      this.#step = 'read-back'
      this.#move.memory.fill(0, 0, lengthBytes) // what was written must not pass for what is read
      const piece = await this.#piece(copy, positionBytes, lengthBytes)
      if (crc32(piece) !== this.#crcs[at]) {
        throw new StorageError(`the copy differs from byte ${positionBytes} on`)
      }
      at += 1
    })
  }

  async #eachPiece(
    action: (positionBytes: number, lengthBytes: number) => Promise<void>,
  ): Promise<boolean> {
    const { segment, memory, pace, signal } = this.#move
    let positionBytes = 0
    while (positionBytes < segment.sizeBytes) {
      const lengthBytes = Math.min(memory.length, segment.sizeBytes - positionBytes)
      if (!(await pace.take(lengthBytes / TIMES_PAID, signal)) || signal.aborted) return false
      await action(positionBytes, lengthBytes)
      positionBytes += lengthBytes
    }
    return true
  }

  async #piece(
    from: Pick<MovableSegment, 'read'>,
    positionBytes: number,
    lengthBytes: number,
  ): Promise<Buffer> {
    const { memory } = this.#move
    const bytes = await from.read(memory, positionBytes)
    if (bytes >= lengthBytes) return memory.subarray(0, lengthBytes)
    throw new StorageError(`${bytes} of ${lengthBytes} bytes from byte ${positionBytes} on`)
  }
}

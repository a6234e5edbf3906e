import type { Socket } from 'node:net'

import { assert, errnoOf, KIB } from '@pafka/base'

import type { MemoryBudget } from './memory-budget.ts'

/** An answer up to this size is sent whatever memory the others take. */
const SMALL_ANSWER_BYTES = 64 * KIB
/** So many times the budget may be in use before large answers are refused. */
const MOST_BUDGETS = 4

/** Memory that an answer refers to, and that its owner has counted already. */
export interface BorrowedMemory {
  readonly bytes: number
  /**
   * Called once, when the kernel has the answer or the connection is gone.
   * @param hasFaulted the kernel found no memory where the answer was to be
   */
  release(hasFaulted?: boolean): void
}

/** The place of one answer in the order of its connection. */
export interface ResponseSlot {
  /**
   * Fills the place; it is sent when all before it are. Must be called exactly once.
   * @param pieces in order, borrowed until the answer left; none for a request without an answer.
   */
  complete(pieces: readonly Uint8Array[], borrowed?: BorrowedMemory): void
}

/** The same place; `onLeft` is called once, when its answer left or the connection is gone. */
export function tellWhenLeft(slot: ResponseSlot, onLeft: () => void): ResponseSlot {
  return {
    complete: (pieces, borrowed) => {
      slot.complete(pieces, {
        bytes: borrowed?.bytes ?? 0,
        release: (hasFaulted) => {
          onLeft()
          borrowed?.release(hasFaulted)
        },
      })
    },
  }
}

interface Pending {
  pieces: readonly Uint8Array[] | undefined
  borrowed: BorrowedMemory | undefined
  bytes: number
}

export interface ResponseQueueOptions {
  /** Answers of all connections that have not left, without what they borrowed. */
  readonly memory: MemoryBudget
  /** Called when an answer left, or bytes were taken by the kernel; not after a failure. */
  readonly onProgress: () => void
  /** Called instead of sending when there is no memory for an answer: the connection must go. */
  readonly onNoRoom: () => void
}

/**
 * Lets answers leave a connection in the order of its requests, whatever order they are ready in.
 */
export class ResponseQueue {
  readonly #socket: Socket
  readonly #pending: Pending[] = []
  readonly #options: ResponseQueueOptions
  #corked = false
  #closed = false
  #unsentBytes = 0

  constructor(socket: Socket, options: ResponseQueueOptions) {
    this.#socket = socket
    this.#options = options
  }

  /** Requests that have no answer on its way yet. */
  get unanswered(): number {
    return this.#pending.length
  }

  /** Bytes that are answered, but that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#unsentBytes
  }

  reserve(): ResponseSlot {
    const pending: Pending = { pieces: undefined, borrowed: undefined, bytes: 0 }
    this.#pending.push(pending)
    return { complete: (pieces, borrowed) => this.#complete(pending, pieces, borrowed) }
  }

  /** The connection is gone: gives back what waits for bytes to be sent, and sends no more. */
  close(): void {
    this.#closed = true
    for (const pending of this.#pending) if (pending.pieces !== undefined) this.#left(pending)
    this.#pending.length = 0
  }

  #complete(
    pending: Pending,
    pieces: readonly Uint8Array[],
    borrowed: BorrowedMemory | undefined,
  ): void {
    assert(pending.pieces === undefined, 'a request is answered once')
    pending.pieces = pieces
    pending.borrowed = borrowed
    if (this.#closed) {
      borrowed?.release()
      return
    }
    for (const piece of pieces) pending.bytes += piece.length
    const ownBytes = countedBytes(pending)
    const { memory, onNoRoom } = this.#options
    if (ownBytes > SMALL_ANSWER_BYTES && memory.usedBytes >= MOST_BUDGETS * memory.limitBytes) {
      pending.pieces = []
      pending.bytes = 0
      onNoRoom()
    }
    memory.take(countedBytes(pending))
    this.#unsentBytes += pending.bytes
    this.#drain()
  }

  #drain(): void {
    let answered = 0
    while (answered < this.#pending.length && this.#pending[answered]?.pieces !== undefined) {
      answered += 1
    }
    if (answered === 0) return
    for (const pending of this.#pending.splice(0, answered)) this.#send(pending)
    this.#options.onProgress()
  }

  #send(pending: Pending): void {
    const pieces = pending.pieces ?? []
    const last = pieces.length - 1
    if (last < 0) this.#left(pending)
    else this.#corkForThisTurn()
    for (const [at, piece] of pieces.entries()) {
      if (at < last) this.#socket.write(piece)
      else
        this.#socket.write(piece, (error) => {
          this.#left(pending, errnoOf(error) === 'EFAULT')
          const failed = error !== null && error !== undefined
          if (!this.#closed && !failed) this.#options.onProgress()
        })
    }
  }

  #left(pending: Pending, hasFaulted = false): void {
    this.#unsentBytes -= pending.bytes
    this.#options.memory.give(countedBytes(pending))
    pending.borrowed?.release(hasFaulted)
  }

  /** All answers of one turn of the event loop leave in one system call. */
  #corkForThisTurn(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    process.nextTick(() => {
      this.#corked = false
      this.#socket.uncork()
    })
  }
}

/** Of an answer, what nobody else counts. Must come to the same before and after it left. */
function countedBytes({ bytes, borrowed }: Pending): number {
  return Math.max(0, bytes - (borrowed?.bytes ?? 0))
}

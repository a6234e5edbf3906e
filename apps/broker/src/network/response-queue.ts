import type { Socket } from 'node:net'

import { assert } from '@pafka/base'

/** The place of one answer in the order of its connection. */
export interface ResponseSlot {
  /**
   * Fills the place; it is sent when all before it are. Must be called exactly once.
   * @param pieces in order, borrowed until `onSent`; none for a request that gets no answer.
   * @param onSent runs once, when the kernel has the bytes or the connection is gone.
   */
  complete(pieces: readonly Uint8Array[], onSent?: () => void): void
}

interface Pending {
  pieces: readonly Uint8Array[] | undefined
  onSent: (() => void) | undefined
}

/**
 * Lets answers leave a connection in the order of its requests, whatever order they are ready in.
 */
export class ResponseQueue {
  readonly #socket: Socket
  readonly #pending: Pending[] = []
  readonly #onProgress: () => void
  #corked = false
  #closed = false
  #unsentBytes = 0

  /** @param onProgress called when an answer left, or bytes were taken by the kernel. */
  constructor(socket: Socket, onProgress: () => void) {
    this.#socket = socket
    this.#onProgress = onProgress
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
    const pending: Pending = { pieces: undefined, onSent: undefined }
    this.#pending.push(pending)
    return {
      complete: (pieces, onSent) => {
        assert(pending.pieces === undefined, 'a request is answered once')
        pending.pieces = pieces
        pending.onSent = onSent
        if (this.#closed) onSent?.()
        else {
          for (const piece of pieces) this.#unsentBytes += piece.length
          this.#drain()
        }
      },
    }
  }

  /** The connection is gone: runs what waits for bytes to be sent, and sends no more. */
  close(): void {
    this.#closed = true
    for (const { onSent, pieces } of this.#pending) if (pieces !== undefined) onSent?.()
    this.#pending.length = 0
  }

  #drain(): void {
    let answered = 0
    while (answered < this.#pending.length && this.#pending[answered]?.pieces !== undefined) {
      answered += 1
    }
    if (answered === 0) return
    for (const { pieces, onSent } of this.#pending.splice(0, answered)) {
      this.#send(pieces ?? [], onSent)
    }
    this.#onProgress()
  }

  #send(pieces: readonly Uint8Array[], onSent: (() => void) | undefined): void {
    const last = pieces.length - 1
    if (last < 0) onSent?.()
    else this.#corkForThisTurn()
    let bytes = 0
    for (const [at, piece] of pieces.entries()) {
      bytes += piece.length
      if (at < last) this.#socket.write(piece)
      else
        this.#socket.write(piece, () => {
          this.#unsentBytes -= bytes
          onSent?.()
          if (!this.#closed) this.#onProgress()
        })
    }
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

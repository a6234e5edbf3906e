import type { Socket } from 'node:net'

import type { Clock, Timer } from '@pafka/base'

/** More are closed at once: each of them is a file handle. */
const MOST_SOCKETS = 1000

export interface PacedSocketsOptions {
  readonly clock: Clock
  readonly most?: number
  /** Counts one more connection. @returns for how long it is to wait, and all after it. */
  readonly waitMs: () => number
  readonly admit: (socket: Socket) => void
  /** There is no room for another that waits. */
  readonly refuse: (socket: Socket) => void
}

/**
 * Connections on their way in at one port, one after the other. Where they come faster than they
 * may, the first waits unread, and the others behind it: they come late, and none for nothing
 * (KIP-612).
 */
export class PacedSockets {
  readonly #options: PacedSocketsOptions
  readonly #waiting: Socket[] = []
  #timer: Timer | undefined

  constructor(options: PacedSocketsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.length
  }

  take(socket: Socket): void {
    const { most = MOST_SOCKETS, waitMs, admit, refuse } = this.#options
    if (this.#waiting.length >= most) return refuse(socket)
    if (this.#waiting.length > 0) {
      this.#waiting.push(socket)
      return
    }
    const forMs = waitMs()
    if (forMs === 0) return admit(socket)
    this.#waiting.push(socket)
    this.#wait(forMs)
  }

  close(): void {
    this.#timer?.cancel()
    for (const socket of this.#waiting.splice(0)) socket.destroy()
  }

  /** The first waits for its own time; each one behind it has its own after that. */
  #wait(forMs: number): void {
    this.#timer = this.#options.clock.setTimer(forMs, () => this.#next())
  }

  #next(): void {
    const { waitMs, admit } = this.#options
    for (;;) {
      const done = this.#waiting.shift()
      if (done !== undefined) admit(done)
      if (this.#waiting.length === 0) return
      const forMs = waitMs()
      if (forMs > 0) return this.#wait(forMs)
    }
  }
}

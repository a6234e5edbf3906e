import type { Socket } from 'node:net'

import type { Clock, Timer } from '@pafka/base'

/** More are closed at once: each of them is a file handle. */
const MOST_SOCKETS = 1000

/**
 * Connections that came too fast. None is read; each is closed after a while, so that a client
 * which connects again at once does not come any faster for it (KIP-612).
 */
export class RefusedSockets {
  readonly #clock: Clock
  readonly #most: number
  readonly #waiting = new Map<Socket, Timer>()

  constructor(clock: Clock, most: number = MOST_SOCKETS) {
    this.#clock = clock
    this.#most = most
  }

  get size(): number {
    return this.#waiting.size
  }

  closeLater(socket: Socket, afterMs: number): void {
    socket.on('error', () => {}) // a reset is how some of these end
    if (this.#waiting.size >= this.#most) {
      socket.destroy()
      return
    }
    const timer = this.#clock.setTimer(afterMs, () => socket.destroy())
    this.#waiting.set(socket, timer)
    socket.once('close', () => {
      timer.cancel()
      this.#waiting.delete(socket)
    })
  }

  close(): void {
    for (const socket of this.#waiting.keys()) socket.destroy()
  }
}

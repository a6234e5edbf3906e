import { connect, isIP, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

import { FrameDecoder } from '@pafka/protocol'

import { asError } from '../errors/as-error.ts'
import { ReceiveMemory } from './receive-memory.ts'
import type { TlsOptions } from './tls-options.ts'

/** A larger answer is nonsense: no broker gives more than a few fetches' worth. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024
const SCRATCH_BYTES = 64 * 1024

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

export function addressText({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export interface FrameSocketOptions {
  readonly address: BrokerAddress
  /** Undefined for a plain connection. */
  readonly tls: TlsOptions | undefined
  /** Called once: it can be written to. */
  readonly onOpen: () => void
  /** A whole frame, without its size; the receiver owns it. */
  readonly onFrame: (frame: Buffer) => void
  /** Called once: nothing comes any more, and nothing goes. @param cause of an end by failure */
  readonly onClose: (cause: Error | undefined) => void
}

/** A connection of frames: int32 size, then so many bytes, both ways. */
export class FrameSocket {
  readonly #socket: Socket
  readonly #decoder: FrameDecoder
  readonly #memory = new ReceiveMemory()
  #cause: Error | undefined

  constructor({ address, tls, onOpen, onFrame, onClose }: FrameSocketOptions) {
    const decoder = new FrameDecoder({
      scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES),
      memory: this.#memory,
      maxFrameBytes: MAX_FRAME_BYTES,
      onFrame: (frame, sizeBytes) => onFrame(frame.subarray(0, sizeBytes)),
    })
    this.#decoder = decoder
    const { host, port } = address
    const onread = {
      buffer: () => decoder.target(),
      callback: (count: number) => this.#received(count),
    }
    this.#socket =
      tls === undefined
        ? connect({ host, port, onread, noDelay: true, keepAlive: true })
        : connectSecurely({ ...nameOf(host), ...tls, host, port, onread } as TlsOptions)
    this.#socket.setNoDelay(true)
    this.#socket.once(tls === undefined ? 'connect' : 'secureConnect', onOpen)
    this.#socket.once('error', (error) => {
      this.#cause ??= error
    })
    this.#socket.once('close', () => onClose(this.#cause))
    this.#socket.once('end', () => this.#socket.destroy())
  }

  /**
   * Sends the pieces in order; they are borrowed until their answer came, or `onClose`.
   * @param gone called when the system has all of them: who gets no answer may use them again then
   */
  send(pieces: readonly Uint8Array[], gone?: (error?: Error | null) => void): void {
    const last = pieces.length - 1
    this.#socket.cork()
    for (const [at, piece] of pieces.entries()) {
      if (at === last && gone !== undefined) this.#socket.write(piece, gone)
      else this.#socket.write(piece)
    }
    this.#socket.uncork()
  }

  /** Nobody needs a frame any more: the next may be received into its memory. */
  giveBack(memory: ArrayBufferLike): void {
    this.#memory.give(memory)
  }

  /** Ends it at once. `onClose` follows. */
  close(cause?: Error): void {
    this.#cause ??= cause
    this.#socket.destroy()
  }

  /** @returns whether to go on reading */
  #received(count: number): boolean {
    try {
      this.#decoder.received(count)
      return true
    } catch (error) {
      this.close(asError(error))
      return false
    }
  }
}

/** What a certificate is asked for by; an address is no name. */
function nameOf(host: string): TlsOptions {
  return isIP(host) === 0 ? { servername: host } : {}
}

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { DecodeError, MIB } from '@pafka/base'
import {
  type Api,
  correlationIdOf,
  decodeResponseFrame,
  encodeRequestFrame,
  FrameDecoder,
} from '@pafka/protocol'

const SCRATCH_BYTES = 64 * 1024
const CLIENT_ID = 'pafka-crash'

/** What every unanswered request gets when its connection ends. */
export class ConnectionLost extends Error {}

interface Waiting {
  readonly asked: string
  readonly sinceMs: number
  answered(frame: Buffer): void
  failed(error: Error): void
}

/**
 * One connection with any number of requests under way; the broker answers them in order. Which
 * request got which answer is known exactly: what had not arrived whole when the connection ended
 * was not answered.
 */
export class Connection implements Disposable {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #closed: Promise<unknown>
  #nextCorrelationId = 1
  #isLost = false

  private constructor(socket: Socket) {
    this.#socket = socket
    const decoder = new FrameDecoder({
      scratch: Buffer.allocUnsafe(SCRATCH_BYTES),
      memory: { take: (sizeBytes) => Buffer.allocUnsafe(sizeBytes) },
      maxFrameBytes: 256 * MIB,
      onFrame: (frame, sizeBytes) => this.#answered(frame.subarray(0, sizeBytes)),
    })
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length;) {
        const copied = bytes.copy(decoder.target(), 0, at)
        decoder.received(copied)
        at += copied
      }
    })
    socket.on('error', () => {}) // 'close' follows, and a broken pipe is what is wanted here
    this.#closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('close', () => this.#lose())
  }

  static async open(host: string, port: number): Promise<Connection> {
    const socket = connect(port, host)
    await once(socket, 'connect')
    socket.setNoDelay(true)
    return new Connection(socket)
  }

  /** Resolves when everything that the broker sent has been handled and nothing more can come. */
  get closed(): Promise<unknown> {
    return this.#closed
  }

  /** Requests under way, oldest first, for people. */
  get unanswered(): readonly string[] {
    const now = performance.now()
    return [...this.#waiting].map(([id, { asked, sinceMs }]) => {
      return `${asked} ${id} for ${Math.round(now - sinceMs)} ms`
    })
  }

  /**
   * Sends one request; requests arrive in the order of the calls. Byte fields of the answer are
   * views of memory that is this call's own.
   * @throws {ConnectionLost} when the connection ends, or had ended, before the answer was there.
   */
  send<Request, Response>(
    api: Api<Request, Response>,
    version: number,
    request: Request,
  ): Promise<Response> {
    if (this.#isLost) return Promise.reject(new ConnectionLost('the connection had ended'))
    const correlationId = this.#nextCorrelationId++
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    this.#waiting.set(correlationId, {
      asked: api.name,
      sinceMs: performance.now(),
      answered: (frame) => resolve(decodeResponseFrame(api, version, frame).response),
      failed: reject,
    })
    const frame = { version, correlationId, clientId: CLIENT_ID, request }
    this.#socket.cork()
    for (const piece of encodeRequestFrame(api, frame)) this.#socket.write(piece)
    this.#socket.uncork()
    return promise
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #answered(frame: Buffer): void {
    const correlationId = correlationIdOf(frame)
    const waiting = this.#waiting.get(correlationId)
    this.#waiting.delete(correlationId)
    if (waiting === undefined) throw new DecodeError(`nobody asked for answer ${correlationId}`)
    try {
      waiting.answered(frame)
    } catch (error) {
      waiting.failed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #lose(): void {
    this.#isLost = true
    for (const waiting of this.#waiting.values()) waiting.failed(new ConnectionLost('it ended'))
    this.#waiting.clear()
  }
}

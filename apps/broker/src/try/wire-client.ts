import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { DecodeError, MIB, PafkaError } from '@pafka/base'
import {
  type Api,
  correlationIdOf,
  decodeResponseFrame,
  encodeRequestFrame,
  FrameDecoder,
} from '@pafka/protocol'

const SCRATCH_BYTES = 64 * 1024

/** One connection, plain requests: enough to try a broker, not a client to build on. */
export class WireClient implements Disposable {
  readonly #socket: Socket
  readonly #clientId: string
  readonly #waiting = new Map<
    number,
    { answered(frame: Buffer): void; failed(error: Error): void }
  >()
  #nextCorrelationId = 1

  private constructor(socket: Socket, clientId: string) {
    this.#socket = socket
    this.#clientId = clientId
    const decoder = new FrameDecoder({
      scratch: Buffer.allocUnsafe(SCRATCH_BYTES),
      memory: { take: (sizeBytes) => Buffer.allocUnsafe(sizeBytes) },
      maxFrameBytes: 128 * MIB,
      onFrame: (frame, sizeBytes) => this.#answered(frame.subarray(0, sizeBytes)),
    })
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length;) {
        const copied = chunk.copy(decoder.target(), 0, at)
        decoder.received(copied)
        at += copied
      }
    })
    socket.on('error', (error) => this.#lost(error))
    socket.on('close', () => this.#lost(new PafkaError('CONNECTION_CLOSED', 'the broker hung up')))
  }

  /** @param bootstrap `host:port`. */
  static async connect(bootstrap: string, clientId = 'pafka-try'): Promise<WireClient> {
    const colon = bootstrap.lastIndexOf(':')
    const host = bootstrap.slice(0, colon).replace(/^\[|\]$/g, '')
    const socket = connect(Number(bootstrap.slice(colon + 1)), host)
    await once(socket, 'connect')
    socket.setNoDelay(true)
    return new WireClient(socket, clientId)
  }

  /** Sends one request. Answers are views of memory that is this call's own. */
  send<Request, Response>(
    api: Api<Request, Response>,
    apiVersion: number,
    request: Request,
  ): Promise<Response> {
    const correlationId = this.#nextCorrelationId++
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    this.#waiting.set(correlationId, {
      answered: (frame) => resolve(decodeResponseFrame(api, apiVersion, frame).response),
      failed: reject,
    })
    const header = { version: apiVersion, correlationId, clientId: this.#clientId, request }
    this.#socket.cork()
    for (const piece of encodeRequestFrame(api, header)) this.#socket.write(piece)
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
    try {
      if (waiting === undefined) throw new DecodeError(`nobody asked for answer ${correlationId}`)
      waiting.answered(frame)
    } catch (error) {
      waiting?.failed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #lost(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.failed(error)
    this.#waiting.clear()
  }
}

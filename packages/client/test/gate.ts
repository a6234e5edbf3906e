import { once } from 'node:events'
import {
  type AddressInfo,
  connect,
  createServer as createPlain,
  type Server,
  type Socket,
} from 'node:net'
import { createServer as createSecure, type TlsOptions } from 'node:tls'

import {
  type Api,
  ApiVersions,
  decodeRequestHeader,
  ErrorCode,
  encodeResponseFrame,
  Metadata,
  SaslAuthenticate,
  SaslHandshake,
  WireReader,
  decodeResponseFrame,
} from '@pafka/protocol'

import { frames, movedTo, withSize } from './frames.ts'

/** What a gate demands of who comes. */
export interface GateOptions {
  /** The broker behind it. */
  readonly port: number
  readonly tls?: TlsOptions
  /** Whether what was said last is enough; an error is told. */
  readonly authenticate?: (said: string) => string | undefined
  readonly mechanisms?: readonly string[]
  readonly sessionLifetimeMs?: number
}

/** What may be asked by nobody in particular. */
const OPEN_APIS: ReadonlySet<number> = new Set([
  ApiVersions.key,
  SaslHandshake.key,
  SaslAuthenticate.key,
])

/** Stands before a broker that asks nobody who he is, and does. */
export class Gate implements AsyncDisposable {
  /** What was said to prove who one is. */
  readonly said: string[] = []
  /** How often that was enough. */
  accepted = 0
  #hangs = false
  readonly #server: Server
  readonly #options: GateOptions
  readonly #sockets = new Set<Socket>()

  constructor(options: GateOptions) {
    this.#options = options
    const serve = (socket: Socket): void => this.#serve(socket)
    this.#server = options.tls === undefined ? createPlain(serve) : createSecure(options.tls, serve)
    this.#server.on('tlsClientError', () => {})
  }

  /** @param port any by default */
  async open(port: number = 0): Promise<string> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return `localhost:${this.#port}`
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** From now on nothing passes any more, and no connection ends. */
  hang(): void {
    this.#hangs = true
  }

  /** Ends all connections there are. Others can be made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const broker = connect(this.#options.port, '127.0.0.1')
    for (const [one, other] of [
      [socket, broker],
      [broker, socket],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    const asked = new Map<number, { readonly key: number; readonly version: number }>()
    let isKnown = this.#options.authenticate === undefined
    frames(socket, (frame) => {
      if (this.#hangs) return
      const header = decodeRequestHeader(new WireReader(frame))
      const { apiKey: key, apiVersion: version, correlationId } = header
      if (!isKnown && !OPEN_APIS.has(key)) {
        socket.destroy()
        return
      }
      asked.set(correlationId, { key, version })
      const before = this.accepted
      const answer = this.#answer(frame)
      isKnown ||= this.accepted > before
      if (answer === undefined) broker.write(withSize(frame))
      else for (const piece of answer) socket.write(piece)
    })
    frames(broker, (frame) => {
      if (this.#hangs) return
      const request = asked.get(frame.readInt32BE(0))
      asked.delete(frame.readInt32BE(0))
      const { key = -1, version = 0 } = request ?? {}
      const changed =
        key === Metadata.key
          ? movedTo(this.#port, frame, version)
          : key === ApiVersions.key
            ? this.#withSasl(frame, version)
            : [withSize(frame)]
      for (const piece of changed) socket.write(piece)
    })
  }

  #withSasl(frame: Buffer, version: number): Uint8Array[] {
    const { correlationId, response } = decodeResponseFrame(ApiVersions, version, frame)
    const sasl = [SaslHandshake, SaslAuthenticate].map(({ key, minVersion, maxVersion }) => {
      return { apiKey: key, minVersion, maxVersion }
    })
    const apiKeys = [...response.apiKeys, ...sasl]
    return encodeResponseFrame(ApiVersions, version, correlationId, { ...response, apiKeys })
  }

  #answer(frame: Buffer): Uint8Array[] | undefined {
    const { authenticate, mechanisms = ['PLAIN'], sessionLifetimeMs = 0 } = this.#options
    const reader = new WireReader(frame)
    const { apiKey, apiVersion: version, correlationId } = decodeRequestHeader(reader)
    const say = <Request, Response>(
      api: Api<Request, Response>,
      response: Response,
    ): Uint8Array[] => encodeResponseFrame(api, version, correlationId, response)
    if (apiKey === SaslHandshake.key) {
      const { mechanism } = SaslHandshake.request.decode(reader, version)
      const errorCode = mechanisms.includes(mechanism) ? 0 : ErrorCode.UNSUPPORTED_SASL_MECHANISM
      return say(SaslHandshake, { errorCode, mechanisms: [...mechanisms] })
    }
    if (apiKey !== SaslAuthenticate.key) return undefined
    const { authBytes } = SaslAuthenticate.request.decode(reader, version)
    const said = Buffer.from(authBytes).toString('utf8')
    this.said.push(said)
    const errorMessage = authenticate?.(said) ?? null
    const errorCode = errorMessage === null ? 0 : ErrorCode.SASL_AUTHENTICATION_FAILED
    if (errorCode === 0) this.accepted += 1
    const empty = new Uint8Array(0)
    return say(SaslAuthenticate, { errorCode, errorMessage, authBytes: empty, sessionLifetimeMs })
  }
}

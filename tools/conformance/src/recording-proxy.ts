import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

import type { FrameSink } from './golden-frames.ts'

interface Address {
  readonly host: string
  readonly port: number
}

const SIZE_BYTES = 4

/**
 * Stands between clients and a broker, passes every byte on unchanged and hands whole frames to a
 * sink. Clients come back only when the broker advertises the address of this proxy.
 */
export class RecordingProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #broker: Address
  readonly #sockets = new Set<Socket>()
  sink: FrameSink | undefined

  private constructor(broker: Address) {
    this.#broker = broker
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async listen(own: string, broker: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(parseAddress(broker))
    const { host, port } = parseAddress(own)
    proxy.#server.listen(port, host)
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    const broker = connect(this.#broker.port, this.#broker.host)
    const asked = new Map<number, { readonly apiKey: number; readonly apiVersion: number }>()
    const requests = new FrameSplitter((frame) => {
      const api = { apiKey: frame.readInt16BE(0), apiVersion: frame.readInt16BE(2) }
      asked.set(frame.readInt32BE(4), api)
      this.sink?.take({ direction: 'request', ...api, frame })
    })
    const responses = new FrameSplitter((frame) => {
      const correlationId = frame.readInt32BE(0)
      const api = asked.get(correlationId)
      asked.delete(correlationId)
      if (api !== undefined) this.sink?.take({ direction: 'response', ...api, frame })
    })
    this.#pass(client, broker, requests)
    this.#pass(broker, client, responses)
  }

  #pass(from: Socket, to: Socket, splitter: FrameSplitter): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (bytes: Buffer) => {
      splitter.push(bytes)
      if (!to.write(bytes)) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => this.#sockets.delete(from))
  }
}

/** Cuts a stream of bytes into frames: a size in 4 bytes, then as many bytes. */
class FrameSplitter {
  readonly #take: (frame: Buffer) => void
  #pieces: Buffer[] = []
  #have = 0

  constructor(take: (frame: Buffer) => void) {
    this.#take = take
  }

  push(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#have += bytes.length
    let wanted = this.#frameBytes()
    while (wanted !== undefined && this.#have >= wanted) {
      const all = Buffer.concat(this.#pieces)
      this.#take(all.subarray(SIZE_BYTES, wanted))
      this.#pieces = [all.subarray(wanted)]
      this.#have = all.length - wanted
      wanted = this.#frameBytes()
    }
  }

  #frameBytes(): number | undefined {
    if (this.#have < SIZE_BYTES) return undefined
    const [first = Buffer.alloc(0), ...more] = this.#pieces
    const head = first.length < SIZE_BYTES ? Buffer.concat([first, ...more]) : first
    return SIZE_BYTES + head.readInt32BE(0)
  }
}

function parseAddress(address: string): Address {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
}

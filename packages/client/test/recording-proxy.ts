import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

import {
  type Api,
  decodeRequestHeader,
  decodeResponseFrame,
  encodeResponseFrame,
  Metadata,
  Produce,
  type ProduceResponsePartitionProduceResponse as ProduceAnswer,
  WireReader,
} from '@pafka/protocol'

import { frames, movedTo, withSize } from './frames.ts'

interface Recorded {
  readonly key: number
  readonly version: number
  readonly frame: Buffer
}

/** @returns what is told of a partition instead of what the broker said, if anything */
export type Retell = (answer: ProduceAnswer) => Partial<ProduceAnswer> | undefined

/** Stands between clients and a broker, which they think is here, and keeps what they ask. */
export class RecordingProxy implements AsyncDisposable {
  readonly #recorded: Recorded[] = []
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  readonly #retell: Retell | undefined

  /** @param retell asked of each answer to Produce, and each partition in it */
  constructor(bootstrap: string, retell?: Retell) {
    this.#retell = retell
    const port = Number(bootstrap.split(':').at(-1))
    this.#server = createServer((socket) => this.#serve(socket, connect(port, '127.0.0.1')))
  }

  /** @returns where clients begin */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `localhost:${this.#port}`
  }

  /** What was asked so far of that kind, in the order of its coming. */
  requests<Request, Response>(api: Api<Request, Response>): Request[] {
    return this.#recorded
      .filter(({ key }) => key === api.key)
      .map(({ frame, version }) => {
        const reader = new WireReader(frame)
        decodeRequestHeader(reader)
        return api.request.decode(reader, version)
      })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #serve(client: Socket, broker: Socket): void {
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    const asked = new Map<number, Recorded>()
    frames(client, (frame) => {
      const header = decodeRequestHeader(new WireReader(frame))
      const { apiKey: key, apiVersion: version, correlationId } = header
      const recorded = { key, version, frame }
      this.#recorded.push(recorded)
      asked.set(correlationId, recorded)
      broker.write(withSize(frame))
    })
    frames(broker, (frame) => {
      const { key = -1, version = 0 } = asked.get(frame.readInt32BE(0)) ?? {}
      asked.delete(frame.readInt32BE(0))
      for (const piece of this.#answer(key, version, frame)) client.write(piece)
    })
  }

  #answer(key: number, version: number, frame: Buffer): Uint8Array[] {
    const retell = this.#retell
    if (key === Metadata.key) return movedTo(this.#port, frame, version)
    if (key !== Produce.key || retell === undefined) return [withSize(frame)]
    const { correlationId, response } = decodeResponseFrame(Produce, version, frame)
    const responses = response.responses.map(({ partitionResponses, ...topic }) => ({
      ...topic,
      partitionResponses: partitionResponses.map((one) => ({ ...one, ...retell(one) })),
    }))
    return encodeResponseFrame(Produce, version, correlationId, { ...response, responses })
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

import type { Random } from '@pafka/base'
import {
  decodeRequestHeader,
  decodeResponseFrame,
  Fetch,
  Metadata,
  Produce,
  WireReader,
} from '@pafka/protocol'

import { frames, movedTo, withSize } from './frames.ts'

/** Bytes of a batch from here on are under its checksum. */
const CHECKED_FROM = 21
/** One frame in so many has something done to it, while there is chaos. */
const SPOILED = 10

type Request = { readonly key: number; readonly version: number }

/**
 * Stands between clients and a broker, which they think is here. While there is chaos it cuts
 * connections, in the midst of a frame too, lets frames wait, so that those of one connection come
 * before those of another, says nothing for a while, answers nonsense, and flips bits of records.
 */
export class ChaosProxy implements AsyncDisposable {
  isChaos: boolean = false
  /** What was done, by its name. */
  readonly done: Map<string, number> = new Map()
  readonly #brokerPort: number
  readonly #random: Random
  readonly #sockets = new Set<Socket>()
  /** Where clients begin; it stays. */
  #first: Server | undefined
  /** Where they are sent to; it may move. */
  #second: Server | undefined

  constructor(brokerPort: number, random: Random) {
    this.#brokerPort = brokerPort
    this.#random = random
  }

  /** @returns where clients begin */
  async open(): Promise<string> {
    this.#first = await this.#listen()
    this.#second = await this.#listen()
    return `localhost:${portOf(this.#first)}`
  }

  /** The broker is gone, and is elsewhere. */
  async move(): Promise<void> {
    const before = this.#second
    this.#second = await this.#listen()
    for (const socket of this.#sockets) socket.destroy()
    before?.close()
    this.#count('moved')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    const servers = [this.#first, this.#second].filter((server) => server !== undefined)
    await Promise.all(
      servers.map(async (server) => {
        server.close()
        await once(server, 'close')
      }),
    )
  }

  async #listen(): Promise<Server> {
    const server = createServer((socket) => this.#serve(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  #serve(client: Socket): void {
    const broker = connect(this.#brokerPort, '127.0.0.1')
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
    const asked = new Map<number, Request>()
    const toBroker = new Line(broker)
    const toClient = new Line(client)
    frames(client, (frame) => {
      const { apiKey: key, apiVersion, correlationId } = decodeRequestHeader(new WireReader(frame))
      const request = { key, version: apiVersion }
      asked.set(correlationId, request)
      this.#pass(toBroker, withSize(frame), () => flipProduced(frame, request, this.#random))
    })
    frames(broker, (frame) => {
      const request = asked.get(frame.readInt32BE(0)) ?? { key: -1, version: 0 }
      asked.delete(frame.readInt32BE(0))
      const isMetadata = request.key === Metadata.key && this.#second !== undefined
      const answer = isMetadata
        ? Buffer.concat(movedTo(portOf(this.#second), frame, request.version))
        : withSize(frame)
      this.#pass(toClient, answer, () => flipFetched(frame, request, this.#random))
    })
  }

  /** @param flip changes what is in the frame behind its size, and says whether there was any */
  #pass(line: Line, whole: Buffer, flip: () => Buffer | undefined): void {
    const random = this.#random
    if (!this.isChaos || random.below(SPOILED) > 0) {
      line.send(whole)
      return
    }
    switch (random.below(6)) {
      case 0: {
        this.#count('cut')
        line.end(whole.subarray(0, random.below(whole.length)))
        break
      }
      case 1: {
        this.#count('delayed')
        line.waitMs(1 + random.below(120))
        line.send(whole)
        break
      }
      case 2: {
        this.#count('silent')
        line.waitMs(1500)
        line.send(whole)
        break
      }
      case 3: {
        this.#count('nonsense')
        const nonsense = Buffer.from(whole)
        nonsense.writeInt32BE(random.below(2 ** 31), random.below(2) * 4)
        line.end(nonsense)
        break
      }
      case 4: {
        this.#count('in pieces')
        for (let at = 0; at < whole.length;) {
          const end = at + 1 + random.below(200)
          line.waitMs(random.below(2))
          line.send(whole.subarray(at, end))
          at = end
        }
        break
      }
      default: {
        const flipped = flip()
        if (flipped !== undefined) this.#count('flipped')
        line.send(flipped === undefined ? whole : withSize(flipped))
      }
    }
  }

  #count(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1)
  }
}

/** One way of a connection: whatever waits, what comes after it waits behind it. */
class Line {
  readonly #socket: Socket
  #last: Promise<unknown> | undefined

  constructor(socket: Socket) {
    this.#socket = socket
  }

  send(bytes: Buffer): void {
    this.#then(() => {
      if (!this.#socket.destroyed) this.#socket.write(bytes)
    })
  }

  end(bytes: Buffer): void {
    this.#then(() => {
      if (!this.#socket.destroyed) this.#socket.write(bytes, () => this.#socket.destroy())
    })
  }

  waitMs(ms: number): void {
    const before = this.#last
    const wait = new Promise((resolve) => {
      setTimeout(resolve, ms)
    })
    this.#last = before === undefined ? wait : before.then(() => wait)
  }

  #then(act: () => void): void {
    if (this.#last === undefined) {
      act()
      return
    }
    const last = this.#last.then(act)
    this.#last = last
    void last.then(() => {
      if (this.#last === last) this.#last = undefined
    })
  }
}

function portOf(server: Server | undefined): number {
  if (server === undefined) throw new TypeError('nobody listens')
  return (server.address() as AddressInfo).port
}

/** Of a batch that a client sends. @returns undefined where there is none */
function flipProduced(
  frame: Buffer,
  { key, version }: Request,
  random: Random,
): Buffer | undefined {
  if (key !== Produce.key) return undefined
  const flipped = Buffer.from(frame)
  const reader = new WireReader(flipped)
  decodeRequestHeader(reader)
  const { topicData } = Produce.request.decode(reader, version)
  const records = topicData[0]?.partitionData[0]?.records
  return flipIn(flipped, records, random)
}

/** Of a batch that a client reads. @returns undefined where there is none */
function flipFetched(frame: Buffer, { key, version }: Request, random: Random): Buffer | undefined {
  if (key !== Fetch.key) return undefined
  const flipped = Buffer.from(frame)
  const { response } = decodeResponseFrame(Fetch, version, flipped)
  return flipIn(flipped, response.responses[0]?.partitions[0]?.records, random)
}

function flipIn(frame: Buffer, records: unknown, random: Random): Buffer | undefined {
  if (!(records instanceof Uint8Array) || records.length <= CHECKED_FROM) return undefined
  const sizeBytes = 12 + Buffer.from(records).readInt32BE(8)
  const end = Math.min(records.length, sizeBytes)
  const at = CHECKED_FROM + random.below(end - CHECKED_FROM)
  records[at] = (records[at] ?? 0) ^ (1 << random.below(8))
  // what was decoded is a view of the frame
  return records.buffer === frame.buffer ? frame : undefined
}

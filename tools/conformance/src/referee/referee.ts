import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { readBatchFacts, type BatchFacts } from './batch-facts.ts'
import { array, int16, int32, int64, int8, string, Wire } from './wire.ts'

const CREATE_TOPICS = 19
const METADATA = 3
const LIST_OFFSETS = 2
const OFFSET_FETCH = 9
const FETCH = 1
const LATEST = -1
const READY_TIMEOUT_MS = 15_000

/**
 * Sets up topics and looks at the outcome, independent of every client under test and of the
 * broker's own code. Speaks to the one broker that it was pointed at: it is for clusters of one.
 */
export class Referee implements Disposable {
  readonly #socket: Socket
  readonly #waiting = new Map<number, (answer: Buffer) => void>()
  #correlationId = 0
  #pending: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
  }

  static async connect(bootstrap: string): Promise<Referee> {
    const at = bootstrap.lastIndexOf(':')
    const socket = connect(Number(bootstrap.slice(at + 1)), bootstrap.slice(0, at))
    await once(socket, 'connect')
    socket.on('error', () => socket.destroy())
    return new Referee(socket)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  /** Creates a topic and waits until every partition has a leader. */
  async createTopic(name: string, partitions: number): Promise<void> {
    const topic = [string(name), int32(partitions), int16(1), array([]), array([])]
    const body = [array([Buffer.concat(topic)]), int32(READY_TIMEOUT_MS), int8(0)]
    const answer = await this.#ask(CREATE_TOPICS, 2, Buffer.concat(body))
    answer.int32() // throttle time
    answer.array(() => {
      answer.string()
      expectNone(answer.int16(), `create topic ${name}`)
      answer.string()
    })
    const ready = async (): Promise<boolean> => (await this.#topics()).get(name) === partitions
    await until(ready, `topic ${name} has leaders`)
  }

  /** Waits until a topic is gone, which Kafka may tell a moment after it said so. */
  async expectDeleted(name: string): Promise<void> {
    await until(async () => !(await this.#topics()).has(name), `topic ${name} is deleted`)
  }

  /** @returns the log end offset of each partition. */
  async endOffsets(topic: string, partitions: number): Promise<number[]> {
    const asked = Array.from({ length: partitions }, (_, partition) =>
      Buffer.concat([int32(partition), int64(LATEST)]),
    )
    const topics = array([Buffer.concat([string(topic), array(asked)])])
    const answer = await this.#ask(LIST_OFFSETS, 1, Buffer.concat([int32(-1), topics]))
    const ends = Array.from({ length: partitions }, () => -1)
    answer.array(() => {
      answer.string()
      answer.array(() => {
        const partition = answer.int32()
        expectNone(answer.int16(), `list offsets of ${topic} [${partition}]`)
        answer.int64()
        ends[partition] = answer.int64()
      })
    })
    return ends
  }

  /** @returns the committed offset of each partition, -1 where there is none. */
  async committedOffsets(group: string, topic: string, partitions: number): Promise<number[]> {
    const asked = Array.from({ length: partitions }, (_, partition) => int32(partition))
    const topics = array([Buffer.concat([string(topic), array(asked)])])
    const answer = await this.#ask(OFFSET_FETCH, 1, Buffer.concat([string(group), topics]))
    const offsets = Array.from({ length: partitions }, () => -1)
    answer.array(() => {
      answer.string()
      answer.array(() => {
        const partition = answer.int32()
        offsets[partition] = answer.int64()
        answer.string()
        expectNone(answer.int16(), `committed offset of ${topic} [${partition}]`)
      })
    })
    return offsets
  }

  /** Reads a whole partition. @returns its batches as the log holds them. */
  async batches(topic: string, partition: number, endOffset: number): Promise<BatchFacts[]> {
    const facts: BatchFacts[] = []
    for (let offset = 0; offset < endOffset; offset = facts.at(-1)?.nextOffset ?? endOffset) {
      const come = readBatchFacts(await this.#fetch(topic, partition, offset))
      if (come.length === 0) throw new Error(`${topic} [${partition}]: nothing at ${offset}`)
      facts.push(...come)
    }
    return facts
  }

  async #fetch(topic: string, partition: number, offset: number): Promise<Buffer> {
    const place = Buffer.concat([int32(partition), int64(offset), int32(8 << 20)])
    const topics = array([Buffer.concat([string(topic), array([place])])])
    const limits = [int32(-1), int32(500), int32(1), int32(8 << 20), int8(0)]
    const answer = await this.#ask(FETCH, 4, Buffer.concat([...limits, topics]))
    answer.int32()
    let records: Buffer = Buffer.alloc(0)
    answer.array(() => {
      answer.string()
      answer.array(() => {
        answer.int32()
        expectNone(answer.int16(), `fetch ${topic} [${partition}] at ${offset}`)
        answer.int64()
        answer.int64()
        answer.array(() => [answer.int64(), answer.int64()])
        records = answer.bytes()
      })
    })
    return records
  }

  /** Name and number of partitions that have a leader, of every topic. */
  async #topics(): Promise<Map<string, number>> {
    const answer = await this.#ask(METADATA, 1, int32(-1))
    answer.array(() => [answer.int32(), answer.string(), answer.int32(), answer.string()])
    answer.int32()
    const topics = new Map<string, number>()
    answer.array(() => {
      answer.int16()
      const name = answer.string() ?? ''
      answer.int8()
      const leaders = answer.array(() => {
        const error = answer.int16()
        answer.int32()
        const leader = answer.int32()
        answer.array(() => answer.int32())
        answer.array(() => answer.int32())
        return error === 0 && leader >= 0
      })
      topics.set(name, leaders.filter(Boolean).length)
    })
    return topics
  }

  async #ask(apiKey: number, version: number, body: Buffer): Promise<Wire> {
    const id = ++this.#correlationId
    const header = [int16(apiKey), int16(version), int32(id), string('referee')]
    const frame = Buffer.concat([...header, body])
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const closed = (): void => reject(new Error(`closed on API ${apiKey} version ${version}`))
    this.#waiting.set(id, resolve)
    this.#socket.once('close', closed)
    this.#socket.write(Buffer.concat([int32(frame.length), frame]))
    try {
      return new Wire(await promise)
    } finally {
      this.#socket.off('close', closed)
    }
  }

  #receive(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes])
    while (this.#pending.length >= 8) {
      const end = 4 + this.#pending.readInt32BE(0)
      if (this.#pending.length < end) return
      const id = this.#pending.readInt32BE(4)
      this.#waiting.get(id)?.(this.#pending.subarray(8, end))
      this.#waiting.delete(id)
      this.#pending = this.#pending.subarray(end)
    }
  }
}

function expectNone(errorCode: number, what: string): void {
  if (errorCode !== 0) throw new Error(`${what}: error ${errorCode}`)
}

/** Asks again until it is so. @throws after `limitMs`, naming what did not come true. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  limitMs: number = READY_TIMEOUT_MS,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so after ${limitMs} ms: ${what}`)
    await sleep(100)
  }
}

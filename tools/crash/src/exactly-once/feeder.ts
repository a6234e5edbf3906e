import { setTimeout as sleep } from 'node:timers/promises'

import { type Random } from '@pafka/base'
import { encodeRecordBatch, ErrorCode, errorName, InitProducerId, ZERO_UUID } from '@pafka/protocol'

import { Finding } from '../ledger/finding.ts'
import { produce } from '../load/stored-topics.ts'
import { Connection, ConnectionLost } from '../wire/connection.ts'

const MOST_RECORDS = 10
const KEYS = 10
const RETRY_MS = 50
const INIT_PRODUCER_ID_VERSION = 4

interface FeederOptions {
  readonly topic: string
  readonly partitions: number
  readonly random: Random
  readonly mostPauseMs: number
  readonly address: () => { readonly host: string; readonly port: number }
}

/** Somebody who fills a topic, whatever becomes of the broker meanwhile. */
export interface Source {
  /** Values that were acknowledged. */
  readonly acked: ReadonlySet<string>
  /** Ends when what it had begun is acknowledged. */
  stop(): Promise<void>
}

/** An idempotent producer of ours: it sends a batch again until it has an ack. */
export class Feeder implements Source {
  readonly acked: Set<string> = new Set()
  readonly #options: FeederOptions
  readonly #sequences: number[]
  readonly #running: Promise<void>
  #producerId = -1
  #connection: Connection | undefined
  #sent = 0
  #isStopped = false

  constructor(options: FeederOptions) {
    this.#options = options
    this.#sequences = Array.from({ length: options.partitions }, () => 0)
    this.#running = this.#run()
    this.#running.catch(() => {}) // `stop` tells of it
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    try {
      await this.#running
    } finally {
      this.#connection?.[Symbol.dispose]()
    }
  }

  async #run(): Promise<void> {
    const { random, topic, partitions, mostPauseMs } = this.#options
    this.#producerId = await this.#persistently((connection) => this.#init(connection))
    while (!this.#isStopped) {
      const partition = random.below(partitions)
      const values = Array.from({ length: 1 + random.below(MOST_RECORDS) }, () => {
        return `${topic}/${this.#sent++}`
      })
      await this.#persistently((connection) => this.#send(connection, partition, values))
      this.#sequences[partition] = (this.#sequences[partition] ?? 0) + values.length
      for (const value of values) this.acked.add(value)
      await sleep(random.below(mostPauseMs))
    }
  }

  async #init(connection: Connection): Promise<number | undefined> {
    const { errorCode, producerId } = await connection.send(
      InitProducerId,
      INIT_PRODUCER_ID_VERSION,
      {
        transactionalId: null,
        transactionTimeoutMs: 60_000,
        producerId: -1,
        producerEpoch: -1,
        enable2Pc: false,
        keepPreparedTxn: false,
      },
    )
    return errorCode === ErrorCode.NONE ? producerId : undefined
  }

  /** @returns undefined when it is to be sent again */
  async #send(
    connection: Connection,
    partition: number,
    values: readonly string[],
  ): Promise<true | undefined> {
    const { topic } = this.#options
    const timestamp = Date.now()
    const records = encodeRecordBatch({
      records: values.map((value) => {
        const number = Number(value.slice(value.lastIndexOf('/') + 1))
        return { timestamp, key: Buffer.from(`k${number % KEYS}`), value: Buffer.from(value) }
      }),
      producerId: this.#producerId,
      producerEpoch: 0,
      baseSequence: this.#sequences[partition] ?? 0,
    })
    const partitionData = [{ index: partition, records }]
    const { responses } = await produce(connection, -1, [
      { name: topic, topicId: ZERO_UUID, partitionData },
    ])
    const errorCode = responses[0]?.partitionResponses[0]?.errorCode
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      return true
    }
    const fatal: (number | undefined)[] = [
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      ErrorCode.INVALID_PRODUCER_EPOCH,
      ErrorCode.CORRUPT_MESSAGE,
    ]
    if (!fatal.includes(errorCode)) return undefined
    throw new Finding('refused', `${topic}-${partition}`, errorName(errorCode ?? -1))
  }

  async #persistently<T>(ask: (connection: Connection) => Promise<T | undefined>): Promise<T> {
    for (;;) {
      try {
        const { host, port } = this.#options.address()
        this.#connection ??= await Connection.open(host, port)
        const answer = await ask(this.#connection)
        if (answer !== undefined) return answer
      } catch (error) {
        if (error instanceof Finding) throw error
        if (!(error instanceof ConnectionLost) && !isRefused(error)) throw error
        this.#connection?.[Symbol.dispose]()
        this.#connection = undefined
      }
      await sleep(RETRY_MS)
    }
  }
}

function isRefused(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE'
}

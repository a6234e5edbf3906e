import { ErrorCode } from '@pafka/protocol'

import type { TopicMetadata } from '../../cluster/cluster-metadata.ts'
import { Producer as EngineProducer } from '../../producer/producer.ts'
import type { Transaction as EngineTransaction } from '../../producer/transactions/transaction.ts'
import type { Connected } from '../client-session.ts'
import { CompressionTypes } from '../enums.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { protocolErrorOf } from '../errors/protocol-error-of.ts'
import { partitionMetadataOf } from '../partition-metadata.ts'
import type { PartitionMetadata, ProducerBatch, RecordMetadata } from '../topic-types.ts'
import { recordOf } from './message-record.ts'
import { producedBy } from './produced.ts'
import type { PartitionerArgs } from './producer-types.ts'

const COMPRESSIONS = {
  [CompressionTypes.None]: 'none',
  [CompressionTypes.GZIP]: 'gzip',
  [CompressionTypes.Snappy]: 'snappy',
  [CompressionTypes.LZ4]: 'lz4',
  [CompressionTypes.ZSTD]: 'zstd',
} as const

const ACKS = new Map([
  [-1, 'all'],
  [0, 'none'],
  [1, 'leader'],
] as const)

export interface SenderOptions {
  readonly connected: Connected
  readonly partitioner: (args: PartitionerArgs) => number
  readonly idempotent: boolean
  readonly createTopics: boolean
  readonly mostInFlight: number | undefined
  /** From sending to giving up. */
  readonly deliveryTimeoutMs: number
}

/** Where messages go, when that is not where they all do: a transaction. */
export type MessageWriter = Pick<EngineTransaction, 'send'>

/** Sends messages; those of other `acks`, `timeout` or `compression` by a producer of their own. */
export class MessageSender {
  readonly #options: SenderOptions
  readonly #producers = new Map<string, EngineProducer>()
  readonly #unwatch = new Map<string, () => void>()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** @throws {KafkaError}, {KafkaJSError}, {TypeError} for what is neither text nor bytes */
  async send(batch: ProducerBatch, writer?: MessageWriter): Promise<RecordMetadata[]> {
    const { topicMessages = [], acks = -1 } = batch
    const to = writer ?? this.#producer(batch)
    const topics = await Promise.all(
      topicMessages.map(async ({ topic }) => partitionMetadataOf(await this.#topic(topic))),
    )
    const records = topicMessages.map(({ topic, messages }, at) => {
      const partitionMetadata = topics[at] ?? []
      return messages.map((message) => {
        return recordOf(message, this.#place({ topic, partitionMetadata, message }))
      })
    })
    // only when all of it can be sent: what is refused here has left nothing behind
    const written = topicMessages.flatMap(({ topic }, at) =>
      (records[at] ?? []).map(async (record) => to.send(topic, record)),
    )
    const done = await Promise.all(written)
    return acks === 0 ? [] : producedBy(done)
  }

  /** A producer of transactions, which is nobody else's. @throws {ConfigError} */
  transactional(transactionalId: string, timeoutMs: number | undefined): EngineProducer {
    const { connected, createTopics, deliveryTimeoutMs, mostInFlight } = this.#options
    const producer = new EngineProducer(
      { ...connected, closed: () => {}, mostInFlight },
      {
        ...{ transactionalId, createTopics, deliveryTimeoutMs },
        ...(timeoutMs !== undefined && { transactionTimeoutMs: timeoutMs }),
      },
    )
    this.#producers.set(`transactions of ${transactionalId}`, producer)
    return producer
  }

  /** Sends what was given to it, and ends. */
  async close(): Promise<void> {
    for (const unwatch of this.#unwatch.values()) unwatch()
    await Promise.all([...this.#producers.values()].map(async (producer) => producer.close()))
  }

  #place(
    args: { topic: string; partitionMetadata: PartitionMetadata[] } & PartitionerArgs,
  ): number {
    const partition: unknown = this.#options.partitioner(args)
    return Number(partition)
  }

  async #topic(name: string): Promise<TopicMetadata> {
    const { connected, createTopics } = this.#options
    const { metadata } = connected.cluster
    if (!this.#unwatch.has(name)) this.#unwatch.set(name, metadata.watch(name))
    const deadlineMs = connected.options.clock.monotonicMs() + connected.options.timeoutMs
    return metadata.topic(name, { deadlineMs, mayCreate: createTopics })
  }

  #producer({ acks = -1, timeout, compression = 0 }: ProducerBatch): EngineProducer {
    const key = `${acks} ${timeout} ${compression}`
    const known = this.#producers.get(key)
    if (known !== undefined) return known
    const ackName = ACKS.get(acks as never)
    if (ackName === undefined) {
      throw protocolErrorOf(ErrorCode.INVALID_REQUIRED_ACKS, `${acks} is none of -1, 0, 1`)
    }
    const compressionName = COMPRESSIONS[compression]
    if (compressionName === undefined) {
      throw new KafkaJSNonRetriableError(`compression: there is no ${compression}`)
    }
    const { connected, idempotent, createTopics, mostInFlight, deliveryTimeoutMs } = this.#options
    const { options } = connected
    const producer = new EngineProducer(
      {
        ...connected,
        options: { ...options, requestTimeoutMs: timeout ?? options.requestTimeoutMs },
        closed: () => this.#producers.delete(key),
        mostInFlight,
      },
      {
        ...{ acks: ackName, compression: compressionName, idempotent, createTopics },
        deliveryTimeoutMs,
      },
    )
    this.#producers.set(key, producer)
    return producer
  }
}

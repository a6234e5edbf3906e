import {
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  ErrorCode,
  Metadata,
  type MetadataResponse,
  ZERO_UUID,
} from '@pafka/protocol'

import { metadataFrom, type TopicMetadata } from '../cluster/cluster-metadata.ts'
import type { TopicPartition } from '../cluster/topic-partition.ts'
import { brokerError } from '../errors/broker-error.ts'
import { type AdminParts, askController, type CallOptions, checkAnswer } from './admin-call.ts'
import { refusedForGood } from './ask-each.ts'

/** What a new topic is like; what is not said is as the broker has it by default. */
export interface NewTopic extends CallOptions {
  readonly partitions?: number
  readonly replicas?: number
  /** By Kafka's dotted names: `{ 'retention.ms': 3_600_000 }`. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>
}

const BROKERS_DEFAULT = -1
/** With defaults that the broker chooses (KIP-464). */
const CREATE_VERSIONS = { min: 4 }
/** From here on topics may be named by id. */
const DELETE_BY_ID_VERSION = 6

/** Topics: what there is, and what is to be. */
export class TopicAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** @returns when it can be used. @throws {KafkaError} TOPIC_ALREADY_EXISTS, ... */
  async create(name: string, topic: NewTopic = {}): Promise<TopicMetadata> {
    const { partitions = BROKERS_DEFAULT, replicas = BROKERS_DEFAULT, configs = {} } = topic
    const { cluster, options } = this.#parts
    const request = {
      topics: [
        {
          ...{ name, numPartitions: partitions, replicationFactor: replicas, assignments: [] },
          configs: Object.entries(configs).map(([key, value]) => {
            return { name: key, value: String(value) }
          }),
        },
      ],
      ...{ timeoutMs: options.requestTimeoutMs, validateOnly: false },
    }
    await askController(
      this.#parts,
      { api: CreateTopics, versions: CREATE_VERSIONS, request },
      ({ topics }, isAgain) => {
        const [result = NO_RESULT] = topics
        // the answer to an attempt before this one was lost
        if (isAgain && result.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) return
        checkAnswer(result, { api: 'CreateTopics', topic: name })
      },
      topic,
    )
    const deadlineMs = options.clock.monotonicMs() + options.timeoutMs
    return cluster.metadata.topic(name, { deadlineMs, signal: topic.signal })
  }

  /** With all its records. @throws {KafkaError} UNKNOWN_TOPIC_OR_PARTITION, ... */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await askController(
      this.#parts,
      {
        api: DeleteTopics,
        request: (version) => {
          const hasIds = version >= DELETE_BY_ID_VERSION
          return {
            topics: hasIds ? [{ name, topicId: ZERO_UUID }] : [],
            topicNames: hasIds ? [] : [name],
            timeoutMs: this.#parts.options.requestTimeoutMs,
          }
        },
      },
      ({ responses }, isAgain) => {
        const [result = NO_RESULT] = responses
        const { errorCode } = result
        if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
          // it is gone, unless it never was: that is no error that passes
          if (isAgain) return
          throw new NeverThere(name)
        }
        checkAnswer(result, { api: 'DeleteTopics', topic: name })
      },
      options,
    ).catch((error: unknown) => {
      throw error instanceof NeverThere ? error.told : error
    })
  }

  /** @param partitions more than it has. @throws {KafkaError} INVALID_PARTITIONS, ... */
  async grow(name: string, partitions: number, options: CallOptions = {}): Promise<void> {
    const topics = [{ name, count: partitions, assignments: null }]
    const timeoutMs = this.#parts.options.requestTimeoutMs
    await askController(
      this.#parts,
      { api: CreatePartitions, request: { topics, timeoutMs, validateOnly: false } },
      ({ results }) => {
        checkAnswer(results[0] ?? NO_RESULT, { api: 'CreatePartitions', topic: name })
      },
      options,
    )
    await this.#parts.cluster.metadata.refresh()
  }

  /** All of them, sorted by name. @param withInternal those of the broker itself, too */
  async list(options: ListOptions = {}): Promise<TopicMetadata[]> {
    const { withInternal = false } = options
    const topics = await this.#describe(null, options)
    return topics
      .filter(({ isInternal }) => withInternal || !isInternal)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** @returns undefined when there is none */
  async find(name: string, options: CallOptions = {}): Promise<TopicMetadata | undefined> {
    const [topic] = await this.#describe([name], options)
    return topic
  }

  /** Each by its name and number. @throws {KafkaError} UNKNOWN_TOPIC_OR_PARTITION, ... */
  async partitions(name: string, options: CallOptions = {}): Promise<TopicPartition[]> {
    const [topic] = await this.#describe([name], options)
    if (topic !== undefined) {
      return topic.partitions.map(({ partition }) => ({ topic: name, partition }))
    }
    const refusal = { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
    throw refusedForGood(refusal, { topic: name, api: 'Metadata' })
  }

  async #describe(names: readonly string[] | null, options: CallOptions): Promise<TopicMetadata[]> {
    const request = {
      topics: names?.map((name) => ({ name, topicId: ZERO_UUID })) ?? null,
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    }
    const ask = { api: Metadata, versions: { min: 5 }, request }
    return askController(this.#parts, ask, topicsIn, options)
  }
}

function topicsIn(answer: MetadataResponse): TopicMetadata[] {
  return metadataFrom(answer).topics.flatMap((one) => {
    if ('topic' in one) return [one.topic]
    const { errorCode, name } = one
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return []
    throw brokerError(errorCode, null, { api: 'Metadata', topic: name })
  })
}

export interface ListOptions extends CallOptions {
  readonly withInternal?: boolean
}

/** A broker that says nothing of what it was asked. */
const NO_RESULT = { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: 'no answer' }

/** Not to be tried again, though the protocol has it so. */
class NeverThere extends Error {
  readonly told: Error

  constructor(topic: string) {
    super(topic)
    const context = { api: 'DeleteTopics', topic }
    this.told = brokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null, context)
  }
}

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
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, askController, type ChangeOptions } from './admin-call.ts'
import { type Answers, answerOf, askEach, refusedForGood } from './ask-each.ts'
import { aboutTopic, describeTopics, type TopicDescription } from './describe-topics.ts'
import {
  checkAssignments,
  checkTopics,
  type NamedTopic,
  type NewTopic,
  saysAll,
  wireTopic,
} from './new-topic.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'

export interface ListOptions extends CallOptions {
  readonly withInternal?: boolean
}

export interface GrowOptions extends ChangeOptions {
  /** The brokers of each partition that is added. */
  readonly assignments?: readonly (readonly number[])[]
}

/** From here on brokers choose what is not said (KIP-464). */
const DEFAULTS_VERSION = 4
/** From here on topics may be named by id. */
const DELETE_BY_ID_VERSION = 6

/** Topics: what there is, and what is to be. */
export class TopicAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** @returns when it can be used. @throws {KafkaError} TOPIC_ALREADY_EXISTS, ... */
  async create(name: string, topic?: NewTopic): Promise<TopicMetadata>
  async create(
    topics: readonly NamedTopic[],
    options?: CallOptions,
  ): Promise<Outcome<TopicMetadata>>
  async create(
    given: string | readonly NamedTopic[],
    options: NewTopic = {},
  ): Promise<TopicMetadata | Outcome<TopicMetadata>> {
    if (isMany(given)) return this.#create(given, options)
    return onlyOne(await this.#create([{ ...options, name: given }], options))
  }

  /** Whether `create` would succeed now. @throws {KafkaError} why it would not */
  async check(name: string, topic: NewTopic = {}): Promise<void> {
    onlyOne(await this.#make([{ ...topic, name }], { ...topic, dryRun: true }))
  }

  /** With all its records. @throws {KafkaError} UNKNOWN_TOPIC_OR_PARTITION, ... */
  async delete(name: string, options?: CallOptions): Promise<void>
  async delete(names: readonly string[], options?: CallOptions): Promise<Outcome<string>>
  async delete(
    given: string | readonly string[],
    options: CallOptions = {},
  ): Promise<void | Outcome<string>> {
    return isMany(given) ? this.#delete(given, options) : this.#deleteOne(given, options)
  }

  /** @param partitions more than it has. @throws {KafkaError} INVALID_PARTITIONS, ... */
  async grow(name: string, partitions: number, options: GrowOptions = {}): Promise<void> {
    const { assignments, dryRun = false } = options
    const checks = new Checks()
    checks.name('topic', name)
    checks.number('partitions', partitions, 1)
    checkAssignments(assignments ?? [], checks)
    checks.done()
    const assigned = assignments?.map((brokerIds) => ({ brokerIds })) ?? null
    const topics = [{ name, count: partitions, assignments: assigned }]
    const timeoutMs = this.#parts.options.requestTimeoutMs
    await askController(
      this.#parts,
      { api: CreatePartitions, request: { topics, timeoutMs, validateOnly: dryRun } },
      ({ results }) => {
        const [result = NO_RESULT] = results
        if (result.errorCode === ErrorCode.NONE) return
        throw refusedForGood(result, { api: 'CreatePartitions', topic: name })
      },
      options,
    )
    await this.#parts.cluster.metadata.refresh()
  }

  /** All of them, sorted by name. @param withInternal those of the broker itself, too */
  async list(options: ListOptions = {}): Promise<TopicMetadata[]> {
    const { withInternal = false } = options
    const topics = await this.#find(null, options)
    return topics
      .filter(({ isInternal }) => withInternal || !isInternal)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** @returns undefined when there is none */
  async find(name: string, options: CallOptions = {}): Promise<TopicMetadata | undefined> {
    const [topic] = await this.#find([name], options)
    return topic
  }

  /** Each by its name and number. @throws {KafkaError} UNKNOWN_TOPIC_OR_PARTITION, ... */
  async partitions(name: string, options: CallOptions = {}): Promise<TopicPartition[]> {
    const topic = await this.find(name, options)
    if (topic !== undefined) {
      return topic.partitions.map(({ partition }) => ({ topic: name, partition }))
    }
    const refusal = { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
    throw refusedForGood(refusal, { topic: name, api: 'Metadata' })
  }

  /** As `find`, with what only newer brokers tell. @throws {KafkaError} */
  async describe(name: string, options?: CallOptions): Promise<TopicDescription>
  async describe(
    names: readonly string[],
    options?: CallOptions,
  ): Promise<Outcome<TopicDescription>>
  async describe(
    given: string | readonly string[],
    options: CallOptions = {},
  ): Promise<TopicDescription | Outcome<TopicDescription>> {
    checkNames(isMany(given) ? given : [given])
    if (isMany(given)) return describeTopics(this.#parts, given, options)
    return onlyOne(await describeTopics(this.#parts, [given], options))
  }

  async #find(names: readonly string[] | null, options: CallOptions): Promise<TopicMetadata[]> {
    const request = {
      topics: names?.map((name) => ({ name, topicId: ZERO_UUID })) ?? null,
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    }
    const ask = { api: Metadata, versions: { min: 5 }, request }
    return askController(this.#parts, ask, topicsIn, options)
  }

  async #create(
    topics: readonly NamedTopic[],
    options: CallOptions,
  ): Promise<Outcome<TopicMetadata>> {
    const { signal } = options
    const { done, failed } = await this.#make(topics, signal === undefined ? {} : { signal })
    const { clock, timeoutMs } = this.#parts.options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    const { metadata } = this.#parts.cluster
    const made = await Promise.all(
      done.map(async (name) => metadata.topic(name, { deadlineMs, signal })),
    )
    return { done: made, failed }
  }

  async #make(topics: readonly NamedTopic[], options: ChangeOptions): Promise<Outcome<string>> {
    checkTopics(topics)
    const byName = new Map(topics.map((topic) => [topic.name, topic]))
    const attempt = async (
      left: readonly string[],
      isAgain: boolean,
    ): Promise<Answers<string, string>> => {
      const answer = await this.#parts.cluster.askController({
        api: CreateTopics,
        versions: { min: topics.every(saysAll) ? 0 : DEFAULTS_VERSION },
        request: {
          topics: left.map((name) => wireTopic(name, byName.get(name) ?? {})),
          timeoutMs: this.#parts.options.requestTimeoutMs,
          validateOnly: options.dryRun ?? false,
        },
      })
      return new Map(
        answer.topics.map((result) => {
          const { name, errorCode } = result
          // the answer to an attempt before this one was lost
          const isThere = isAgain && errorCode === ErrorCode.TOPIC_ALREADY_EXISTS
          const context = { api: 'CreateTopics', topic: name }
          return [name, isThere ? name : answerOf(result, context, name)]
        }),
      )
    }
    return askEach(this.#parts, [...byName.keys()], attempt, { ...options, about: aboutTopic })
  }

  async #deleteOne(name: string, options: CallOptions): Promise<void> {
    onlyOne(await this.#delete([name], options))
  }

  async #delete(names: readonly string[], options: CallOptions): Promise<Outcome<string>> {
    checkNames(names)
    const attempt = async (
      left: readonly string[],
      isAgain: boolean,
    ): Promise<Answers<string, string>> => {
      const { responses } = await this.#parts.cluster.askController({
        api: DeleteTopics,
        request: (version) => {
          const hasIds = version >= DELETE_BY_ID_VERSION
          return {
            topics: hasIds ? left.map((name) => ({ name, topicId: ZERO_UUID })) : [],
            topicNames: hasIds ? [] : left,
            timeoutMs: this.#parts.options.requestTimeoutMs,
          }
        },
      })
      return new Map(
        responses.map((result) => {
          const name = result.name ?? ''
          // it is gone, unless it never was
          const isGone = isAgain && result.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
          const context = { api: 'DeleteTopics', topic: name }
          return [name, isGone ? name : answerOf(result, context, name)]
        }),
      )
    }
    return askEach(this.#parts, names, attempt, { ...options, about: aboutTopic })
  }
}

function checkNames(names: readonly string[]): void {
  const checks = new Checks()
  checks.names('topic', names)
  checks.done()
}

function topicsIn(answer: MetadataResponse): TopicMetadata[] {
  return metadataFrom(answer).topics.flatMap((one) => {
    if ('topic' in one) return [one.topic]
    const { errorCode, name } = one
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return []
    throw brokerError(errorCode, null, { api: 'Metadata', topic: name })
  })
}

/** A broker that says nothing of what it was asked. */
const NO_RESULT = { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: 'no answer' }

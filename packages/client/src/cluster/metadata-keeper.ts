import type { Clock, Random, Timer } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import { brokerError } from '../errors/broker-error.ts'
import { RETRY_BACKOFF, retrying } from '../time/retrying.ts'
import { backoffMs } from '../time/backoff.ts'
import { unlessAborted } from '../time/sleep.ts'
import type {
  BrokerNode,
  MetadataAnswer,
  PartitionMetadata,
  TopicMetadata,
} from './cluster-metadata.ts'

/** What a metadata request asks for. */
export interface MetadataQuestion {
  /** Null for all there are. */
  readonly topics: readonly string[] | null
  readonly mayCreate: boolean
}

export interface MetadataKeeperOptions {
  readonly ask: (question: MetadataQuestion) => Promise<MetadataAnswer>
  readonly clock: Clock
  readonly random: Random
  /** What is known is asked for again when it is so old. */
  readonly maxAgeMs: number
}

export interface TopicWait {
  /** By the clock's `monotonicMs`. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  /** Lets the broker create a topic that is not there, where it does so. */
  readonly mayCreate?: boolean | undefined
}

/** Somebody newer of a partition's leaders, as produce and fetch answers tell it (KIP-951). */
export interface NewLeader {
  readonly topicId: string
  readonly topic: string
  readonly partition: number
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** Keeps what is known of the cluster, and asks again when it is old or was found to be wrong. */
export class MetadataKeeper {
  readonly #options: MetadataKeeperOptions
  readonly #topics = new Map<string, TopicMetadata>()
  readonly #namesById = new Map<string, string>()
  /** Why there is no such topic. */
  readonly #errors = new Map<string, number>()
  /** Who is asked about, and by how many. */
  readonly #watched = new Map<string, number>()
  #watchesAll = 0
  readonly #listeners = new Set<() => void>()
  #nodes: ReadonlyMap<number, BrokerNode> = new Map()
  #controllerId = -1
  #clusterId: string | null = null
  /** The one that is under way, and the one that begins when it has ended. */
  #current: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #failures = 0
  /** Why the last question was not answered; undefined where it was. */
  #lastError: unknown
  /** Rings when something was found to be wrong. */
  #soon: Timer | undefined
  /** Rings when all is old. */
  #late: Timer | undefined
  #isClosed = false

  constructor(options: MetadataKeeperOptions) {
    this.#options = options
  }

  get nodes(): ReadonlyMap<number, BrokerNode> {
    return this.#nodes
  }

  get controllerId(): number {
    return this.#controllerId
  }

  get clusterId(): string | null {
    return this.#clusterId
  }

  /** As far as known. */
  find(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  /** Why nothing new is known of a topic; undefined where there is no reason. */
  whyNot(name: string): unknown {
    const errorCode = this.#errors.get(name)
    if (this.#lastError !== undefined || errorCode === undefined) return this.#lastError
    return brokerError(errorCode, null, { topic: name, api: 'Metadata' })
  }

  /** All that are known. */
  get topics(): Iterable<TopicMetadata> {
    return this.#topics.values()
  }

  nameOf(topicId: string): string | undefined {
    return this.#namesById.get(topicId)
  }

  /** Asks until the topic is known, and has leaders. @throws {KafkaError} why there is none */
  async topic(
    name: string,
    { deadlineMs, signal, mayCreate = false }: TopicWait,
  ): Promise<TopicMetadata> {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const unwatch = this.watch(name)
    const { clock, random } = this.#options
    try {
      return await retrying(
        async () => {
          await unlessAborted(this.refresh(mayCreate), signal)
          const topic = this.#topics.get(name)
          if (topic !== undefined) return topic
          const errorCode = this.#errors.get(name) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
          throw brokerError(errorCode, null, { topic: name, api: 'Metadata' })
        },
        { clock, random, deadlineMs, signal },
      )
    } finally {
      unwatch()
    }
  }

  /**
   * Keeps what is known of a topic fresh; without that it is forgotten.
   * @returns to be called once, when that is enough
   */
  watch(name: string): () => void {
    this.#watched.set(name, (this.#watched.get(name) ?? 0) + 1)
    let isWatching = true
    return () => {
      if (!isWatching) return
      isWatching = false
      const left = (this.#watched.get(name) ?? 1) - 1
      if (left > 0) {
        this.#watched.set(name, left)
        return
      }
      this.#watched.delete(name)
      // it would grow old, and nobody would know
      if (this.#watchesAll === 0) this.#forget(name)
    }
  }

  /** As `watch`, of all topics there are and come. */
  watchAll(): () => void {
    this.#watchesAll += 1
    let isWatching = true
    return () => {
      if (!isWatching) return
      isWatching = false
      this.#watchesAll -= 1
      if (this.#watchesAll > 0) return
      const alone = [...this.#topics.keys()].filter((name) => !this.#watched.has(name))
      for (const name of alone) this.#forget(name)
    }
  }

  /** Calls `listener` after each answer. @returns to be called when that is enough */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Asks once; the answer is one to a question asked from now on. @throws {KafkaError} */
  refresh(mayCreate: boolean = false): Promise<void> {
    if (this.#next !== undefined && !mayCreate) return this.#next
    const next = this.#askAfter(this.#current, mayCreate, () => {
      if (this.#next === next) this.#next = undefined
    })
    this.#next = next
    this.#current = next
    return next
  }

  /** What is known was found to be wrong: it is asked for again, but not too often. */
  outdated(): void {
    if (this.#soon !== undefined || this.#isClosed) return
    const { clock, random } = this.#options
    this.#soon = clock.setTimer(backoffMs(RETRY_BACKOFF, this.#failures + 1, random), () => {
      this.#soon = undefined
      this.refresh().catch(() => this.outdated())
    })
  }

  /** Takes over what an answer told of a partition's leader, if it is news. */
  leaderChanged({ topicId, topic, partition, leaderId, leaderEpoch }: NewLeader): void {
    const name = this.#namesById.get(topicId) ?? topic
    const known = this.#topics.get(name)
    const before = known?.partitions[partition]
    if (known === undefined || before === undefined || leaderEpoch <= before.leaderEpoch) return
    const partitions = known.partitions.with(partition, { ...before, leaderId, leaderEpoch })
    this.#topics.set(name, { ...known, partitions })
    this.#changed()
  }

  close(): void {
    this.#isClosed = true
    this.#soon?.cancel()
    this.#late?.cancel()
    this.#listeners.clear()
  }

  async #askAfter(last: Promise<void>, mayCreate: boolean, begins: () => void): Promise<void> {
    await last.catch(() => {})
    begins()
    const names = [...this.#watched.keys()]
    try {
      const answer = await this.#options.ask({
        topics: this.#watchesAll > 0 ? null : names,
        mayCreate,
      })
      this.#failures = 0
      this.#lastError = undefined
      this.#take(answer, names)
    } catch (error) {
      this.#failures += 1
      this.#lastError = error
      throw error
    }
    this.#askAgainWhenOld()
    this.#changed()
  }

  #askAgainWhenOld(): void {
    if (this.#isClosed) return
    this.#late?.cancel()
    const { clock, maxAgeMs } = this.#options
    this.#late = clock.setTimer(maxAgeMs, () => this.outdated())
  }

  #take({ clusterId, controllerId, nodes, topics }: MetadataAnswer, asked: string[]): void {
    this.#clusterId = clusterId
    this.#controllerId = controllerId
    this.#nodes = nodes
    const gone = new Set(this.#watchesAll > 0 ? this.#topics.keys() : asked)
    for (const answered of topics) {
      gone.delete(answered.name)
      if ('topic' in answered) this.#put(answered.topic)
      else this.#lose(answered.name, answered.errorCode)
    }
    for (const name of gone) this.#lose(name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  }

  #put(topic: TopicMetadata): void {
    const known = this.#topics.get(topic.name)
    this.#errors.delete(topic.name)
    if (known !== undefined && known.id !== topic.id) this.#namesById.delete(known.id)
    this.#namesById.set(topic.id, topic.name)
    const partitions =
      known?.id === topic.id
        ? topic.partitions.map((one) => newer(known.partitions[one.partition], one))
        : topic.partitions
    this.#topics.set(topic.name, { ...topic, partitions })
  }

  /** A topic that was there is forgotten only when a broker says that it is not there any more. */
  #lose(name: string, errorCode: number): void {
    this.#errors.set(name, errorCode)
    const known = this.#topics.get(name)
    if (known === undefined || errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return
    this.#forget(name)
  }

  #forget(name: string): void {
    const known = this.#topics.get(name)
    if (known === undefined) return
    this.#topics.delete(name)
    this.#namesById.delete(known.id)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** A broker that knows less than another told us does not take it back. */
function newer(known: PartitionMetadata | undefined, told: PartitionMetadata): PartitionMetadata {
  if (known === undefined || told.leaderEpoch < 0) return told
  const { leaderId, leaderEpoch } = known
  return told.leaderEpoch < leaderEpoch ? { ...told, leaderId, leaderEpoch } : told
}

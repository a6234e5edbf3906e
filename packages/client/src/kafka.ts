import { randomInt } from 'node:crypto'

import { type Random, seededRandom } from '@pafka/base'

import { Admin } from './admin/admin.ts'
import { Cluster } from './cluster/cluster.ts'
import type { ConsumerOptions } from './consumer/consumer-options.ts'
import { Consumer } from './consumer/consumer.ts'
import type { ReaderOptions } from './consumer/reader-options.ts'
import { Reader } from './consumer/reader.ts'
import type { Subscribable } from './consumer/subscription.ts'
import { clientClosed } from './errors/client-errors.ts'
import type { CallOptions } from './options/call-options.ts'
import { Checks } from './options/checks.ts'
import type { CloseOptions } from './options/close-options.ts'
import type { KafkaOptions } from './options/kafka-options.ts'
import { type ResolvedOptions, resolveOptions } from './options/resolve-options.ts'
import type { PipeOptions, Transform } from './pipe/pipe-options.ts'
import { Pipe } from './pipe/pipe.ts'
import type { ProducerOptions } from './producer/producer-options.ts'
import { Producer } from './producer/producer.ts'
import { ShareConsumer } from './share/share-consumer.ts'
import type { ShareConsumerOptions } from './share/share-options.ts'
import { softwareVersion } from './software-version.ts'
import { TelemetryReporter } from './telemetry/telemetry-reporter.ts'
import { Closing } from './time/closing.ts'
import type { Deadline } from './time/deadline.ts'
import { unlessAborted } from './time/sleep.ts'
import {
  checkedTopic,
  type KeyOf,
  type Raw,
  topic,
  topicPattern,
  type Topic,
  type TopicPattern,
  type ValueOf,
} from './topic.ts'
import type { ClientMetrics } from './watch/client-metrics.ts'

/** Where it fails others wait for what it left open: no longer than this. */
const PIPE_TIMEOUT_MS = 10_000

interface Closable {
  close(options: CloseOptions): Promise<void>
}

/** A Kafka cluster: connections, what is known of it, and who one is there. */
export class Kafka implements AsyncDisposable {
  readonly #options: ResolvedOptions
  readonly #cluster: Cluster
  readonly #random: Random
  readonly #telemetry: TelemetryReporter | undefined
  readonly #producers = new Set<Producer>()
  readonly #consumers = new Set<Closable>()
  readonly #pipes = new Set<Closable>()
  readonly #readers = new Set<{ close(): void }>()
  readonly #closing: Closing
  /** What is being closed, or was. */
  readonly #ending: Closable[] = []

  /**
   * Connects when something is asked for.
   * @param options `kafka://user:password@one:9092,two:9092?tls`, or an object; without either,
   *   what `KAFKA_URL` is in the environment
   * @throws {ConfigError} with all that is wrong
   */
  constructor(options: string | KafkaOptions = process.env['KAFKA_URL'] ?? '') {
    this.#options = resolveOptions(options)
    this.#closing = new Closing(this.#options.clock, Infinity)
    this.#random = seededRandom(randomInt(2 ** 32))
    this.#cluster = new Cluster({
      ...this.#options,
      softwareVersion: softwareVersion(),
      random: this.#random,
      onOpened: () => this.#telemetry?.connected(),
    })
    if (!this.#options.pushMetrics) return
    this.#telemetry = new TelemetryReporter({
      ...this.#options,
      ...{ cluster: this.#cluster, random: this.#random, metrics: () => this.metrics() },
    })
  }

  /** @throws {ConfigError} */
  producer(options: ProducerOptions = {}): Producer {
    this.#check()
    const producer = new Producer(
      {
        ...{ cluster: this.#cluster, options: this.#options, random: this.#random },
        closed: (closed) => this.#producers.delete(closed),
      },
      options,
    )
    this.#producers.add(producer)
    this.#cluster.counts.roles.add('producer')
    return producer
  }

  /** What was done since this was made: plain numbers, as they are now. */
  metrics(): ClientMetrics {
    let bufferedBytes = 0
    for (const producer of this.#producers) bufferedBytes += producer.bufferedBytes
    return this.#cluster.counts.snapshot(bufferedBytes)
  }

  /**
   * As brokers name this client where they keep what it pushes of its metrics (KIP-714); undefined
   * where they keep nothing, and without `pushMetrics`.
   * @throws {KafkaError} when no broker can be reached, and what `signal` was aborted with
   */
  async clientInstanceId({ signal }: CallOptions = {}): Promise<string | undefined> {
    signal?.throwIfAborted()
    if (this.#telemetry === undefined) return undefined
    return unlessAborted(this.#telemetry.instanceId(), signal)
  }

  /** Looks after topics and brokers. */
  admin(): Admin {
    return new Admin({ cluster: this.#cluster, options: this.#options, random: this.#random })
  }

  /**
   * A member of a group, which shares the records of these topics among its members. It joins at
   * once. Of several topics its records are of any of them.
   * @throws {ConfigError}
   */
  consumer(
    groupId: string,
    topics: string | RegExp | readonly (string | RegExp)[],
    options?: ConsumerOptions,
  ): Consumer<Uint8Array, Uint8Array>
  consumer<K, V>(
    groupId: string,
    topics: Topic<K, V> | TopicPattern<K, V> | readonly (Topic<K, V> | TopicPattern<K, V>)[],
    options?: ConsumerOptions,
  ): Consumer<K, V>
  consumer<const T extends readonly Subscribable<unknown, unknown>[]>(
    groupId: string,
    topics: T,
    options?: ConsumerOptions,
  ): Consumer<KeyOf<T[number]>, ValueOf<T[number]>>
  consumer<K, V>(
    groupId: string,
    given: Subscribable<K, V> | readonly Subscribable<K, V>[],
    options: ConsumerOptions = {},
  ): Consumer<K, V> {
    return this.#consumer(groupId, given, options)
  }

  /**
   * Brings what records of a group become to another topic, until it is stopped: each exactly once,
   * unless it is said otherwise.
   * @throws what `transform` throws, when nothing of it is left; {KafkaError} when it cannot go on
   */
  async pipe<K = Uint8Array, V = Uint8Array, ToK = Raw, ToV = Raw>(
    options: PipeOptions<K, V, ToK, ToV>,
    transform: Transform<K, V, ToK, ToV>,
  ): Promise<void> {
    const { group, from, to, signal: _, ...rest } = options
    if (typeof to !== 'string') checkedTopic(to)
    const checks = new Checks()
    checks.handler(transform)
    checks.done()
    const producer = this.producer({ transactionTimeoutMs: PIPE_TIMEOUT_MS, ...rest.producer })
    const terms = { ...rest.consumer, ack: 'manual' } as const
    const consumer: Consumer<K, V> = this.#consumer(group, from, terms)
    const { clock, logger, clientId, tracing } = this.#options
    const own = { consumer, producer, random: this.#random }
    const parts = { ...own, clock, logger, clientId, tracing }
    const pipe = new Pipe(parts, options, transform)
    this.#pipes.add(pipe)
    try {
      await pipe.run()
    } finally {
      this.#pipes.delete(pipe)
    }
  }

  /**
   * A member of a share group (KIP-932, Kafka 4.2): its records are jobs, each given to one member
   * at a time until one settles it. It joins at once.
   * @throws {ConfigError}
   */
  shareConsumer(
    groupId: string,
    topics: string | readonly string[],
    options?: ShareConsumerOptions<Uint8Array, Uint8Array>,
  ): ShareConsumer<Uint8Array, Uint8Array>
  shareConsumer<K, V>(
    groupId: string,
    topics: Topic<K, V> | readonly Topic<K, V>[],
    options?: ShareConsumerOptions<K, V>,
  ): ShareConsumer<K, V>
  shareConsumer<const T extends readonly (string | Topic<unknown, unknown>)[]>(
    groupId: string,
    topics: T,
    options?: ShareConsumerOptions<KeyOf<T[number]>, ValueOf<T[number]>>,
  ): ShareConsumer<KeyOf<T[number]>, ValueOf<T[number]>>
  shareConsumer<K, V>(
    groupId: string,
    given: string | Topic<K, V> | readonly (string | Topic<K, V>)[],
    options: ShareConsumerOptions<never, never> = {},
  ): ShareConsumer<never, never> {
    this.#check()
    const consumer = new ShareConsumer<never, never>(
      {
        ...{ cluster: this.#cluster, options: this.#options, random: this.#random, groupId },
        topics: listOf(given).map((one) => contractOf(one) as Topic<never, never>),
        closed: (closed) => this.#consumers.delete(closed),
      },
      options,
    )
    this.#consumers.add(consumer)
    return consumer
  }

  /**
   * Reads a topic without a group: all of it, from wherever, once or for ever.
   * @throws {ConfigError}
   */
  reader(name: string, options?: ReaderOptions): Reader<Uint8Array, Uint8Array>
  reader<K, V>(contract: Topic<K, V>, options?: ReaderOptions): Reader<K, V>
  reader<K, V>(given: string | Topic<K, V>, options: ReaderOptions = {}): Reader<never, never> {
    this.#check()
    const reader = new Reader<never, never>(
      {
        ...{ cluster: this.#cluster, options: this.#options, random: this.#random },
        topic: contractOf(given) as Topic<never, never>,
        producer: () => this.producer({ createTopics: true }),
        closed: (closed) => this.#readers.delete(closed),
      },
      options,
    )
    this.#readers.add(reader)
    return reader
  }

  #consumer<K, V>(
    groupId: string,
    given: Subscribable<K, V> | readonly Subscribable<K, V>[],
    options: ConsumerOptions,
  ): Consumer<K, V> {
    this.#check()
    const consumer = new Consumer<K, V>(
      {
        ...{ cluster: this.#cluster, options: this.#options, random: this.#random, groupId },
        topics: contractsOf(given),
        producer: () => this.producer({ createTopics: true }),
        closed: (closed) => this.#consumers.delete(closed),
      },
      options,
    )
    this.#consumers.add(consumer)
    return consumer
  }

  /**
   * Closes all that was made by it, and then its connections. Nothing is made by it any more.
   * @param options for all of it; each has a time of its own by default. A later call may make it
   *   less
   * @throws why something that was sent could not be written
   */
  close(options: CloseOptions = {}): Promise<void> {
    if (options.timeoutMs !== undefined) {
      for (const one of this.#ending) one.close(options).catch(() => {})
    }
    return this.#closing.begin(options, async (deadline) => this.#close(deadline))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(deadline: Deadline): Promise<void> {
    for (const reader of this.#readers) reader.close()
    const closing: Promise<void>[] = []
    for (const all of [this.#pipes, this.#consumers, this.#producers]) {
      const ending = [...all]
      this.#ending.push(...ending)
      const { leftMs } = deadline
      const options = leftMs === Infinity ? {} : { timeoutMs: leftMs }
      closing.push(...ending.map(async (one) => one.close(options)))
      // consumers need producers, and pipes both; when time is up all have their last words at once
      // oxlint-disable-next-line no-await-in-loop -- as above
      await deadline.wait(Promise.allSettled(closing))
    }
    // what one could not do is no reason for others not to do theirs
    const ended = await Promise.allSettled(closing)
    if (this.#telemetry !== undefined) await deadline.wait(this.#telemetry.close())
    this.#cluster.close()
    const failure = ended.find((one) => one.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  }

  #check(): void {
    if (this.#closing.hasBegun) throw clientClosed('client')
  }
}

/** Names and patterns alone are of bytes. */
function contractsOf<K, V>(
  given: Subscribable<K, V> | readonly Subscribable<K, V>[],
): (Topic<K, V> | TopicPattern<K, V>)[] {
  return listOf(given).map((one) => {
    if (one instanceof RegExp) return topicPattern(one) as unknown as TopicPattern<K, V>
    return isPattern(one) ? one : contractOf(one)
  })
}

function isPattern<K, V>(one: Subscribable<K, V>): one is TopicPattern<K, V> {
  return 'pattern' in Object(one)
}

function contractOf<K, V>(one: string | Topic<K, V>): Topic<K, V> {
  return typeof one === 'string' ? (topic(one) as unknown as Topic<K, V>) : checkedTopic(one)
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? (given as readonly T[]) : [given as T]
}

import { randomInt } from 'node:crypto'

import { type Random, seededRandom } from '@pafka/base'

import { Admin } from './admin/admin.ts'
import { Cluster } from './cluster/cluster.ts'
import { Consumer } from './consumer/consumer.ts'
import type { ConsumerOptions } from './consumer/consumer-options.ts'
import type { Subscribable } from './consumer/subscription.ts'
import { Reader } from './consumer/reader.ts'
import type { ReaderOptions } from './consumer/reader-options.ts'
import { clientClosed } from './errors/client-errors.ts'
import type { KafkaOptions } from './options/kafka-options.ts'
import { type ResolvedOptions, resolveOptions } from './options/resolve-options.ts'
import { Producer } from './producer/producer.ts'
import type { ProducerOptions } from './producer/producer-options.ts'
import { softwareVersion } from './software-version.ts'
import { topic, topicPattern, type Topic, type TopicPattern } from './topic.ts'

/** A Kafka cluster: connections, what is known of it, and who one is there. */
export class Kafka implements AsyncDisposable {
  readonly #options: ResolvedOptions
  readonly #cluster: Cluster
  readonly #random: Random
  readonly #producers = new Set<Producer>()
  readonly #consumers = new Set<{ close(): Promise<void> }>()
  readonly #readers = new Set<{ close(): void }>()

  /**
   * Connects when something is asked for.
   * @param options `kafka://user:password@one:9092,two:9092?tls`, or an object; without either,
   *   what `KAFKA_URL` is in the environment
   * @throws {ConfigError} with all that is wrong
   */
  constructor(options: string | KafkaOptions = process.env['KAFKA_URL'] ?? '') {
    this.#options = resolveOptions(options)
    this.#random = seededRandom(randomInt(2 ** 32))
    this.#cluster = new Cluster({
      ...this.#options,
      softwareVersion: softwareVersion(),
      random: this.#random,
    })
  }

  /** @throws {ConfigError} */
  producer(options: ProducerOptions = {}): Producer {
    if (this.#cluster.isClosed) throw clientClosed('client')
    const producer = new Producer(
      {
        ...{ cluster: this.#cluster, options: this.#options, random: this.#random },
        closed: (closed) => this.#producers.delete(closed),
      },
      options,
    )
    this.#producers.add(producer)
    return producer
  }

  /** Looks after topics and brokers. */
  admin(): Admin {
    return new Admin({ cluster: this.#cluster, options: this.#options, random: this.#random })
  }

  /**
   * A member of a group, which shares the records of these topics among its members. It joins at
   * once.
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
  consumer<K, V>(
    groupId: string,
    given: Subscribable<K, V> | readonly Subscribable<K, V>[],
    options: ConsumerOptions = {},
  ): Consumer<never, never> {
    if (this.#cluster.isClosed) throw clientClosed('client')
    const consumer = new Consumer<never, never>(
      {
        ...{ cluster: this.#cluster, options: this.#options, random: this.#random, groupId },
        topics: contractsOf(given),
        closed: (closed) => this.#consumers.delete(closed),
      },
      options,
    )
    this.#consumers.add(consumer)
    return consumer
  }

  /** Reads a topic without a group: all of it, from wherever, once or for ever. */
  reader(name: string, options?: ReaderOptions): Reader<Uint8Array, Uint8Array>
  reader<K, V>(contract: Topic<K, V>, options?: ReaderOptions): Reader<K, V>
  reader<K, V>(given: string | Topic<K, V>, options: ReaderOptions = {}): Reader<never, never> {
    if (this.#cluster.isClosed) throw clientClosed('client')
    const reader = new Reader<never, never>(
      {
        ...{ cluster: this.#cluster, options: this.#options, random: this.#random },
        topic: (typeof given === 'string' ? topic(given) : given) as Topic<never, never>,
        closed: (closed) => this.#readers.delete(closed),
      },
      options,
    )
    this.#readers.add(reader)
    return reader
  }

  /** Closes all that was made by it, and then its connections. */
  async close(): Promise<void> {
    for (const reader of this.#readers) reader.close()
    await Promise.all([...this.#consumers].map(async (consumer) => consumer.close()))
    try {
      await Promise.all([...this.#producers].map(async (producer) => producer.close()))
    } finally {
      this.#cluster.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Names and patterns alone are of bytes. */
function contractsOf<K, V>(
  given: Subscribable<K, V> | readonly Subscribable<K, V>[],
): (Topic<never, never> | TopicPattern<never, never>)[] {
  const list = Array.isArray(given) ? (given as readonly Subscribable<K, V>[]) : [given]
  return (list as readonly Subscribable<never, never>[]).map((one) => {
    if (one instanceof RegExp) return topicPattern<never, never>(one)
    return typeof one === 'string' ? topic<never, never>(one) : one
  })
}

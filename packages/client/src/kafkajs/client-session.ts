import { randomInt } from 'node:crypto'

import { type Random, seededRandom } from '@pafka/base'

import { Cluster } from '../cluster/cluster.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { retrying } from '../time/retrying.ts'
import { softwareVersion } from '../software-version.ts'
import { type ClientTerms, clientOptions } from './client-options.ts'
import { KafkaJSError } from './errors/kafkajs-error.ts'
import { afterRetries } from './errors/to-kafkajs-error.ts'
import { NetworkEvents } from './events/network-events.ts'
import type { EventEmitter } from './events/emitter.ts'
import type { KafkaConfig, RetryOptions } from './kafka-config.ts'
import { type RetryTerms, retryTerms } from './retry-terms.ts'

/** A client while it is connected. */
export interface Connected {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
}

export interface SessionOptions {
  readonly config: KafkaConfig
  readonly terms: ClientTerms
  readonly retry: RetryOptions | undefined
  readonly events: EventEmitter
  /** `producer`, `consumer` or `admin`: what its events begin with. */
  readonly name: string
}

/** The connections of one producer, consumer or admin: from `connect` to `disconnect`. */
export class ClientSession {
  readonly retry: RetryTerms
  readonly #options: SessionOptions
  #connected: Connected | undefined
  #connecting: Promise<Connected> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.retry = retryTerms({ ...options.config.retry, ...options.retry })
  }

  get connected(): Connected | undefined {
    return this.#connected
  }

  /** Once, until `disconnect`. @throws {KafkaJSError} */
  async connect(): Promise<Connected> {
    if (this.#connected !== undefined) return this.#connected
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  disconnect(): void {
    this.#connected?.cluster.close()
    this.#connected = undefined
  }

  /** Tries as often as `retry` says. @throws {KafkaJSError} */
  async retrying<T>(attempt: (connected: Connected) => Promise<T>): Promise<T> {
    const connected = await this.connect()
    return this.#trying(connected, async () => attempt(connected))
  }

  async #connect(): Promise<Connected> {
    const { config, terms, events, name } = this.#options
    const options = await clientOptions({ ...config, retry: this.#retryOptions() }, terms)
    const random = seededRandom(randomInt(2 ** 32))
    const { clientId } = options
    const cluster = new Cluster({
      ...{ ...options, random, softwareVersion: softwareVersion() },
      watch: new NetworkEvents({ name, clientId, events }),
    })
    const connected = { cluster, options, random }
    try {
      await this.#trying(connected, async () => cluster.metadata.refresh())
    } catch (error) {
      cluster.close()
      throw error
    }
    this.#connected = connected
    return connected
  }

  async #trying<T>({ options, random }: Connected, attempt: () => Promise<T>): Promise<T> {
    const { clock } = options
    const { retries, totalMs, initialRetryTimeMs } = this.retry
    const deadlineMs = clock.monotonicMs() + totalMs
    try {
      return await retrying(attempt, { clock, random, deadlineMs })
    } catch (error) {
      if (error instanceof KafkaJSError) throw error
      throw afterRetries(error, { retries, retryTimeMs: initialRetryTimeMs })
    }
  }

  #retryOptions(): RetryOptions {
    const { config, retry } = this.#options
    return { ...config.retry, ...retry }
  }
}

import type { Clock, Random } from '@pafka/base'

import type { Cluster } from '../cluster/cluster.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { Deadline } from '../time/deadline.ts'
import { unlessAborted } from '../time/sleep.ts'
import type { CallOptions } from '../options/call-options.ts'
import type { CloseOptions } from '../options/close-options.ts'
import type { ProducerOptions } from './producer-options.ts'
import { producerSettings } from './producer-settings.ts'
import { RecordWriter } from './record-writer.ts'
import type { Transaction } from './transactions/transaction.ts'
import { Transactions } from './transactions/transactions.ts'

/** What a producer needs of its client. */
export interface ProducerParts {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
  readonly closed: (producer: Producer) => void
  readonly mostInFlight?: number | undefined
}

/** Writes records. Made by `kafka.producer()`. */
export class Producer extends RecordWriter implements AsyncDisposable {
  readonly #transactions: Transactions
  readonly #clock: Clock
  readonly #deliveryTimeoutMs: number
  readonly #closed: (producer: Producer) => void

  /** @throws {ConfigError} */
  constructor(parts: ProducerParts, given: ProducerOptions) {
    const { cluster, options, random, closed, mostInFlight } = parts
    const settings = producerSettings(given)
    super({ cluster, options, random, settings, mostInFlight })
    this.#transactions = new Transactions({ cluster, options, random, settings })
    this.#clock = options.clock
    this.#deliveryTimeoutMs = settings.deliveryTimeoutMs
    this.#closed = closed
  }

  /**
   * Writes all that `body` sends in it, and acknowledges what it processed, or nothing of both: it
   * is committed when `body` ends, and aborted when it throws. One follows the other.
   * @param options with a `signal` it is aborted, unless it is being committed by then
   * @returns what `body` returned
   * @throws what `body` threw; {KafkaError} when it could not be committed
   */
  async transaction<T>(
    body: (transaction: Transaction) => T | Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    await using transaction = await this.begin(options)
    const result = await unlessAborted(Promise.resolve(body(transaction)), options.signal)
    await transaction.commit(options)
    return result
  }

  /**
   * A transaction that lasts until it is told otherwise. It begins when the one before has ended.
   * @throws {KafkaError} PRODUCER_FENCED when another producer has the transactional id now
   */
  async begin({ signal }: CallOptions = {}): Promise<Transaction> {
    signal?.throwIfAborted()
    const beginning = this.#transactions.begin()
    try {
      return await unlessAborted(beginning, signal)
    } catch (error) {
      // nobody else would end it
      beginning.then(async (transaction) => transaction.abort()).catch(() => {})
      throw error
    }
  }

  /**
   * Aborts the transaction that is open, sends what is buffered, and ends. What is being committed,
   * or sent, is given up when it takes longer than `timeoutMs`, or the delivery timeout.
   * @throws as `flush`
   */
  override async close({ timeoutMs = this.#deliveryTimeoutMs }: CloseOptions = {}): Promise<void> {
    const deadline = new Deadline(this.#clock, timeoutMs)
    await this.#transactions.close(timeoutMs)
    await super.close({ timeoutMs: deadline.leftMs })
  }

  override abort(): void {
    this.#transactions.stop()
    super.abort()
    this.#closed(this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

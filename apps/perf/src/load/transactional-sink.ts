import type { Delivery, Producer, ProducerRecord, Transaction } from '@pafka/client'

import type { RecordSink } from './produce-load.ts'

/** Sends records in transactions, each of which lasts so long. */
export class TransactionalSink implements RecordSink {
  readonly #producer: Producer
  readonly #durationMs: number
  #transaction: Transaction
  #endMs: number

  private constructor(producer: Producer, durationMs: number, first: Transaction) {
    this.#producer = producer
    this.#durationMs = durationMs
    this.#transaction = first
    this.#endMs = performance.now() + durationMs
  }

  /** @throws {KafkaError} */
  static async begin(producer: Producer, durationMs: number): Promise<TransactionalSink> {
    return new TransactionalSink(producer, durationMs, await producer.begin())
  }

  enqueue(topic: string, record: ProducerRecord<Uint8Array, Uint8Array>, tell: Delivery): boolean {
    return this.#transaction.enqueue(topic, record, tell)
  }

  ready(options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#transaction.ready(options)
  }

  turn(): Promise<void> | undefined {
    return performance.now() < this.#endMs ? undefined : this.#next()
  }

  /** @throws {KafkaError} */
  async commit(): Promise<void> {
    await this.#transaction.commit()
  }

  async #next(): Promise<void> {
    await this.commit()
    this.#transaction = await this.#producer.begin()
    this.#endMs = performance.now() + this.#durationMs
  }
}

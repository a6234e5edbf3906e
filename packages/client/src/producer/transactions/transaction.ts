import type { ConsumerBatch } from '../../consumer/consumer-batch.ts'
import { type ConsumerRecord, sourceOf } from '../../consumer/consumer-record.ts'
import type { GroupOffset } from '../../consumer/group/group-offsets.ts'
import type { GroupProgress } from '../../consumer/group/group-progress.ts'
import { transactionAborted } from '../../errors/client-errors.ts'
import { KafkaError } from '../../errors/kafka-error.ts'
import { unlessAborted } from '../../time/sleep.ts'
import type { CallOptions } from '../../options/call-options.ts'
import type { Raw, WritableTopic } from '../../topic.ts'
import type { Delivery } from '../produce-batch.ts'
import type { RecordMetadata } from '../record-promises.ts'
import type { ProducerRecord, Records, SendReport } from '../producer-record.ts'
import type { RecordWriter } from '../record-writer.ts'
import { ProcessedOffsets } from './processed-offsets.ts'

/** What ends a transaction. */
export interface TransactionEnds {
  /** Aborted when what is sent still is not waited for any more. */
  readonly stopped: AbortSignal
  /** @throws {KafkaError} when it is not committed, or that is not known */
  commit(processed: ProcessedOffsets): Promise<void>
  abort(cause: unknown): Promise<void>
}

/** Records that are written, and others that are processed, all together or not at all. */
export class Transaction implements AsyncDisposable {
  readonly #writer: RecordWriter
  readonly #ends: TransactionEnds
  readonly #processed = new ProcessedOffsets()
  readonly #sending = new Set<Promise<unknown>>()
  #ending: Promise<void> | undefined

  constructor(writer: RecordWriter, ends: TransactionEnds) {
    this.#writer = writer
    this.#ends = ends
  }

  /**
   * As the producer's, within the transaction. Nobody needs to wait for it: a transaction with a
   * record that could not be written is not committed.
   */
  send(
    topic: string,
    record: ProducerRecord<Raw, Raw>,
    options?: CallOptions,
  ): Promise<RecordMetadata>
  send<K, V>(
    topic: WritableTopic<K, V>,
    record: NoInfer<ProducerRecord<K, V>>,
    options?: CallOptions,
  ): Promise<RecordMetadata>
  send(
    topic: string | WritableTopic<never, never>,
    record: ProducerRecord<never, never>,
    options?: CallOptions,
  ): Promise<RecordMetadata> {
    const sent =
      this.#ending === undefined
        ? this.#writer.send(topic as WritableTopic<never, never>, record, options)
        : Promise.reject(transactionEnded())
    sent.catch(ignore)
    return sent
  }

  /** As the producer's, within the transaction, which ends after it. */
  sendAll(topic: string, records: Records<Raw, Raw>, options?: CallOptions): Promise<SendReport>
  sendAll<K, V>(
    topic: WritableTopic<K, V>,
    records: NoInfer<Records<K, V>>,
    options?: CallOptions,
  ): Promise<SendReport>
  sendAll(
    topic: string | WritableTopic<never, never>,
    records: Records<never, never>,
    options?: CallOptions,
  ): Promise<SendReport> {
    if (this.#ending !== undefined) return Promise.reject(transactionEnded())
    const sending = this.#writer.sendAll(topic as WritableTopic<never, never>, records, options)
    this.#sending.add(sending)
    sending.catch(ignore).finally(() => this.#sending.delete(sending))
    return sending
  }

  /** As the producer's, within the transaction. */
  enqueue(topic: string, record: ProducerRecord<Raw, Raw>, tell?: Delivery): boolean
  enqueue<K, V>(
    topic: WritableTopic<K, V>,
    record: NoInfer<ProducerRecord<K, V>>,
    tell?: Delivery,
  ): boolean
  enqueue(
    topic: string | WritableTopic<never, never>,
    record: ProducerRecord<never, never>,
    tell?: Delivery,
  ): boolean {
    this.#check()
    return this.#writer.enqueue(topic as WritableTopic<never, never>, record, tell)
  }

  /** Ends when what `enqueue` refused last may be tried again. @throws {KafkaError} */
  async ready(options?: CallOptions): Promise<void> {
    await this.#writer.ready(options)
  }

  /**
   * A record, and all before it in its partition, is processed by this transaction, for the group
   * of the consumer that read it. The group goes on after it if the transaction is committed.
   * @throws {KafkaError} NOT_IN_GROUP for one that was read without a group
   */
  ack(what: ConsumerRecord<unknown, unknown> | ConsumerBatch<unknown, unknown>): void {
    const record = 'records' in what ? what.records.at(-1) : what
    if (record === undefined) return
    const { topic, partition, offset } = record
    const { progress: group, isLost } = sourceOf(record)
    if (group === undefined) {
      const text = `${topic}/${partition} was read without a group: there is nothing to commit.`
      throw new KafkaError('NOT_IN_GROUP', text, { kind: 'usage', context: { topic, partition } })
    }
    this.ackOffsets(group, [{ topic, partition, offset: offset + 1 }])
    if (isLost !== undefined) this.#processed.holds({ topic, partition }, isLost)
  }

  /** As `ack`, for whoever counts offsets: each is that of the next record to be processed. */
  ackOffsets(group: GroupProgress, offsets: readonly GroupOffset[]): void {
    this.#check()
    for (const one of offsets) this.#processed.add(group, one, one.offset)
  }

  /**
   * Ends it, when all that was sent in it is written.
   * @throws {KafkaError} when it is aborted instead; with `outcome` `unknown` when the broker did
   *   not say what it is, and what `signal` was aborted with: it may be committed nevertheless
   */
  async commit({ signal }: CallOptions = {}): Promise<void> {
    this.#check()
    signal?.throwIfAborted()
    this.#ending = this.#commit()
    await unlessAborted(this.#ending, signal)
  }

  /** Ends it: nothing that was written counts, and what was processed is not. */
  async abort(): Promise<void> {
    this.#ending ??= this.#ends.abort(transactionAborted())
    await this.#ending.catch(ignore)
  }

  /** Aborts it, if it is not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort()
  }

  async #commit(): Promise<void> {
    // what comes of it is told by the writer, too
    try {
      while (this.#sending.size > 0) {
        // oxlint-disable-next-line no-await-in-loop -- who waits for one may send another
        await unlessAborted(Promise.allSettled(this.#sending), this.#ends.stopped)
      }
    } catch (error) {
      await this.#ends.abort(error)
      throw error
    }
    await this.#ends.commit(this.#processed)
  }

  #check(): void {
    if (this.#ending !== undefined) throw transactionEnded()
  }
}

function transactionEnded(): KafkaError {
  return new KafkaError('TRANSACTION_ENDED', 'The transaction has ended.', { kind: 'usage' })
}

function ignore(): void {
  // told by the end of the transaction
}

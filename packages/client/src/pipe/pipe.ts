import type { Clock, Logger, Random } from '@pafka/base'

import type { Consumer } from '../consumer/consumer.ts'
import type { ConsumerBatch } from '../consumer/consumer-batch.ts'
import { clientClosed } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { CloseOptions } from '../options/close-options.ts'
import type { Producer } from '../producer/producer.ts'
import { backoffMs } from '../time/backoff.ts'
import { RETRY_BACKOFF } from '../time/retrying.ts'
import { Closing } from '../time/closing.ts'
import type { Deadline } from '../time/deadline.ts'
import { sleep, unlessAborted } from '../time/sleep.ts'
import { tracedHandler } from '../watch/traced-handler.ts'
import type { Tracing } from '../watch/tracing.ts'
import { Outbox, type RecordQueue } from './outbox.ts'
import type { PipeOptions, Transform } from './pipe-options.ts'

const DEFAULT_COMMIT_INTERVAL_MS = 100
/** For what is under way when it is stopped. */
const CLOSE_TIMEOUT_MS = 30_000

/** What a pipe needs of its client. Consumer and producer are its own. */
export interface PipeParts<K, V> {
  readonly consumer: Consumer<K, V>
  readonly producer: Producer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly clientId: string
  readonly tracing: Tracing | undefined
}

/** Brings what records become to another topic. */
export class Pipe<K, V, ToK, ToV> {
  readonly #parts: PipeParts<K, V>
  readonly #options: PipeOptions<K, V, ToK, ToV>
  readonly #transform: Transform<K, V, ToK, ToV>
  readonly #outbox: Outbox<ToK, ToV>
  readonly #stopped = new AbortController()
  /** Aborted when what is under way took too long for who closes it. */
  readonly #givenUp = new AbortController()
  #running: Promise<void> | undefined
  readonly #closing: Closing
  /** Transactions that were aborted since one was committed. */
  #failures = 0
  /** Of a batch that was too long for one round. */
  #rest: ConsumerBatch<K, V> | undefined

  constructor(
    parts: PipeParts<K, V>,
    options: PipeOptions<K, V, ToK, ToV>,
    transform: Transform<K, V, ToK, ToV>,
  ) {
    this.#parts = parts
    this.#closing = new Closing(parts.clock, CLOSE_TIMEOUT_MS)
    this.#options = options
    this.#transform = tracedHandler(transform, { groupId: options.group, options: parts })
    this.#outbox = new Outbox(options.to, parts.tracing)
  }

  /** @throws what the transform throws, and {KafkaError} that trying again does not mend */
  run(): Promise<void> {
    this.#running ??= unlessAborted(this.#run(), this.#givenUp.signal)
    return this.#running
  }

  /** Ends when what is under way is committed, or takes too long. Whoever runs it is told. */
  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.begin(options, async (deadline) => this.#close(deadline))
  }

  async #close(deadline: Deadline): Promise<void> {
    const { consumer, producer } = this.#parts
    this.#stopped.abort()
    let hasEnded = this.#running === undefined
    const end = (): void => void (hasEnded = true)
    await deadline.wait(Promise.resolve(this.#running?.then(end, end)))
    if (hasEnded) return
    const { signal } = this.#options
    this.#givenUp.abort(signal?.aborted === true ? signal.reason : clientClosed('pipe'))
    producer.abort()
    await consumer.close({ timeoutMs: 0 })
  }

  async #run(): Promise<void> {
    const { consumer, producer } = this.#parts
    const { signal, exactlyOnce = true } = this.#options
    const stop = (): void => void this.close()
    signal?.addEventListener('abort', stop)
    if (signal?.aborted === true) stop()
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one round after the other
        const first = await this.#next()
        if (first === undefined) break
        // oxlint-disable-next-line no-await-in-loop -- as above
        await (exactlyOnce ? this.#inTransaction(first) : this.#atLeastOnce(first))
      }
    } catch (error) {
      throw error instanceof TransformFailure ? error.cause : error
    } finally {
      signal?.removeEventListener('abort', stop)
      await consumer.close()
      await producer.close()
    }
    signal?.throwIfAborted()
  }

  /** Undefined when it is to end. */
  async #next(): Promise<ConsumerBatch<K, V> | undefined> {
    const { signal } = this.#stopped
    const rest = this.#rest
    this.#rest = undefined
    // who gets its partition next waits for what is given, and not given back
    if (rest?.signal.aborted === true) this.#parts.consumer.rewind()
    else if (rest !== undefined && !signal.aborted) return rest
    return this.#parts.consumer.nextBatch(signal)
  }

  async #atLeastOnce(first: ConsumerBatch<K, V>): Promise<void> {
    const { producer } = this.#parts
    const batches = await this.#round(first, producer)
    await producer.flush()
    for (const batch of batches) batch.ack()
  }

  async #inTransaction(first: ConsumerBatch<K, V>): Promise<void> {
    const { producer } = this.#parts
    try {
      await using transaction = await producer.begin()
      for (const batch of await this.#round(first, transaction)) transaction.ack(batch)
      await transaction.commit()
      this.#failures = 0
    } catch (error) {
      if (!mayBeMended(error)) throw error
      await this.#beginAgain(error)
    }
  }

  /**
   * All that is there, but not for longer than a transaction takes. After a failure it is one
   * record: the broker hears of it when it is transformed, so that no transform is too slow.
   */
  async #round(first: ConsumerBatch<K, V>, queue: RecordQueue): Promise<ConsumerBatch<K, V>[]> {
    const { consumer, clock } = this.#parts
    const { commitIntervalMs = DEFAULT_COMMIT_INTERVAL_MS } = this.#options
    const untilMs = clock.monotonicMs() + (this.#failures === 0 ? commitIntervalMs : 0)
    const batches: ConsumerBatch<K, V>[] = []
    for (let batch: typeof first | undefined = first; batch !== undefined;) {
      // oxlint-disable-next-line no-await-in-loop -- in their order
      const count = await this.#process(batch, queue, untilMs)
      const [processed, rest] = batch.splitAt(count)
      batches.push(processed)
      this.#rest = rest
      batch = clock.monotonicMs() < untilMs ? consumer.takeBatch() : undefined
    }
    return batches
  }

  /** @returns how many of them were processed by then: one at least */
  async #process(batch: ConsumerBatch<K, V>, queue: RecordQueue, untilMs: number): Promise<number> {
    let count = 0
    for (const record of batch) {
      try {
        const transformed = this.#transform(record, this.#outbox.emit)
        // oxlint-disable-next-line no-await-in-loop -- one record after the other
        if (transformed instanceof Promise) await transformed
      } catch (cause) {
        this.#outbox.clear()
        throw new TransformFailure(cause)
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (!this.#outbox.isEmpty) await this.#outbox.pass(queue)
      count += 1
      if (this.#parts.clock.monotonicMs() >= untilMs) break
    }
    return count
  }

  /** Nothing of the round counts: its records are read again. @throws what cannot be mended */
  async #beginAgain(error: KafkaError): Promise<void> {
    this.#rest = undefined
    for (let failure = error; ;) {
      // oxlint-disable-next-line no-await-in-loop -- before each attempt
      await this.#pause(failure)
      // when it is stopped nothing more is begun
      if (this.#stopped.signal.aborted) return
      try {
        // oxlint-disable-next-line no-await-in-loop -- made when the one before failed
        await this.#goBack(error.outcome === 'unknown')
        return
      } catch (cause) {
        if (!mayBeMended(cause)) throw cause
        failure = cause
      }
    }
  }

  async #pause({ message: cause }: KafkaError): Promise<void> {
    const { clock, random, logger } = this.#parts
    this.#failures += 1
    logger.warn('pipe-aborted', { cause, failures: this.#failures })
    const waitMs = backoffMs(RETRY_BACKOFF, this.#failures, random)
    await sleep(clock, waitMs, this.#stopped.signal).catch(() => {})
  }

  async #goBack(isUnknown: boolean): Promise<void> {
    const { consumer, producer } = this.#parts
    if (!isUnknown) {
      consumer.rewind()
      return
    }
    // the next transaction ends the one before, one way or the other: the group knows which
    const next = await producer.begin()
    await next.abort()
    await consumer.rewindToCommitted()
  }
}

/** Another transaction may do what this one did not. */
function mayBeMended(error: unknown): error is KafkaError {
  if (!(error instanceof KafkaError)) return false
  return error.kind === 'abortable' || error.kind === 'retriable'
}

class TransformFailure extends Error {
  constructor(cause: unknown) {
    super('a record could not be transformed', { cause })
  }
}

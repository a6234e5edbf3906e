import { BufferPool, type Random } from '@pafka/base'
import type { RecordHeader } from '@pafka/protocol'

import type { Cluster } from '../cluster/cluster.ts'
import { asError } from '../errors/as-error.ts'
import { clientClosed, notBuffered } from '../errors/client-errors.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { rejected, unlessAborted, within } from '../time/sleep.ts'
import type { CallOptions } from '../options/call-options.ts'
import type { CloseOptions } from '../options/close-options.ts'
import { type Raw, writableTopic, type WritableTopic } from '../topic.ts'
import { addRecords } from './add-records.ts'
import { BufferBudget } from './buffer-budget.ts'
import { ManyRecords } from './many-records.ts'
import type { QueuedRecord, QueueWorld } from './partition-queue.ts'
import type { Delivery, RecordWaiter } from './produce-batch.ts'
import type { RecordMetadata, ResolveRecord } from './record-promises.ts'
import { errorOf, ProduceRouter } from './produce-router.ts'
import { ProducerIdentities } from './producer-identity.ts'
import {
  checkRecord,
  headersOf,
  type ProducerRecord,
  type Records,
  type SendReport,
} from './producer-record.ts'
import { prepareRecord } from './prepare-record.ts'
import { ACKS, BATCH_BYTES, POOL, type ProducerSettings } from './producer-settings.ts'
import { RecordClock, wholeMs } from './record-clock.ts'
import { KeyBytes } from './record-slab.ts'
import { TopicDoor, type WaitingRecord } from './topic-door.ts'
import { TopicQueues } from './topic-queues.ts'
import { TracedSends } from './traced-sends.ts'
import type { WriterTransaction } from './writer-transaction.ts'

/** What is needed to write. */
export interface WriterParts {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
  readonly settings: ProducerSettings
  /** What is written is part of a transaction, or not at all. */
  readonly transaction?: WriterTransaction | undefined
  readonly mostInFlight?: number | undefined
}

interface NextRecord extends QueuedRecord {
  timestamp: number
  headers: readonly RecordHeader[] | undefined
  sinceMs: number | undefined
}

/** Brings records to their brokers: buffered, in order, each once. */
export class RecordWriter {
  readonly #parts: WriterParts
  readonly #settings: ProducerSettings
  readonly #budget: BufferBudget
  readonly #pool: BufferPool
  readonly #router: ProduceRouter
  readonly #world: QueueWorld
  readonly #topics = new Map<string, TopicDoor>()
  readonly #unwatch: (() => void)[] = []
  readonly #key = new KeyBytes()
  readonly #clock: RecordClock
  /** What the next record is written from; one for all, as there is one at a time. */
  readonly #next: NextRecord
  /** Each of a `sendAll`. */
  readonly #many = new Set<ManyRecords>()
  /** Those that nobody waits for one by one. */
  readonly #enqueued = new ManyRecords()
  /** Why the last `enqueue` was refused. */
  #refused: Promise<void> = Promise.resolve()
  readonly #traced: TracedSends | undefined
  readonly #closed = new AbortController()
  #isClosed = false

  constructor(parts: WriterParts) {
    this.#parts = parts
    const { cluster, options, random, settings, transaction } = parts
    this.#settings = settings
    const { clock, clientId, requestTimeoutMs, timeoutMs, tracing } = options
    this.#traced = tracing && new TracedSends(tracing, clientId)
    this.#clock = new RecordClock(clock)
    this.#next = { timestamp: 0, key: this.#key, headers: undefined, sinceMs: undefined }
    this.#budget = new BufferBudget(settings.bufferBytes)
    this.#pool = new BufferPool({ clock, ...POOL })
    const identities =
      transaction ??
      (settings.idempotent
        ? new ProducerIdentities({ cluster, clock, random, timeoutMs })
        : undefined)
    this.#router = new ProduceRouter({
      ...{ cluster, clock, random, identities, transaction },
      deliveryTimeoutMs: settings.deliveryTimeoutMs,
      terms: {
        acks: ACKS[settings.acks],
        compression: settings.compression,
        transactionalId: transaction?.id ?? null,
        timeoutMs: requestTimeoutMs,
        mostInFlight: parts.mostInFlight,
      },
    })
    this.#world = {
      ...{ clock, pool: this.#pool, budget: this.#budget, isIdempotent: settings.idempotent },
      spent: (identity) => identities?.spent(identity),
      ready: (queue) => this.#router.ready(queue),
      failed: (error, { recordsCount }) => {
        cluster.counts.producer.failedRecords += recordsCount
        transaction?.failed(error)
      },
      wrote: ({ recordsCount, sizeBytes }) => {
        const { producer } = cluster.counts
        producer.records += recordsCount
        producer.batches += 1
        producer.bytes += sizeBytes
      },
    }
    this.#unwatch.push(cluster.metadata.listen(() => this.#growTopics()))
  }

  /** Bytes of records that are not acknowledged yet. */
  get bufferedBytes(): number {
    return this.#budget.usedBytes
  }

  /**
   * Sends a record. Records that are sent without waiting go together, those of a partition in the
   * order of their sending.
   * @returns where it is, when the broker has it for good
   * @throws {KafkaError} whose `outcome` says whether it may be written nevertheless
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
  send<K, V>(
    topic: string | WritableTopic<K, V>,
    record: ProducerRecord<K, V>,
    options?: CallOptions,
  ): Promise<RecordMetadata> {
    if (options?.signal?.aborted === true) return rejected(options.signal.reason)
    try {
      const to = writableTopic(topic)
      const sent =
        this.#traced === undefined
          ? this.#send(to, record)
          : this.#traced.one(to.name, record, (one) => this.#send(to, one))
      return options === undefined ? sent : unlessAborted(sent, options.signal)
    } catch (error) {
      return rejected(error)
    }
  }

  #send<K, V>(to: WritableTopic<K, V>, record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    const promise = new Promise<RecordMetadata>(keepResolve)
    const resolve = keptResolve
    try {
      const gate = this.#tryAppend(to, record, resolve)
      if (gate === undefined) return promise
      const sinceMs = this.#parts.options.clock.monotonicMs()
      const waiting = { to, record, resolve, sinceMs } as unknown as WaitingRecord
      this.#topics.get(to.name)?.wait(waiting)
    } catch (cause) {
      const error = asError(cause)
      this.#refuses(error)
      resolve(Promise.reject(error))
    }
    return promise
  }

  /**
   * Sends all records of an iterable, which is asked for more only while there is room for them.
   * With `signal` no more is asked for, and what was is sent.
   * @throws {KafkaError} of the first that was not acknowledged, when all others have an end
   */
  sendAll(topic: string, records: Records<Raw, Raw>, options?: CallOptions): Promise<SendReport>
  sendAll<K, V>(
    topic: WritableTopic<K, V>,
    records: NoInfer<Records<K, V>>,
    options?: CallOptions,
  ): Promise<SendReport>
  sendAll<K, V>(
    topic: string | WritableTopic<K, V>,
    records: Records<K, V>,
    options?: CallOptions,
  ): Promise<SendReport> {
    try {
      const to = writableTopic(topic)
      if (this.#traced === undefined) return this.#sendAll(to, records, options?.signal)
      return this.#traced.all(to.name, records, (all) => this.#sendAll(to, all, options?.signal))
    } catch (error) {
      return rejected(error)
    }
  }

  async #sendAll<K, V>(
    to: WritableTopic<K, V>,
    records: Records<K, V>,
    signal: AbortSignal | undefined,
  ): Promise<SendReport> {
    signal?.throwIfAborted()
    const many = new ManyRecords()
    this.#many.add(many)
    const closed = this.#closed.signal
    try {
      const adding = addRecords(records, many, (record) => this.#tryAppend(to, record, many))
      // a source may be silent for ever
      await unlessAborted(adding, signal === undefined ? closed : AbortSignal.any([signal, closed]))
    } catch (cause) {
      many.stop()
      this.#refuses(asError(cause))
      throw cause
    } finally {
      await many.ended()
      this.#many.delete(many)
    }
    if (many.error !== undefined) throw many.error
    return { count: many.acknowledged }
  }

  /**
   * Sends a record of which nobody asks what became: `flush` tells of the first that failed.
   * @param tell is told instead; many records may have the same one
   * @returns false when there is no room, or the topic is not known yet: `ready` waits for it
   */
  enqueue(topic: string, record: ProducerRecord<Raw, Raw>, tell?: Delivery): boolean
  enqueue<K, V>(
    topic: WritableTopic<K, V>,
    record: NoInfer<ProducerRecord<K, V>>,
    tell?: Delivery,
  ): boolean
  enqueue<K, V>(
    topic: string | WritableTopic<K, V>,
    record: ProducerRecord<K, V>,
    tell?: Delivery,
  ): boolean {
    const one = this.#traced === undefined ? record : this.#traced.queued(record)
    const gate = this.#tryAppend(writableTopic(topic), one, tell ?? this.#enqueued)
    if (gate === undefined) {
      if (tell === undefined) this.#enqueued.added()
      return true
    }
    gate.catch(() => {})
    this.#refused = gate
    return false
  }

  /** Ends when what `enqueue` refused last may be tried again. @throws {KafkaError} */
  ready({ signal }: CallOptions = {}): Promise<void> {
    return unlessAborted(this.#refused, signal)
  }

  /**
   * Ends when all that was sent until now is acknowledged, or given up.
   * @throws {KafkaError} of the first record that was enqueued, and could not be produced
   */
  async flush({ signal }: CallOptions = {}): Promise<void> {
    await unlessAborted(this.#flushed(), signal)
    const error = this.#enqueued.takeError()
    if (error !== undefined) throw error
  }

  async #flushed(): Promise<void> {
    const doors = [...this.#topics.values()]
    await Promise.all(doors.map(async (door) => door.passed()))
    const queues = doors.flatMap((door) => door.queues?.all ?? [])
    await Promise.all(queues.map((queue) => queue.flushed()))
  }

  /** Gives up what is not under way. Ends when the rest has an end, too. */
  async abandon(error: KafkaError): Promise<void> {
    for (const many of this.#many) many.stop(error)
    for (const door of this.#topics.values()) door.turnAway(error)
    this.#router.abandonWaiting((batch) => errorOf(batch, error))
    await this.#flushed()
    await this.#router.ended()
    // whoever wants to know was told
    this.#enqueued.takeError()
  }

  /**
   * Sends what is buffered, and ends. What is not acknowledged by then is given up.
   * @throws as `flush`
   */
  async close({ timeoutMs = this.#settings.deliveryTimeoutMs }: CloseOptions = {}): Promise<void> {
    if (this.#isClosed) return
    await within(this.#parts.options.clock, timeoutMs, this.#flushed())
    this.abort()
    // of what was given up now, too
    await this.flush()
  }

  /** Ends at once: what is buffered is given up. */
  abort(): void {
    if (this.#isClosed) return
    const cause = clientClosed('producer')
    this.#isClosed = true
    for (const door of this.#topics.values()) door.turnAway(cause)
    this.#closed.abort(cause)
    this.#router.close((batch, isUnderWay) => errorOf(batch, cause, isUnderWay))
    for (const unwatch of this.#unwatch) unwatch()
    this.#pool.close()
  }

  /** A transaction with a record that did not even come into a batch is not committed either. */
  #refuses(error: Error): void {
    this.#parts.transaction?.failed(error)
  }

  /** @returns what to wait for before it is tried again; nothing when it was added. @throws */
  #tryAppend<K, V>(
    to: WritableTopic<K, V>,
    record: ProducerRecord<K, V>,
    waiter: RecordWaiter,
    sinceMs?: number,
  ): Promise<void> | undefined {
    if (this.#isClosed) throw notBuffered(to.name, clientClosed('producer'))
    const door = this.#topics.get(to.name)
    if (door?.opening !== undefined) return door.opening
    if (door?.queues === undefined || this.#budget.isFull) return this.#shut(to.name)
    try {
      checkRecord(record)
      const { key = null, value, timestamp, partition } = record
      const preparing = door.isPrepared(key, value) ? undefined : prepareRecord(to, key, value)
      if (preparing !== undefined) return door.prepares(key, value, preparing)
      this.#key.encode(key, to.key)
      const { queues } = door
      const queue = partition === undefined ? queues.choose(this.#key) : queues.queueOf(partition)
      const next = this.#next
      next.timestamp = timestamp === undefined ? this.#clock.nowMs() : wholeMs(timestamp)
      next.headers = headersOf(record, to)
      next.sinceMs = sinceMs
      queue.append(next, value, to.value, waiter)
      return undefined
    } catch (cause) {
      throw notBuffered(to.name, cause)
    }
  }

  /** All that comes to the topic waits behind this. */
  #shut(name: string): Promise<void> {
    let door = this.#topics.get(name)
    if (door === undefined) {
      door = new TopicDoor(name, {
        clock: this.#parts.options.clock,
        signal: this.#closed.signal,
        deliveryTimeoutMs: this.#settings.deliveryTimeoutMs,
        whyNot: () => this.#parts.cluster.metadata.whyNot(name),
        enter: ({ to, record, resolve, sinceMs }) =>
          this.#tryAppend(to, record, resolve, sinceMs) === undefined,
        refused: (error) => this.#refuses(error),
      })
      this.#topics.set(name, door)
      this.#unwatch.push(this.#parts.cluster.metadata.watch(name))
    }
    return door.shut(this.#admitted(name, door))
  }

  async #admitted(name: string, door: TopicDoor): Promise<void> {
    const { signal } = this.#closed
    signal.throwIfAborted()
    const { cluster, random, options } = this.#parts
    if (door.queues === undefined) {
      const deadlineMs = options.clock.monotonicMs() + options.timeoutMs
      const mayCreate = this.#settings.createTopics
      const metadata = await cluster.metadata.topic(name, { deadlineMs, signal, mayCreate })
      const queues = new TopicQueues(name, { world: this.#world, random, batchBytes: BATCH_BYTES })
      queues.update(metadata)
      door.queues = queues
    }
    await this.#budget.freed()
  }

  #growTopics(): void {
    for (const [name, { queues }] of this.#topics) {
      const metadata = this.#parts.cluster.metadata.find(name)
      if (metadata !== undefined) queues?.update(metadata)
    }
  }
}

let keptResolve: ResolveRecord

/** One function for all promises: one less to make for each record. */
function keepResolve(resolve: ResolveRecord): void {
  keptResolve = resolve
}

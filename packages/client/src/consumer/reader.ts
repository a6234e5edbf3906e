import type { Random } from '@pafka/base'

import type { Cluster } from '../cluster/cluster.ts'
import type { OwnLane } from '../connection/broker-link.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { retrying } from '../time/retrying.ts'
import { rejected, unlessAborted } from '../time/sleep.ts'
import type { Topic } from '../topic.ts'
import type { ConsumerRecord, RecordSource } from './consumer-record.ts'
import type { DeadLetterProducer } from './dead-letters.ts'
import type { RecordSequence } from './fetched-batch.ts'
import { LATEST, listOffsets } from './list-offsets.ts'
import type { PartitionReader } from './partition-reader.ts'
import { checkReader, type ReaderOptions } from './reader-options.ts'
import { RecordFlow, type StartPoint } from './record-flow.ts'

/** What a reader needs of its client. */
export interface ReaderParts<K, V> {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
  readonly topic: Topic<K, V>
  readonly producer: () => DeadLetterProducer
  readonly closed: (reader: Reader<K, V>) => void
}

/** What is read of a partition. */
interface Reading<K, V> {
  readonly source: RecordSource<K, V>
  readonly reader: PartitionReader
  /** What is read before it ends; Infinity when it does not. */
  readonly endOffset: number
}

/** Reads a topic from one end to the other, without a group. Made by `kafka.reader()`. */
export class Reader<K, V> implements AsyncIterableIterator<ConsumerRecord<K, V>>, AsyncDisposable {
  readonly #parts: ReaderParts<K, V>
  readonly #given: ReaderOptions
  readonly #flow: RecordFlow
  readonly #lane: OwnLane
  readonly #readings = new Map<PartitionReader, Reading<K, V>>()
  #opening: Promise<void> | undefined
  #reading: Reading<K, V> | undefined
  #batch: RecordSequence | undefined
  #unwatch: (() => void) | undefined
  readonly #closed = new AbortController()
  readonly #aborted = (): void => this.close()

  /** @throws {ConfigError} */
  constructor(parts: ReaderParts<K, V>, given: ReaderOptions) {
    checkReader(parts.topic.name, given)
    this.#parts = parts
    this.#given = given
    const { cluster, random, options } = parts
    const { clock, logger, rack = '' } = options
    const terms = { rack, readsCommitted: given.readCommitted ?? true }
    this.#lane = cluster.ownLanes().fetch
    this.#flow = new RecordFlow({
      ...{ cluster, clock, random, terms, lane: this.#lane, reset: 'earliest' },
      bufferBytes: given.bufferBytes,
      decoding: { logger, policy: given.onDecodeError, producer: parts.producer },
    })
    given.signal?.addEventListener('abort', this.#aborted, { once: true })
    if (given.signal?.aborted === true) queueMicrotask(this.#aborted)
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws {KafkaError} when a partition cannot be read; what `signal` was aborted with */
  next(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    try {
      const record = this.#nextOfBatch()
      if (record !== undefined) return Promise.resolve({ done: false, value: record })
    } catch (error) {
      return rejected(error)
    }
    return this.#nextOfFlow()
  }

  /** As leaving a `for await` loop does. */
  return(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    this.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  close(): void {
    if (this.#isClosed) return
    this.#closed.abort()
    this.#given.signal?.removeEventListener('abort', this.#aborted)
    this.#flow.close()
    this.#unwatch?.()
    this.#parts.cluster.closeLane(this.#lane)
    this.#parts.closed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  #nextOfBatch(): ConsumerRecord<K, V> | undefined {
    const reading = this.#reading
    if (reading === undefined || this.#isClosed) return undefined
    for (;;) {
      const record = this.#batch?.next(reading.source)
      if (record === undefined) return undefined
      if (record.offset < reading.endOffset) return record
    }
  }

  async #nextOfFlow(): Promise<IteratorResult<ConsumerRecord<K, V>, undefined>> {
    const { signal } = this.#given
    this.#opening ??= this.#open()
    try {
      await unlessAborted(this.#opening, this.#closed.signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (this.#isClosed) return this.return()
      throw error
    }
    for (;;) {
      signal?.throwIfAborted()
      const taken = this.#isClosed ? undefined : this.#flow.take()
      if (taken === undefined) {
        this.#dropEnded()
        if (this.#isClosed || this.#readings.size === 0) return this.return()
        // oxlint-disable-next-line no-await-in-loop -- this is the wait
        await this.#flow.changed()
        continue
      }
      this.#batch = taken.batch
      this.#reading = this.#readings.get(taken.reader)
      const record = this.#nextOfBatch()
      if (record !== undefined) return { done: false, value: record }
    }
  }

  /** What was read to its end is read no further. */
  #dropEnded(): void {
    for (const [reader, { endOffset }] of this.#readings) {
      if (reader.isReady || reader.isPreparing || reader.fetchOffset < endOffset) continue
      this.#flow.remove(reader)
      this.#readings.delete(reader)
    }
  }

  async #open(): Promise<void> {
    const { cluster, options, random, topic } = this.#parts
    const { signal } = this.#closed
    const { until, partitions, from = 'earliest', offsets, readCommitted } = this.#given
    const { clock, timeoutMs } = options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    this.#unwatch = cluster.metadata.watch(topic.name)
    const metadata = await cluster.metadata.topic(topic.name, { deadlineMs, signal })
    const wanted = partitions ?? metadata.partitions.map(({ partition }) => partition)
    for (const partition of wanted) {
      if (metadata.partitions[partition] !== undefined) continue
      const text = `Topic ${topic.name} has no partition ${partition}.`
      const context = { topic: topic.name, partition }
      throw new KafkaError('UNKNOWN_PARTITION', text, { kind: 'usage', context })
    }
    const ends = await retrying(
      async () => (until === 'end' ? this.#ends(wanted, readCommitted ?? true) : undefined),
      { clock, random, deadlineMs, signal },
    )
    for (const partition of wanted) {
      const offset = offsets?.get(partition)
      const start: StartPoint = offset === undefined ? from : { offset }
      const source = { topic: topic.name, partition, key: topic.key, value: topic.value }
      const reader = this.#flow.add(topic.name, partition, start, () => source)
      const endOffset = ends === undefined ? Infinity : (ends.get(partition) ?? 0)
      this.#readings.set(reader, { source, reader, endOffset })
    }
  }

  async #ends(
    partitions: readonly number[],
    readsCommitted: boolean,
  ): Promise<ReadonlyMap<number, number>> {
    const { cluster, topic } = this.#parts
    const questions = partitions.map((partition) => {
      return { topic: topic.name, partition, timestamp: LATEST }
    })
    const answers = await listOffsets(cluster, questions, readsCommitted)
    return new Map([...answers].map(([{ partition }, offset]) => [partition, offset]))
  }
}

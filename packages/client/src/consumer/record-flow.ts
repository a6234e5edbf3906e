import type { Clock, Random } from '@pafka/base'

import type { Cluster } from '../cluster/cluster.ts'
import type { OwnLane } from '../connection/broker-link.ts'
import { clientClosed } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import { Bell } from '../time/bell.ts'
import { HoldProcess } from '../time/hold-process.ts'
import { retrying } from '../time/retrying.ts'
import type { PartitionLag } from '../watch/client-metrics.ts'
import { BatchPreparer, type DecodeTerms } from './batch-preparer.ts'
import { BrokerFetcher, type FetchTermsOfConsumer, type FetchWatch } from './broker-fetcher.ts'
import type { RecordSource } from './consumer-record.ts'
import { DEFAULT_BUFFER_BYTES, FetchBudget } from './fetch-budget.ts'
import type { RecordSequence } from './fetched-batch.ts'
import { EARLIEST, LATEST, listOffsets } from './list-offsets.ts'
import { PartitionReader } from './partition-reader.ts'

/** Where to begin: at an offset, at a time, at the first record, or at the next one to come. */
export type StartPoint =
  | 'earliest'
  | 'latest'
  | { readonly offset: number }
  | { readonly timestamp: number }

export type ResetPoint = 'earliest' | 'latest' | 'none'

export interface RecordFlowOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  /** To be closed by who gave it. */
  readonly lane: OwnLane
  readonly terms: FetchTermsOfConsumer
  /** Of what is fetched, and not taken; 64 MiB by default. */
  readonly bufferBytes?: number | undefined
  readonly watch?: FetchWatch | undefined
  /** There is something to take of a partition. */
  readonly ready?: ((reader: PartitionReader) => void) | undefined
  /** Where to begin when what was to be read is not there any more; `none` is an error. */
  readonly reset: ResetPoint | ((topic: string) => ResetPoint)
  /** What was to be read of it is not there: it goes on at `reset`. */
  readonly wasReset?: ((reader: PartitionReader) => void) | undefined
  /** As `wasReset`, when it is known where that is. */
  readonly resetTo?: ((reader: PartitionReader, offset: number) => void) | undefined
  /** Without it batches are taken as they are. */
  readonly decoding?: DecodeTerms | undefined
}

/** A batch that was taken, and whose it is. */
export interface TakenBatch {
  readonly reader: PartitionReader
  readonly batch: RecordSequence
}

/** Records of many partitions, as they come: each partition in its order, none of them first. */
export class RecordFlow {
  readonly #options: RecordFlowOptions
  readonly #preparer: BatchPreparer | undefined
  readonly #fetchers = new Map<number, BrokerFetcher>()
  readonly #readers = new Map<PartitionReader, BrokerFetcher | undefined>()
  /** With something to take; who was taken from goes to the end. */
  readonly #ready = new Set<PartitionReader>()
  readonly #budget: FetchBudget
  readonly #change = new Bell()
  readonly #process = new HoldProcess()
  readonly #unlisten: () => void
  readonly #closed = new AbortController()

  constructor(options: RecordFlowOptions) {
    this.#options = options
    const { clock, random, decoding, bufferBytes = DEFAULT_BUFFER_BYTES } = options
    this.#budget = new FetchBudget({
      ...{ bufferBytes, readers: this.#readers },
      brokersCount: () => this.#fetchers.size,
      isAnyReady: () => this.#ready.size > 0,
    })
    this.#preparer = decoding && new BatchPreparer({ ...decoding, clock, random })
    this.#unlisten = options.cluster.metadata.listen(() => this.#routeAll())
    options.cluster.counts.lagSources.add(this)
    options.cluster.counts.roles.add('consumer')
    // there may be moments without a connection
    this.#process.hold()
  }

  /** Begins to read a partition; where, is looked up if it must be. */
  add<K, V>(
    topic: string,
    partition: number,
    start: StartPoint,
    sourceNow?: () => RecordSource<K, V>,
  ): PartitionReader {
    const reader: PartitionReader = new PartitionReader(topic, partition, {
      prepare: (batch) => sourceNow && this.#preparer?.prepare(batch, sourceNow()),
      ready: () => this.#isReady(reader),
    })
    this.#readers.set(reader, undefined)
    this.#start(reader, start)
    this.#route(reader)
    return reader
  }

  /** Goes on from there; what was fetched is dropped, unless that is in it. */
  seek(reader: PartitionReader, start: StartPoint): void {
    if (reader.isClosed) return
    const isKept = typeof start === 'object' && 'offset' in start && reader.rewind(start.offset)
    if (isKept) {
      this.#isReady(reader)
      return
    }
    this.#ready.delete(reader)
    reader.seek(-1)
    this.#start(reader, start)
    this.#mayHaveRoom(reader)
  }

  /** Nothing of it is given before `resume`. @param fetchesOn more of it is fetched nevertheless */
  pause(reader: PartitionReader, fetchesOn: boolean): void {
    reader.isHeld = true
    reader.isPaused = !fetchesOn
    this.#ready.delete(reader)
  }

  resume(reader: PartitionReader): void {
    reader.isHeld = false
    reader.isPaused = false
    if (reader.isReady) this.#isReady(reader)
    this.#mayHaveRoom(reader)
  }

  remove(reader: PartitionReader): void {
    this.#readers.get(reader)?.remove(reader)
    this.#readers.delete(reader)
    this.#ready.delete(reader)
    reader.close()
    this.#hasRoom()
  }

  /** @returns undefined when there is nothing now. @throws {KafkaError} of a partition */
  take(): TakenBatch | undefined {
    for (const reader of this.#ready) {
      const taken = this.takeOf(reader)
      if (taken !== undefined) return taken
    }
    return undefined
  }

  /** As `take`, of one partition. @throws {KafkaError} */
  takeOf(reader: PartitionReader): TakenBatch | undefined {
    if (!this.#ready.delete(reader) || !reader.isReady) return undefined
    reader.isAwaited = false
    const batch = reader.take()
    this.#mayHaveRoom(reader)
    if (batch === undefined) return undefined
    if (reader.isReady) this.#ready.add(reader)
    this.#count(reader, batch)
    return { reader, batch }
  }

  /** Nothing else is wanted before there is something to take of it. */
  awaits(reader: PartitionReader): void {
    reader.isAwaited = true
    this.#mayHaveRoom(reader)
  }

  /** How far each partition is read. */
  get lag(): readonly PartitionLag[] {
    const groupId = this.#options.decoding?.groupId
    return Array.from(this.#readers.keys(), ({ topic, partition, lag: records }) => {
      return { topic, partition, groupId, records }
    })
  }

  /** Ends when there may be something to take, or the flow is closed. */
  async changed(): Promise<void> {
    if (this.#ready.size > 0 || this.#closed.signal.aborted) return
    this.#hasRoom()
    await this.#change.heard()
  }

  /** Ends the wait of who waits for a change. */
  wake(): void {
    this.#change.ring()
  }

  close(): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(clientClosed('consumer'))
    this.#options.cluster.counts.lagSources.delete(this)
    this.#preparer?.close()
    this.#unlisten()
    this.#process.release()
    for (const reader of [...this.#readers.keys()]) this.remove(reader)
    for (const fetcher of this.#fetchers.values()) fetcher.close()
    this.wake()
  }

  #count(reader: PartitionReader, { lastOffset, recordsCount }: RecordSequence): void {
    const { consumer } = this.#options.cluster.counts
    consumer.records += recordsCount
    consumer.batches += 1
    reader.takenOffset = lastOffset + 1
  }

  /** Looks up where to begin, until that is known. */
  async #begin(reader: PartitionReader, timestamp: number, isReset = false): Promise<void> {
    const { cluster, clock, random, terms } = this.#options
    const { topic, partition } = reader
    const { signal } = this.#closed
    try {
      const offset = await retrying(
        async () => {
          if (reader.isClosed) return -1
          const question = { topic, partition, timestamp }
          const answers = await listOffsets(cluster, [question], terms.readsCommitted)
          const found = answers.get(question) ?? -1
          if (found >= 0) return found
          // no record is so new: those to come are
          const next = { topic, partition, timestamp: LATEST }
          return (await listOffsets(cluster, [next], terms.readsCommitted)).get(next) ?? -1
        },
        { clock, random, deadlineMs: Infinity, signal },
      )
      if (reader.isClosed || reader.fetchOffset >= 0) return
      if (isReset) this.#options.resetTo?.(reader, offset)
      reader.seek(offset)
      this.#readers.get(reader)?.wake()
      this.wake()
    } catch (error) {
      if (reader.isClosed || signal.aborted) return
      if (error instanceof KafkaError) reader.fail(error)
      this.#isReady(reader)
    }
  }

  #start(reader: PartitionReader, start: StartPoint): void {
    if (typeof start === 'object' && 'offset' in start) reader.seek(start.offset)
    else void this.#begin(reader, typeof start === 'object' ? start.timestamp : TIMES[start])
  }

  #outOfRange(reader: PartitionReader): void {
    const { topic, partition, fetchOffset } = reader
    const { reset: given } = this.#options
    const reset = typeof given === 'function' ? given(topic) : given
    if (reset === 'none') {
      const text = `${topic}/${partition} has no offset ${fetchOffset} any more, or not yet.`
      const context = { topic, partition }
      reader.fail(new KafkaError('OFFSET_OUT_OF_RANGE', text, { kind: 'usage', context }))
      this.#isReady(reader)
      return
    }
    reader.seek(-1)
    void this.#begin(reader, TIMES[reset], true)
    this.#options.wasReset?.(reader)
  }

  #routeAll(): void {
    for (const reader of this.#readers.keys()) this.#route(reader)
  }

  /** To its leader, or to who the leader says is nearer. */
  #route(reader: PartitionReader): void {
    const { cluster, clock } = this.#options
    const { topic, partition, preferred } = reader
    const { nodes } = cluster.metadata
    const isPreferred = preferred !== undefined && preferred.untilMs > clock.monotonicMs()
    const leaderId = cluster.metadata.find(topic)?.partitions[partition]?.leaderId ?? -1
    // one that is not there any more is nearer no more
    const nodeId = isPreferred && nodes.has(preferred.nodeId) ? preferred.nodeId : leaderId
    const isThere = nodeId >= 0 && nodes.has(nodeId)
    const fetcher = isThere ? this.#fetcherOf(nodeId) : undefined
    const before = this.#readers.get(reader)
    if (before === fetcher && before !== undefined) return
    before?.remove(reader)
    this.#readers.set(reader, fetcher)
    if (fetcher === undefined) cluster.metadata.outdated()
    else fetcher.add(reader)
  }

  #fetcherOf(nodeId: number): BrokerFetcher {
    const known = this.#fetchers.get(nodeId)
    if (known !== undefined) return known
    const { cluster, clock, random, lane, terms } = this.#options
    const fetcher = new BrokerFetcher({
      ...{ cluster, clock, random, nodeId, lane, terms, watch: this.#options.watch },
      budget: this.#budget,
      ready: (reader) => this.#isReady(reader),
      outOfRange: (reader) => this.#outOfRange(reader),
      moved: (reader) => this.#route(reader),
    })
    this.#fetchers.set(nodeId, fetcher)
    return fetcher
  }

  /** Of it, or of all there may be less than before. */
  #mayHaveRoom(reader: PartitionReader): void {
    this.#readers.get(reader)?.wake()
    this.#hasRoom()
  }

  /** Others may be asked for that could not be before. */
  #hasRoom(): void {
    for (const fetcher of this.#fetchers.values()) fetcher.hasRoom()
  }

  #isReady(reader: PartitionReader): void {
    if (!this.#readers.has(reader) || reader.isHeld) return
    this.#ready.add(reader)
    this.#options.ready?.(reader)
    this.wake()
  }
}

const TIMES = { earliest: EARLIEST, latest: LATEST }

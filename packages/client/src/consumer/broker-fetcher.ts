import type { Clock, Random, Timer } from '@pafka/base'
import {
  ErrorCode,
  Fetch,
  type FetchResponse,
  type FetchResponsePartitionData,
  isRetriable,
  joinRecordBytes,
  ZERO_UUID,
} from '@pafka/protocol'

import type { MetadataKeeper } from '../cluster/metadata-keeper.ts'
import { partitionKey } from '../cluster/topic-partition.ts'
import type { BrokerVersions } from '../connection/api-versions.ts'
import type { OwnLane } from '../connection/broker-link.ts'
import type { Connection } from '../connection/connection.ts'
import { brokerError } from '../errors/broker-error.ts'
import { isRetriableError, KafkaError } from '../errors/kafka-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { RETRY_BACKOFF } from '../time/retrying.ts'
import type { ClientCounts } from '../watch/client-counts.ts'
import type { FetchBudget } from './fetch-budget.ts'
import { FetchedRecords } from './fetched-records.ts'
import { type FrameLease, leaseOf } from './frame-lease.ts'
import { FetchSessionState, type WantedPartition } from './fetch-session-state.ts'
import type { PartitionReader } from './partition-reader.ts'

/** Versions before 4 tell nothing of transactions; from 13 on topics go by their ids. */
const VERSIONS = { min: 4 }
const ID_VERSION = 13
const READ_COMMITTED = 1
const READ_UNCOMMITTED = 0
/** A broker without records waits for some so long. */
const MAX_WAIT_MS = 500
/** While there is a partition that may want more any moment. */
const SHORT_WAIT_MS = 20
const MAX_BYTES = 16_000_000
/** Twice the largest batch that brokers take by default: one that has no room comes alone. */
const PARTITION_MAX_BYTES = 2_097_152
/** A broker gives a whole batch where it may give so little. */
const ONE_BATCH_BYTES = 1

/** How a consumer has its records. */
export interface FetchTermsOfConsumer {
  readonly readsCommitted: boolean
  readonly rack: string
  readonly maxWaitMs?: number | undefined
  readonly minBytes?: number | undefined
  readonly maxBytes?: number | undefined
  readonly partitionMaxBytes?: number | undefined
}

/** What fetching needs of a cluster. */
export interface FetchBrokers {
  readonly metadata: MetadataKeeper
  readonly metadataMaxAgeMs: number
  readonly requestTimeoutMs: number
  readonly counts: Pick<ClientCounts, 'consumer'>
  /** To be asked for before each request. @throws {KafkaError} */
  connectionTo(nodeId: number, lane: OwnLane): Promise<FetchConnection>
}

interface FetchConnection {
  readonly connection: Pick<Connection, 'send' | 'giveBack'>
  readonly versions: BrokerVersions
}

/** Who wants to know of fetches. */
export interface FetchWatch {
  begins(nodeId: number): void
  ended(nodeId: number, durationMs: number): void
}

export interface BrokerFetcherOptions {
  readonly cluster: FetchBrokers
  readonly clock: Clock
  readonly random: Random
  readonly nodeId: number
  readonly lane: OwnLane
  readonly terms: FetchTermsOfConsumer
  readonly budget: FetchBudget
  readonly watch?: FetchWatch | undefined
  /** There is something to take. */
  readonly ready: (reader: PartitionReader) => void
  /** What was asked for is not there any more. */
  readonly outOfRange: (reader: PartitionReader) => void
  /** Another broker has it. */
  readonly moved: (reader: PartitionReader) => void
}

/** Fetches from one broker, one request after the other, while anybody wants more. */
export class BrokerFetcher {
  readonly #options: BrokerFetcherOptions
  readonly #readers = new Set<PartitionReader>()
  readonly #session: FetchSessionState
  #isFetching = false
  /** Some are not asked for, as there is no room. */
  #isShort = false
  #failures = 0
  /** Before it nothing is asked, as something went wrong. By the clock's `monotonicMs`. */
  #notBeforeMs = -Infinity
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: BrokerFetcherOptions) {
    this.#options = options
    this.#session = new FetchSessionState(options.terms.partitionMaxBytes ?? PARTITION_MAX_BYTES)
  }

  add(reader: PartitionReader): void {
    this.#readers.add(reader)
    this.wake()
  }

  remove(reader: PartitionReader): void {
    this.#readers.delete(reader)
  }

  /** Somebody may want more. */
  wake(): void {
    if (this.#isFetching || this.#isClosed) return
    if (this.#notBeforeMs > this.#options.clock.monotonicMs()) {
      this.#wakeAt(this.#notBeforeMs)
      return
    }
    this.#timer?.cancel()
    this.#isFetching = true
    void this.#run()
  }

  /** There may be room for more. */
  hasRoom(): void {
    if (this.#isShort) this.wake()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#readers.clear()
  }

  async #run(): Promise<void> {
    // those who are added in one go are fetched in one go
    await new Promise(setImmediate)
    for (;;) {
      const wanted = this.#wanted()
      if (wanted.length === 0 || this.#isClosed) break
      // oxlint-disable-next-line no-await-in-loop -- a session has one request at a time
      if (!(await this.#fetchWithin(wanted))) break
    }
    this.#isFetching = false
  }

  /** @returns false when it is to be tried later, or when there is room */
  async #fetchWithin(wanted: readonly PartitionReader[]): Promise<boolean> {
    const { budget, terms } = this.#options
    const bytes = budget.reserve(terms.maxBytes ?? MAX_BYTES)
    const asked = bytes > 0 ? wanted : wanted.filter((reader) => budget.mayExceed(reader))
    this.#isShort = asked.length < wanted.length
    try {
      return asked.length > 0 && (await this.#fetch(asked, Math.max(bytes, ONE_BATCH_BYTES)))
    } finally {
      budget.release(bytes)
    }
  }

  /** Who wants more now; a timer rings for those who do later. */
  #wanted(): PartitionReader[] {
    const { clock } = this.#options
    const nowMs = clock.monotonicMs()
    let nextMs = Infinity
    const wanted = [...this.#readers].filter((reader) => {
      if (!this.#wantsMore(reader)) return false
      if (reader.notBeforeMs <= nowMs) return true
      nextMs = Math.min(nextMs, reader.notBeforeMs)
      return false
    })
    if (wanted.length === 0 && nextMs < Infinity) this.#wakeAt(nextMs)
    return wanted
  }

  #wantsMore(reader: PartitionReader): boolean {
    const isOpen = !reader.isClosed && !reader.hasFailed && !reader.isPaused
    const { partitionBytes } = this.#options.budget
    return isOpen && reader.fetchOffset >= 0 && reader.bufferedBytes < partitionBytes
  }

  #wakeAt(dueMs: number): void {
    const { clock } = this.#options
    this.#timer?.cancel()
    this.#timer = clock.setTimer(Math.max(0, dueMs - clock.monotonicMs()), () => this.wake())
  }

  /** @returns false when it is to be tried later */
  async #fetch(readers: readonly PartitionReader[], maxBytes: number): Promise<boolean> {
    const { cluster, nodeId, lane, clock, terms, watch } = this.#options
    const asked = new Map(readers.map((reader) => [reader, this.#wantedOf(reader)]))
    const canHaveIds = [...asked.values()].every(({ topicId }) => topicId !== ZERO_UUID)
    const { maxWaitMs: longWaitMs = MAX_WAIT_MS, minBytes = 1 } = terms
    const isAnyFull = [...this.#readers].some((one) => !one.isPaused && !this.#wantsMore(one))
    const maxWaitMs = isAnyFull || this.#isShort ? Math.min(SHORT_WAIT_MS, longWaitMs) : longWaitMs
    try {
      const { connection, versions } = await cluster.connectionTo(nodeId, lane)
      const range = canHaveIds ? VERSIONS : { ...VERSIONS, max: ID_VERSION - 1 }
      const version = versions.pick(Fetch, range)
      const beganMs = clock.monotonicMs()
      watch?.begins(nodeId)
      const response = await connection.send({
        ...{ api: Fetch, version, timeoutMs: cluster.requestTimeoutMs + maxWaitMs },
        request: {
          ...{ replicaId: -1, maxWaitMs, minBytes, maxBytes },
          isolationLevel: terms.readsCommitted ? READ_COMMITTED : READ_UNCOMMITTED,
          ...this.#session.ask([...asked.values()], version >= ID_VERSION),
          rackId: terms.rack,
        },
      })
      watch?.ended(nodeId, clock.monotonicMs() - beganMs)
      if (response.errorCode !== ErrorCode.NONE) return this.#refusedAll(readers, response)
      this.#failures = 0
      this.#answered(response, asked, connection)
      return true
    } catch (error) {
      this.#backOff()
      for (const reader of readers) {
        if (!isRetriableError(error)) this.#failed(reader, error)
        else if (reader.preferred !== undefined) this.#toLeader(reader)
      }
      return false
    }
  }

  /** @returns whether it is asked again at once */
  #refusedAll(readers: readonly PartitionReader[], { errorCode }: FetchResponse): boolean {
    // the broker has forgotten the session, or has another idea of it: the next one begins anew
    if (isOfSession(errorCode) && this.#failures === 0) {
      this.#session.reset()
      this.#failures = 1
      return true
    }
    this.#backOff()
    if (mayPass(errorCode)) return false
    for (const reader of readers) {
      const { topic, partition } = reader
      this.#failed(reader, brokerError(errorCode, null, { topic, partition, api: 'Fetch' }))
    }
    return false
  }

  #backOff(): void {
    const { clock, random, cluster } = this.#options
    this.#session.reset()
    cluster.metadata.outdated()
    this.#failures += 1
    this.#notBeforeMs = clock.monotonicMs() + backoffMs(RETRY_BACKOFF, this.#failures, random)
    this.#wakeAt(this.#notBeforeMs)
  }

  #wantedOf(reader: PartitionReader): WantedPartition {
    const { topic, partition, fetchOffset } = reader
    const known = this.#options.cluster.metadata.find(topic)
    return {
      ...{ topic, partition, fetchOffset, topicId: known?.id ?? ZERO_UUID },
      leaderEpoch: known?.partitions[partition]?.leaderEpoch ?? -1,
    }
  }

  #answered(
    response: FetchResponse,
    asked: ReadonlyMap<PartitionReader, WantedPartition>,
    connection: FetchConnection['connection'],
  ): void {
    this.#session.answered(response.sessionId)
    const { metadata } = this.#options.cluster
    const lease = leaseOf(response, (memory) => connection.giveBack(memory))
    const readers = new Map([...asked.keys()].map((reader) => [partitionKey(reader), reader]))
    for (const { topic, topicId, partitions } of response.responses) {
      const name = topicId === ZERO_UUID ? topic : (metadata.nameOf(topicId) ?? topic)
      for (const data of partitions) {
        const partition = data.partitionIndex
        const reader = readers.get(partitionKey({ topic: name, partition }))
        const wanted = reader && asked.get(reader)
        if (reader !== undefined && wanted !== undefined) this.#take(reader, wanted, data, lease)
      }
    }
    lease?.release()
  }

  #take(
    reader: PartitionReader,
    { fetchOffset }: WantedPartition,
    data: FetchResponsePartitionData,
    lease: FrameLease | undefined,
  ): void {
    // it was sought meanwhile, or given up
    if (reader.isClosed || reader.fetchOffset !== fetchOffset) return
    const { errorCode, records, abortedTransactions, preferredReadReplica } = data
    if (errorCode !== ErrorCode.NONE) {
      this.#refused(reader, data)
      return
    }
    if (preferredReadReplica >= 0) {
      this.#prefer(reader, preferredReadReplica)
      return
    }
    reader.highWatermark = data.highWatermark
    if (records === null || records.length === 0) return
    const bytes = joinRecordBytes(records)
    this.#options.cluster.counts.consumer.bytes += bytes.length
    const aborted = this.#options.terms.readsCommitted ? (abortedTransactions ?? []) : []
    reader.add(fetchOffset, new FetchedRecords(bytes, fetchOffset, aborted, lease))
    // after the next request is sent: what is done with the records meanwhile takes its time
    setImmediate(this.#options.ready, reader)
  }

  #prefer(reader: PartitionReader, nodeId: number): void {
    const { clock, cluster, moved } = this.#options
    if (!cluster.metadata.nodes.has(nodeId)) {
      reader.failures += 1
      this.#later(reader)
      cluster.metadata.outdated()
      return
    }
    reader.preferred = { nodeId, untilMs: clock.monotonicMs() + cluster.metadataMaxAgeMs }
    moved(reader)
  }

  #refused(
    reader: PartitionReader,
    { errorCode, currentLeader }: FetchResponsePartitionData,
  ): void {
    const { cluster, outOfRange } = this.#options
    const { topic, partition } = reader
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      // once is no trouble; whoever says so again and again is not asked at once
      if (reader.failures > 0) this.#later(reader)
      reader.failures += 1
      // where that ends is not sure before it was taken: a damaged batch may say anything
      if (reader.bufferedBytes > 0) {
        this.#later(reader)
        return
      }
      // a follower that lags behind does not have it yet; its leader knows
      if (reader.preferred === undefined) outOfRange(reader)
      else this.#toLeader(reader)
      return
    }
    if (!mayPass(errorCode)) {
      this.#failed(reader, brokerError(errorCode, null, { topic, partition, api: 'Fetch' }))
      return
    }
    if (currentLeader !== undefined) {
      const topicId = cluster.metadata.find(topic)?.id ?? ZERO_UUID
      cluster.metadata.leaderChanged({ topicId, topic, partition, ...currentLeader })
    }
    reader.failures += 1
    reader.preferred = undefined
    this.#later(reader)
    cluster.metadata.outdated()
  }

  #later(reader: PartitionReader): void {
    const { clock, random } = this.#options
    reader.notBeforeMs = clock.monotonicMs() + backoffMs(RETRY_BACKOFF, reader.failures, random)
  }

  #toLeader(reader: PartitionReader): void {
    reader.preferred = undefined
    this.#options.moved(reader)
  }

  #failed(reader: PartitionReader, cause: unknown): void {
    const { topic, partition } = reader
    const error =
      cause instanceof KafkaError
        ? cause
        : new KafkaError('FETCH_FAILED', `${topic}/${partition} could not be fetched.`, {
            ...{ kind: 'fatal', context: { topic, partition }, cause },
          })
    reader.fail(error)
    this.#options.ready(reader)
  }
}

function mayPass(errorCode: number): boolean {
  return isRetriable(errorCode) || errorCode === ErrorCode.UNKNOWN_SERVER_ERROR
}

function isOfSession(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND ||
    errorCode === ErrorCode.INVALID_FETCH_SESSION_EPOCH ||
    errorCode === ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR
  )
}

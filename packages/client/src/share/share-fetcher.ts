import type { Clock, Random, Timer } from '@pafka/base'
import {
  ErrorCode,
  isRetriable,
  joinRecordBytes,
  ShareAcknowledge,
  ShareFetch,
  type ShareFetchResponsePartitionData,
} from '@pafka/protocol'

import type { OwnLane } from '../connection/broker-link.ts'
import type { RecordSource } from '../consumer/consumer-record.ts'
import { brokerError } from '../errors/broker-error.ts'
import { isRetriableError, KafkaError } from '../errors/kafka-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { RETRY_BACKOFF } from '../time/retrying.ts'
import { AcquiredRecords } from './acquired-records.ts'
import type { ShareBrokers, ShareConnection } from './share-brokers.ts'
import { ShareHold } from './share-hold.ts'
import type { ShareJob } from './share-job.ts'
import { isMoved, isOfSession, notAnswered, sessionLost } from './share-errors.ts'
import { ShareSayings } from './share-sayings.ts'
import { placeKey, type SharedPlace, ShareSessionState } from './share-session-state.ts'

/** From here on locks are renewed, and records counted one by one. */
const RENEW_VERSION = 2
const BATCH_OPTIMIZED = 0
const RECORD_LIMIT = 1
/** A broker without records waits for some so long. */
const MAX_WAIT_MS = 500
/** While the program is at some, of which it will say something. */
const SHORT_WAIT_MS = 100
const MAX_BYTES = 8_000_000
/** With so many bytes that nobody took nothing is fetched. */
const MOST_BUFFERED_BYTES = 4_000_000
const DEFAULT_LOCK_MS = 30_000
const MOST_LOCK_MS = 3_600_000

/** A partition of the group that is this member's to fetch from. */
export interface SharePartition<K, V> extends SharedPlace {
  readonly source: RecordSource<K, V>
}

/** How many records are asked for. */
export interface ShareTerms {
  readonly groupId: string
  readonly maxRecords: number
  /** Never more than that; otherwise whole batches, which is faster. */
  readonly isStrict: boolean
}

export interface ShareFetcherOptions<K, V> {
  readonly cluster: ShareBrokers
  readonly clock: Clock
  readonly random: Random
  readonly nodeId: number
  readonly lane: OwnLane
  readonly terms: ShareTerms
  readonly memberId: () => string
  /** There is something to take. */
  ready(this: void, hold: ShareHold<K, V>): void
  refused(this: void, job: ShareJob<K, V>, error: KafkaError): void
  readonly failed: (error: KafkaError) => void
}

/** Fetches from one broker, and tells it what became of records: one request after the other. */
export class ShareFetcher<K, V> {
  readonly #options: ShareFetcherOptions<K, V>
  readonly #partitions = new Map<string, SharePartition<K, V>>()
  readonly #session = new ShareSessionState()
  readonly #sayings = new ShareSayings()
  readonly #holds = new Set<ShareHold<K, V>>()
  #connection: ShareConnection | undefined
  #running: Promise<void> | undefined
  #waiting: (() => void)[] = []
  #failures = 0
  #notBeforeMs = -Infinity
  #timer: Timer | undefined
  #renewal: Timer | undefined
  #lockMs = DEFAULT_LOCK_MS
  #isClosing = false
  #isClosed = false

  constructor(options: ShareFetcherOptions<K, V>) {
    this.#options = options
  }

  add(partition: SharePartition<K, V>): void {
    this.#partitions.set(placeKey(partition), partition)
    this.wake()
  }

  /** What nobody took goes to others; what the program has is still its own. */
  remove(partition: SharePartition<K, V>): void {
    const key = placeKey(partition)
    if (!this.#partitions.delete(key)) return
    for (const hold of this.#holdsOf(key)) hold.giveBack()
    this.wake()
  }

  /** Something may be wanted, or be to be said. */
  wake(): void {
    if (this.#running !== undefined || this.#isClosed) return
    const waitMs = this.#notBeforeMs - this.#options.clock.monotonicMs()
    this.#timer?.cancel()
    if (waitMs > 0) {
      this.#timer = this.#options.clock.setTimer(waitMs, () => this.wake())
      return
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#next() !== undefined) this.wake()
    })
  }

  /** Ends when all that was said is answered. */
  async settled(): Promise<void> {
    if (this.#sayings.isSettled) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    this.wake()
    await promise
  }

  /** Says what is to be said, and ends the session: what was not settled goes to others. */
  async close(error: KafkaError): Promise<void> {
    this.#isClosing = true
    this.#partitions.clear()
    for (const hold of this.#holds) hold.close(error)
    this.#notBeforeMs = -Infinity
    this.wake()
    for (let running = this.#running; running !== undefined; running = this.#running) {
      // oxlint-disable-next-line no-await-in-loop -- it may begin once more
      await running
    }
  }

  /** At once: nothing is said any more. */
  end(error: KafkaError): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#lose(error)
  }

  async #run(): Promise<void> {
    // what is added in one go is asked for in one go
    await new Promise(setImmediate)
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- a session has one request at a time
        const connection = await this.#connect()
        // oxlint-disable-next-line no-await-in-loop -- as above
        if (next === 'fetch') await this.#fetch(connection)
        // oxlint-disable-next-line no-await-in-loop -- as above
        else await this.#acknowledge(connection, next === 'end')
        if (!this.#isBackingOff) this.#failures = 0
      } catch (error) {
        this.#failed(error)
      }
      this.#tellSettled()
      if (this.#isClosed || this.#isBackingOff) return
    }
  }

  get #isBackingOff(): boolean {
    return this.#notBeforeMs > this.#options.clock.monotonicMs()
  }

  #next(): 'fetch' | 'acknowledge' | 'end' | undefined {
    if (this.#isClosed) return undefined
    if (!this.#sayings.isEmpty) {
      const isSilent = this.#waiting.length === 0 && this.#room() > 0
      return isSilent && this.#fits ? 'fetch' : 'acknowledge'
    }
    if (this.#isClosing) return this.#session.isOpen ? 'end' : undefined
    return this.#room() > 0 ? 'fetch' : undefined
  }

  /** A fetch may say all that is to be said. */
  get #fits(): boolean {
    return this.#sayings.fits((key) => this.#partitions.has(key))
  }

  /** How many records are wanted now. */
  #room(): number {
    if (this.#partitions.size === 0 || this.#isClosing) return 0
    const { maxRecords, isStrict } = this.#options.terms
    let waiting = 0
    let unsettled = 0
    let bytes = 0
    for (const hold of this.#holds) {
      if (hold.isOver) this.#holds.delete(hold)
      waiting += hold.waiting
      unsettled += hold.unsettled
      if (!hold.isEmpty) bytes += hold.sizeBytes
    }
    if (bytes >= MOST_BUFFERED_BYTES) return 0
    if (isStrict) return Math.max(0, maxRecords - waiting - unsettled)
    return waiting > maxRecords / 2 ? 0 : maxRecords
  }

  async #connect(): Promise<ShareConnection> {
    const { cluster, nodeId, lane } = this.#options
    const connection = await cluster.connectionTo(nodeId, lane)
    const isOther = this.#connection !== undefined && this.#connection !== connection
    // a session ends with its connection, and so do its locks
    if (isOther && this.#session.isOpen) this.#lose(sessionLost(undefined))
    this.#connection = connection
    return connection
  }

  async #fetch({ connection, versions }: ShareConnection): Promise<void> {
    const room = this.#room()
    if (room <= 0) return
    const { cluster, clock, terms, memberId } = this.#options
    const version = versions.pick(ShareFetch)
    // what was said since this was begun may not be for a fetch to say
    const sentMs = clock.monotonicMs()
    const sayings = this.#session.isOpen && this.#fits ? this.#sayings.take(sentMs) : []
    const maxWaitMs = [...this.#holds].some((hold) => !hold.isOver) ? SHORT_WAIT_MS : MAX_WAIT_MS
    const response = await connection.send({
      ...{ api: ShareFetch, version, timeoutMs: cluster.requestTimeoutMs + maxWaitMs },
      request: {
        ...{ groupId: terms.groupId, memberId: memberId(), maxWaitMs, minBytes: 1 },
        ...{ maxBytes: MAX_BYTES, maxRecords: room, batchSize: room, isRenewAck: false },
        shareAcquireMode: terms.isStrict ? RECORD_LIMIT : BATCH_OPTIMIZED,
        ...this.#session.fetch([...this.#partitions.values()], sayings),
      },
    })
    if (!this.#accepted(response)) return
    const lockedUntilMs = this.#noteLock(sentMs, response.acquisitionLockTimeoutMs)
    for (const { topicId, partitions } of response.responses) {
      for (const data of partitions) {
        const place = { topicId, partition: data.partitionIndex }
        const { acknowledgeErrorCode: errorCode, acknowledgeErrorMessage: errorMessage } = data
        this.#said(place, { errorCode, errorMessage, lockedUntilMs })
        this.#take(place, data, lockedUntilMs)
      }
    }
    this.#sayings.unanswered(notAnswered())
  }

  async #acknowledge({ connection, versions }: ShareConnection, isLast: boolean): Promise<void> {
    const version = versions.pick(ShareAcknowledge)
    if (version < RENEW_VERSION) this.#sayings.refuseRenewals(connection.broker)
    if (!this.#session.isOpen) this.#sayings.drop(sessionLost(undefined))
    if (!this.#session.isOpen || (this.#sayings.isEmpty && !isLast)) return
    const { cluster, clock, terms, memberId } = this.#options
    const sentMs = clock.monotonicMs()
    const sayings = this.#sayings.take(sentMs)
    const response = await connection.send({
      ...{ api: ShareAcknowledge, version, timeoutMs: cluster.requestTimeoutMs },
      request: {
        ...{ groupId: terms.groupId, memberId: memberId() },
        isRenewAck: this.#sayings.sendsRenewals,
        ...this.#session.acknowledge(sayings, isLast),
      },
    })
    if (!this.#accepted(response)) return
    if (isLast) this.#session.reset()
    const lockedUntilMs = this.#noteLock(sentMs, response.acquisitionLockTimeoutMs)
    for (const { topicId, partitions } of response.responses) {
      for (const { partitionIndex: partition, errorCode, errorMessage } of partitions) {
        this.#said({ topicId, partition }, { errorCode, errorMessage, lockedUntilMs })
      }
    }
    this.#sayings.unanswered(notAnswered())
  }

  /** @returns whether the session is as both sides take it to be */
  #accepted(response: {
    readonly errorCode: number
    readonly errorMessage: string | null
  }): boolean {
    const { errorCode, errorMessage } = response
    if (errorCode !== ErrorCode.NONE) {
      throw brokerError(errorCode, errorMessage, { groupId: this.#options.terms.groupId })
    }
    this.#session.answered()
    return !this.#isClosed
  }

  /** @returns until when records of this answer are ours, at least; by the clock's `monotonicMs` */
  #noteLock(sentMs: number, lockMs: number): number {
    if (lockMs > 0) this.#lockMs = Math.min(lockMs, MOST_LOCK_MS)
    return sentMs + this.#lockMs
  }

  #said(
    place: SharedPlace,
    answer: { errorCode: number; errorMessage: string | null; lockedUntilMs: number },
  ): void {
    const key = placeKey(place)
    const topic = this.#options.cluster.metadata.nameOf(place.topicId) ?? place.topicId
    const error = this.#sayings.answered(key, topic, answer)
    if (error?.kind === 'retriable') this.#pause(key, error)
  }

  #take(place: SharedPlace, data: ShareFetchResponsePartitionData, lockedUntilMs: number): void {
    const { errorCode, errorMessage, records, acquiredRecords } = data
    const key = placeKey(place)
    const partition = this.#partitions.get(key)
    if (errorCode !== ErrorCode.NONE) {
      const topic = partition?.source.topic
      const context = { topic, partition: place.partition, api: 'ShareFetch' }
      this.#pause(key, brokerError(errorCode, errorMessage, context))
      return
    }
    if (acquiredRecords.length === 0) return
    if (partition === undefined) {
      // it was taken away meanwhile
      this.#sayings.release(place, acquiredRecords)
      return
    }
    const { clock, ready, refused } = this.#options
    const { source } = partition
    const bytes = records === null ? new Uint8Array(0) : joinRecordBytes(records)
    const hold = new ShareHold<K, V>({
      ...{ clock, place, lockedUntilMs, refused },
      records: new AcquiredRecords(bytes, acquiredRecords, source),
      say: (acknowledgement) => {
        this.#sayings.add(place, acknowledgement)
        this.wake()
      },
    })
    this.#holds.add(hold)
    ready(hold)
    this.#renewLater()
  }

  /** What waits for long in memory is renewed at half its time. */
  #renewLater(): void {
    this.#renewal ??= this.#options.clock.setTimer(this.#lockMs / 2, () => {
      this.#renewal = undefined
      for (const hold of this.#holds) hold.renew()
      if ([...this.#holds].some(({ isEmpty }) => !isEmpty) && !this.#isClosed) this.#renewLater()
    })
  }

  /** Of one partition something is wrong: it is elsewhere, or not there, or not now. */
  #pause(key: string, error: KafkaError): void {
    const { errorCode = 0 } = error
    if (!isRetriable(errorCode) && errorCode !== ErrorCode.UNKNOWN_SERVER_ERROR) {
      this.#options.failed(error)
      return
    }
    if (isMoved(errorCode)) for (const hold of this.#holdsOf(key)) hold.lose(error)
    this.#backOff()
  }

  #failed(error: unknown): void {
    const isAbout = error instanceof KafkaError ? error : undefined
    this.#lose(sessionLost(error))
    const isSession = isOfSession(isAbout?.errorCode ?? 0)
    if (isSession && this.#failures === 0) {
      this.#failures += 1
      return
    }
    this.#backOff()
    if (isRetriableError(error) || this.#isClosing) return
    const text = 'Records of a share group cannot be fetched.'
    const how = { kind: 'fatal', cause: error } as const
    this.#options.failed(isAbout ?? new KafkaError('FETCH_FAILED', text, how))
  }

  /** Once, however many partitions of an answer have something wrong. */
  #backOff(): void {
    if (this.#isBackingOff) return
    const { clock, random, cluster } = this.#options
    this.#failures += 1
    this.#notBeforeMs = clock.monotonicMs() + backoffMs(RETRY_BACKOFF, this.#failures, random)
    cluster.metadata.outdated()
  }

  #lose(error: KafkaError): void {
    this.#session.reset()
    this.#renewal?.cancel()
    this.#renewal = undefined
    const holds = [...this.#holds]
    this.#holds.clear()
    for (const hold of holds) hold.lose(error)
    this.#sayings.drop(error)
    this.#tellSettled()
  }

  #tellSettled(): void {
    if (!this.#sayings.isSettled) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #holdsOf(key: string): ShareHold<K, V>[] {
    return [...this.#holds].filter(({ place }) => placeKey(place) === key)
  }
}

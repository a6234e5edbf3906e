import type { Clock, Timer } from '@pafka/base'
import {
  type CompressionName,
  Produce,
  type ProduceRequestTopicProduceData,
  type ProduceResponse,
  ZERO_UUID,
} from '@pafka/protocol'

import type { Cluster } from '../cluster/cluster.ts'
import type { VersionRange } from '../connection/api-versions.ts'
import type { BrokerConnection } from '../connection/broker-connection.ts'
import { connectionLost } from '../errors/client-errors.ts'
import { produceChannel } from '../watch/channels.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProduceBatch } from './produce-batch.ts'
import type { ProducerIdentity } from './producer-identity.ts'

/** Requests to one broker at a time: as many batches of a partition does it remember. */
const MOST_IN_FLIGHT = 5
/** A request with so many bytes waits for nothing. */
const FULL_REQUEST_BYTES = 1_000_000
/** No request is larger, but for a batch that is. */
const MOST_REQUEST_BYTES = 8_000_000
/** Part of the smoothed round trip that the oldest record waits for, while answers are awaited. */
const WAIT_OF_ROUND_TRIP = 0.5
/** Weight of the newest round trip. */
const NEWEST_WEIGHT = 0.2
/** Versions before 3 are for older formats of records; from 13 on topics go by their ids. */
const VERSIONS: VersionRange = { min: 3 }
const ID_VERSION = 13

/** A batch on its way. */
export interface SentBatch {
  readonly queue: PartitionQueue
  readonly batch: ProduceBatch
}

/** How a producer has its requests. */
export interface ProduceTerms {
  /** -1 for all in-sync replicas. */
  readonly acks: -1 | 0 | 1
  readonly compression: CompressionName
  readonly transactionalId: string | null
  /** For the broker to have all acknowledgements. */
  readonly timeoutMs: number
  /** Requests to one broker at a time; 5 by default, and at most. */
  readonly mostInFlight?: number | undefined
}

/** Of a request that cannot be written at once. */
interface Turn {
  /** Ends when it may be. */
  readonly ready: Promise<unknown>
  /** Lets the next one be written. */
  readonly written: () => void
}

export interface BrokerSenderOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly nodeId: number
  readonly terms: ProduceTerms
  readonly isIdempotent: boolean
  /** Of Produce; any where it is undefined. */
  readonly versions: () => VersionRange | undefined
  /** Undefined without idempotence, and while there is none. */
  readonly identity: () => ProducerIdentity | undefined
  /** Ends when there is one, at once without idempotence. */
  readonly identified: () => Promise<unknown>
  /** What the broker said. */
  readonly answered: (sent: readonly SentBatch[], response: ProduceResponse) => void
  /** There is no answer. @param isSent whether the broker may have it nevertheless */
  readonly unanswered: (sent: readonly SentBatch[], error: unknown, isSent: boolean) => void
  /** Nothing could be sent; nor was it. */
  readonly failed: (queues: readonly PartitionQueue[], error: unknown) => void
}

/**
 * What goes to one broker. Nobody lingers: an idle broker gets what there is at once. While it is
 * busy records gather, and go with its next answer; sooner when a batch is full, or its oldest
 * record has waited for half a round trip.
 */
export class BrokerSender {
  readonly #options: BrokerSenderOptions
  /** With something to send, who waited longest first. */
  readonly #ready = new Set<PartitionQueue>()
  #connection: BrokerConnection | undefined
  #isPreparing = false
  #inFlight = 0
  #roundTripMs = 0
  #immediate: NodeJS.Immediate | undefined
  #timer: Timer | undefined
  #timerDueMs = Infinity
  #isClosed = false

  /** Ends when all requests before are written; undefined while nothing is compressed. */
  #writing: Promise<void> | undefined
  readonly #mostInFlight: number

  constructor(options: BrokerSenderOptions) {
    this.#options = options
    this.#mostInFlight = Math.min(options.terms.mostInFlight ?? MOST_IN_FLIGHT, MOST_IN_FLIGHT)
  }

  /** @param isFull no more will come to its batch: it may go before this turn of the loop ends */
  ready(queue: PartitionQueue): void {
    this.#ready.add(queue)
    if (queue.isFull && this.#inFlight < this.#mostInFlight) this.#flush()
    else this.#flushSoon()
  }

  /** It is another broker's now. */
  forget(queue: PartitionQueue): void {
    this.#ready.delete(queue)
  }

  close(): void {
    this.#isClosed = true
    this.#ready.clear()
    this.#timer?.cancel()
    clearImmediate(this.#immediate)
  }

  /** At the end of this turn of the event loop, with all that is sent until then. */
  #flushSoon(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#ready.size === 0 || this.#isClosed) return
    const connection = this.#connection
    const { identity, identified, isIdempotent } = this.#options
    const isReady = connection !== undefined && !connection.connection.isClosed
    if (!isReady || (isIdempotent && identity() === undefined)) {
      void this.#prepare(identified)
      return
    }
    while (this.#ready.size > 0 && this.#maySend()) if (!this.#sendOne(connection)) return
  }

  async #prepare(identified: () => Promise<unknown>): Promise<void> {
    if (this.#isPreparing) return
    this.#isPreparing = true
    const { cluster, nodeId, failed } = this.#options
    try {
      await identified()
      this.#connection = await cluster.connectionTo(nodeId, 'produce')
    } catch (error) {
      const queues = [...this.#ready]
      this.#ready.clear()
      failed(queues, error)
    } finally {
      this.#isPreparing = false
    }
    this.#flush()
  }

  #maySend(): boolean {
    if (this.#inFlight === 0) return true
    if (this.#inFlight >= this.#mostInFlight) return false
    let bytes = 0
    let oldestMs = Infinity
    for (const queue of this.#ready) {
      if (queue.isFull) return true
      bytes += queue.nextBytes
      if (bytes >= FULL_REQUEST_BYTES) return true
      oldestMs = Math.min(oldestMs, queue.oldestMs)
    }
    const { clock } = this.#options
    const dueMs = oldestMs + this.#roundTripMs * WAIT_OF_ROUND_TRIP
    if (clock.monotonicMs() >= dueMs) return true
    this.#flushAt(dueMs)
    return false
  }

  #flushAt(dueMs: number): void {
    if (dueMs >= this.#timerDueMs || dueMs === Infinity) return
    const { clock } = this.#options
    this.#timer?.cancel()
    this.#timerDueMs = dueMs
    this.#timer = clock.setTimer(Math.max(0, dueMs - clock.monotonicMs()), () => {
      this.#timer = undefined
      this.#timerDueMs = Infinity
      this.#flush()
    })
  }

  /** @returns whether there was anything that may go now */
  #sendOne(connection: BrokerConnection): boolean {
    const sent = this.#gather()
    if (sent.length === 0) return false
    void this.#send(connection, sent)
    return true
  }

  #gather(): SentBatch[] {
    const { clock, identity } = this.#options
    const nowMs = clock.monotonicMs()
    const sent: SentBatch[] = []
    let bytes = 0
    for (const queue of [...this.#ready]) {
      if (bytes > 0 && bytes + queue.nextBytes > MOST_REQUEST_BYTES) break
      if (queue.notBeforeMs > nowMs) {
        this.#flushAt(queue.notBeforeMs)
        continue
      }
      this.#ready.delete(queue)
      const batch = queue.take(identity())
      if (batch === undefined) continue
      bytes += batch.sizeBytes
      sent.push({ queue, batch })
      // who has more goes behind the others
      if (queue.isReady) this.#ready.add(queue)
    }
    return sent
  }

  async #send(
    { connection, versions }: BrokerConnection,
    sent: readonly SentBatch[],
  ): Promise<void> {
    const { terms, clock, cluster, answered, unanswered } = this.#options
    let isSent = false
    this.#inFlight += 1
    const turn = this.#turnOf(sent)
    try {
      if (turn !== undefined) {
        await turn.ready
        if (connection.isClosed || sent.some(({ batch }) => batch.isSettled)) {
          throw connectionLost(connection.broker, 'ended before the records were sent')
        }
      }
      const sentMs = clock.monotonicMs()
      for (const { batch } of sent) this.#count(batch, sentMs)
      const canHaveIds = sent.every(({ batch }) => {
        return (cluster.metadata.find(batch.place.topic)?.id ?? ZERO_UUID) !== ZERO_UUID
      })
      const wanted = { ...VERSIONS, ...this.#options.versions() }
      const range = canHaveIds ? wanted : { max: ID_VERSION - 1, ...wanted }
      const version = versions.pick(Produce, range)
      const call = {
        ...{ api: Produce, version, timeoutMs: terms.timeoutMs + cluster.requestTimeoutMs },
        request: {
          transactionalId: terms.transactionalId,
          acks: terms.acks,
          timeoutMs: terms.timeoutMs,
          topicData: this.#topicData(sent),
        },
      }
      isSent = true
      if (terms.acks === 0) {
        const posted = connection.post(call)
        turn?.written()
        await posted
        answered(sent, { responses: [], throttleTimeMs: 0 })
      } else {
        const answer = connection.send(call)
        turn?.written()
        const response = await answer
        this.#measure(clock.monotonicMs() - sentMs)
        answered(sent, response)
      }
    } catch (error) {
      unanswered(sent, error, isSent)
    } finally {
      turn?.written()
      this.#inFlight -= 1
      this.#flushSoon()
    }
  }

  #count(batch: ProduceBatch, sentMs: number): void {
    const { producer, measure } = this.#options.cluster.counts
    batch.attempts += 1
    if (batch.attempts > 1) {
      producer.retries += 1
      return
    }
    const queuedMs = Math.max(0, sentMs - batch.createdMs)
    producer.queueMs += queuedMs
    measure?.queues.add(queuedMs)
    if (!produceChannel.hasSubscribers) return
    const { place, recordsCount, sizeBytes } = batch
    const trace = { ...place, recordsCount, sizeBytes }
    // who sent the records is told of it already
    produceChannel.tracePromise(() => batch.outcome(), trace).catch(() => {})
  }

  /**
   * Large batches are compressed beside one another, and off the event loop; requests are written
   * in their order all the same.
   * @returns undefined for a request that is written at once
   */
  #turnOf(sent: readonly SentBatch[]): Turn | undefined {
    const { compression } = this.#options.terms
    const packing = sent.flatMap(({ batch }) => batch.pack(compression) ?? [])
    const before = this.#writing
    if (before === undefined && packing.length === 0) return undefined
    const mine = Promise.withResolvers<void>()
    const writing = Promise.all([before, mine.promise]).then(() => {
      if (this.#writing === writing) this.#writing = undefined
    })
    this.#writing = writing
    return { ready: Promise.all([before, ...packing]), written: mine.resolve }
  }

  #topicData(sent: readonly SentBatch[]): ProduceRequestTopicProduceData[] {
    const { cluster, terms } = this.#options
    const topics = new Map<string, { index: number; records: Uint8Array }[]>()
    for (const { batch } of sent) {
      const { topic, partition: index } = batch.place
      const records = batch.bytes(terms.compression, terms.transactionalId !== null)
      const ofTopic = topics.get(topic)
      if (ofTopic === undefined) topics.set(topic, [{ index, records }])
      else ofTopic.push({ index, records })
    }
    return [...topics].map(([name, partitionData]) => {
      const topicId = cluster.metadata.find(name)?.id ?? ZERO_UUID
      return { name, topicId, partitionData }
    })
  }

  #measure(roundTripMs: number): void {
    const before = this.#roundTripMs
    this.#roundTripMs = before === 0 ? roundTripMs : before + (roundTripMs - before) * NEWEST_WEIGHT
  }
}

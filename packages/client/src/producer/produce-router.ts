import type { Clock, Random, Timer } from '@pafka/base'
import {
  ErrorCode,
  isKnown,
  isRetriable,
  type ProduceResponse,
  type ProduceResponsePartitionProduceResponse,
  ZERO_UUID,
} from '@pafka/protocol'

import type { Cluster } from '../cluster/cluster.ts'
import { partitionKey } from '../cluster/topic-partition.ts'
import { brokerError } from '../errors/broker-error.ts'
import { transactionAborted } from '../errors/client-errors.ts'
import { isRetriableError, KafkaError, type ProduceOutcome } from '../errors/kafka-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { HoldProcess } from '../time/hold-process.ts'
import { RETRY_BACKOFF } from '../time/retrying.ts'
import { BrokerSender, type ProduceTerms, type SentBatch } from './broker-sender.ts'
import type { ErrorOf, PartitionQueue } from './partition-queue.ts'
import type { ProduceBatch } from './produce-batch.ts'
import type { Identities } from './producer-identity.ts'
import type { WriterTransaction } from './writer-transaction.ts'

/** How often it is looked for records that are too old, at least. */
const EXPIRY_LOOK_MS = 1000
/** And as a part of the time that they have. */
const EXPIRY_LOOK_PART = 0.1

/** After these the broker may have the batch nevertheless. */
const MAYBE_WRITTEN: ReadonlySet<number> = new Set<number>([
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.UNKNOWN_SERVER_ERROR,
  ErrorCode.NETWORK_EXCEPTION,
])

/** The broker knows something else of the producer's sequences than the producer does. */
const OTHER_SEQUENCES: ReadonlySet<number> = new Set<number>([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_EPOCH,
])

/** Another broker leads the partition, or none. */
const NO_LEADER: ReadonlySet<number> = new Set<number>([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.KAFKA_STORAGE_ERROR,
])

export interface ProduceRouterOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly terms: ProduceTerms
  /** Undefined without idempotence. */
  readonly identities: Identities | undefined
  /** What batches have to be part of. */
  readonly transaction: WriterTransaction | undefined
  /** From a record's coming to its being given up. */
  readonly deliveryTimeoutMs: number
}

/** Brings batches to the brokers that lead their partitions, until each has an end. */
export class ProduceRouter {
  readonly #options: ProduceRouterOptions
  readonly #senders = new Map<number, BrokerSender>()
  /** With something to send, and where to. */
  readonly #places = new Map<PartitionQueue, BrokerSender>()
  /** With something to send, and nowhere to send it. */
  readonly #stranded = new Set<PartitionQueue>()
  /** With anything buffered, as far as that was looked at. */
  readonly #busy = new Set<PartitionQueue>()
  readonly #process = new HoldProcess()
  readonly #unlisten: () => void
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: ProduceRouterOptions) {
    this.#options = options
    this.#unlisten = options.cluster.metadata.listen(() => this.#rerouteAll())
  }

  ready(queue: PartitionQueue): void {
    if (this.#isClosed) return
    this.#busy.add(queue)
    this.#process.hold()
    this.#timer ??= this.#lookLater()
    const { transaction } = this.#options
    if (transaction?.admits(queue.place, () => this.ready(queue)) === false) return
    const sender = this.#senderOf(queue)
    if (sender === undefined) this.#strand(queue)
    else sender.ready(queue)
  }

  /** Gives up what is not under way. */
  abandonWaiting(error: ErrorOf): void {
    for (const queue of this.#busy) queue.abandonWaiting(error)
  }

  /** Ends when nothing is under way, not even what was given up. */
  async ended(): Promise<void> {
    await Promise.all([...this.#busy].map(async (queue) => queue.ended()))
  }

  /** Ends at once what is left. */
  close(error: ErrorOf): void {
    this.#isClosed = true
    this.#unlisten()
    this.#timer?.cancel()
    this.#process.release()
    for (const sender of this.#senders.values()) sender.close()
    for (const queue of this.#busy) queue.abandon(error)
  }

  #strand(queue: PartitionQueue): void {
    this.#places.get(queue)?.forget(queue)
    this.#places.delete(queue)
    this.#stranded.add(queue)
    this.#options.cluster.metadata.outdated()
  }

  #senderOf(queue: PartitionQueue): BrokerSender | undefined {
    const { cluster } = this.#options
    const { topic, partition } = queue.place
    const leaderId = cluster.metadata.find(topic)?.partitions[partition]?.leaderId ?? -1
    if (leaderId < 0 || !cluster.metadata.nodes.has(leaderId)) return undefined
    const sender = this.#senders.get(leaderId) ?? this.#newSender(leaderId)
    const before = this.#places.get(queue)
    if (before !== sender) {
      before?.forget(queue)
      this.#places.set(queue, sender)
    }
    return sender
  }

  #newSender(nodeId: number): BrokerSender {
    const { cluster, clock, terms, identities, transaction } = this.#options
    const sender = new BrokerSender({
      ...{ cluster, clock, nodeId, terms },
      isIdempotent: identities !== undefined,
      versions: () => transaction?.produceVersions,
      identity: () => identities?.current,
      identified: async () => identities?.get(),
      answered: (sent, response) => this.#answered(sent, response),
      unanswered: (sent, error, isSent) => this.#unanswered(sent, error, isSent),
      failed: (queues, error) => this.#notSent(queues, error),
    })
    this.#senders.set(nodeId, sender)
    return sender
  }

  #rerouteAll(): void {
    for (const queue of [...this.#stranded, ...this.#places.keys()]) {
      if (!queue.isReady) continue
      this.#stranded.delete(queue)
      this.ready(queue)
    }
  }

  #answered(sent: readonly SentBatch[], response: ProduceResponse): void {
    const { metadata } = this.#options.cluster
    const answers = new Map<string, ProduceResponsePartitionProduceResponse>()
    for (const { name, topicId, partitionResponses } of response.responses) {
      const topic = topicId === ZERO_UUID ? name : (metadata.nameOf(topicId) ?? name)
      for (const answer of partitionResponses) {
        answers.set(partitionKey({ topic, partition: answer.index }), answer)
      }
    }
    for (const one of sent) {
      const answer = answers.get(partitionKey(one.batch.place))
      if (answer !== undefined) this.#settle(one, answer)
      else if (this.#options.terms.acks === 0) one.queue.succeeded(one.batch, NOT_SAID)
      else {
        // it said nothing of it: it may have it
        one.batch.mayBeWritten = true
        this.#tryAgain(one, notSaid(one.batch))
      }
    }
  }

  #settle(sent: SentBatch, answer: ProduceResponsePartitionProduceResponse): void {
    const { queue, batch } = sent
    const { errorCode, baseOffset, logAppendTimeMs, logStartOffset, currentLeader } = answer
    if (errorCode === ErrorCode.NONE) {
      const logAppendTime = logAppendTimeMs < 0 ? undefined : logAppendTimeMs
      queue.succeeded(batch, {
        ...{ baseOffset, logAppendTime },
        logStartOffset: logStartOffset < 0 ? undefined : logStartOffset,
      })
      return
    }
    if (errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      queue.succeeded(batch, NOT_SAID)
      return
    }
    // what a code means that is not known nobody can tell
    if (MAYBE_WRITTEN.has(errorCode) || !isKnown(errorCode)) batch.mayBeWritten = true
    if (NO_LEADER.has(errorCode)) {
      if (currentLeader !== undefined) this.#leaderChanged(batch, currentLeader)
      this.#options.cluster.metadata.outdated()
    }
    if (errorCode === ErrorCode.MESSAGE_TOO_LARGE && queue.tooLarge(batch)) return
    if (OTHER_SEQUENCES.has(errorCode) && this.#options.identities !== undefined) {
      this.#otherSequences(sent, answer)
      return
    }
    const error = brokerError(errorCode, saidIn(answer), batch.place)
    if (isRetriable(errorCode) && !this.#isLate(batch)) this.#tryAgain(sent, error)
    else queue.lost(batch, errorOf(batch, error))
  }

  /**
   * Behind a batch that failed one cannot but fail; the first one tells that the broker lost track.
   * If the broker may have had it before that, nobody can tell whether it has it still.
   */
  #otherSequences(sent: SentBatch, answer: ProduceResponsePartitionProduceResponse): void {
    const { queue, batch } = sent
    const told = brokerError(answer.errorCode, saidIn(answer), batch.place)
    const error = this.#options.transaction === undefined ? told : asAbortable(told)
    if (!queue.isFirst(batch)) this.#tryAgain(sent, error)
    else if (this.#mustEnd(batch)) queue.lost(batch, errorOf(batch, error))
    else queue.unknown(batch, this.#notBefore(queue), error)
  }

  /** In a transaction nothing is begun anew: it is aborted. */
  #mustEnd(batch: ProduceBatch): boolean {
    const isInTransaction = this.#options.transaction !== undefined
    return isInTransaction || batch.mayBeWritten || this.#isLate(batch)
  }

  #leaderChanged(
    { place: { topic, partition } }: ProduceBatch,
    { leaderId, leaderEpoch }: { readonly leaderId: number; readonly leaderEpoch: number },
  ): void {
    const { metadata } = this.#options.cluster
    const topicId = metadata.find(topic)?.id ?? ZERO_UUID
    metadata.leaderChanged({ topicId, topic, partition, leaderId, leaderEpoch })
  }

  /** The connection ended, or there was no time: a broker may have it, or not. */
  #unanswered(sent: readonly SentBatch[], error: unknown, isSent: boolean): void {
    this.#options.cluster.metadata.outdated()
    for (const one of sent) {
      const { queue, batch } = one
      if (isSent) batch.mayBeWritten = true
      if (isRetriableError(error) && !this.#isLate(batch)) this.#tryAgain(one, error)
      else queue.lost(batch, errorOf(batch, error))
    }
  }

  /** There was no connection, or no identity. */
  #notSent(queues: readonly PartitionQueue[], error: unknown): void {
    if (this.#isClosed) return
    this.#options.cluster.metadata.outdated()
    for (const queue of queues) {
      if (isRetriableError(error)) queue.postpone(this.#notBefore(queue), error)
      else queue.abandon((batch, isUnderWay) => errorOf(batch, error, isUnderWay))
      if (queue.isReady) this.ready(queue)
    }
  }

  #tryAgain({ queue, batch }: SentBatch, error: unknown): void {
    if (this.#options.transaction?.isAborting === true) queue.lost(batch, aborted(batch))
    else queue.failed(batch, this.#notBefore(queue), error)
  }

  #notBefore(queue: PartitionQueue): number {
    const { clock, random } = this.#options
    return clock.monotonicMs() + backoffMs(RETRY_BACKOFF, queue.failures + 1, random)
  }

  #isLate({ createdMs }: ProduceBatch): boolean {
    const { clock, deliveryTimeoutMs } = this.#options
    return clock.monotonicMs() - createdMs >= deliveryTimeoutMs
  }

  #lookLater(): Timer {
    const { clock, deliveryTimeoutMs } = this.#options
    const lookMs = Math.min(EXPIRY_LOOK_MS, deliveryTimeoutMs * EXPIRY_LOOK_PART)
    return clock.setTimer(lookMs, () => {
      this.#timer = undefined
      const createdMs = clock.monotonicMs() - deliveryTimeoutMs
      for (const queue of this.#busy) {
        queue.expire(createdMs, (batch, isUnderWay) => {
          return errorOf(batch, this.#timedOut(queue), isUnderWay)
        })
        if (queue.isEmpty) this.#leave(queue)
      }
      if (this.#busy.size > 0) this.#timer = this.#lookLater()
      else this.#process.release()
    })
  }

  #timedOut({ place, lastError }: PartitionQueue): KafkaError {
    const { cluster, deliveryTimeoutMs } = this.#options
    const cause = lastError ?? cluster.metadata.whyNot(place.topic)
    const text = `No broker acknowledged the records within ${deliveryTimeoutMs} ms.`
    return new KafkaError('DELIVERY_TIMED_OUT', text, { kind: 'retriable', context: place, cause })
  }

  #leave(queue: PartitionQueue): void {
    this.#busy.delete(queue)
    this.#stranded.delete(queue)
    this.#places.get(queue)?.forget(queue)
    this.#places.delete(queue)
  }
}

const NOT_SAID = { baseOffset: -1, logAppendTime: undefined, logStartOffset: undefined }

function saidIn(answer: ProduceResponsePartitionProduceResponse): string | null {
  return answer.recordErrors[0]?.batchIndexErrorMessage ?? answer.errorMessage
}

function aborted(batch: ProduceBatch): KafkaError {
  return errorOf(batch, transactionAborted())
}

/** The next transaction begins with another identity: sequences of this one do not concern it. */
function asAbortable({ code, message, kind, errorCode, context }: KafkaError): KafkaError {
  const isFatal = kind === 'fatal'
  return new KafkaError(code, message, { kind: isFatal ? 'abortable' : kind, errorCode, context })
}

function notSaid({ place }: ProduceBatch): KafkaError {
  const text = `The broker's answer says nothing of ${place.topic}-${place.partition}.`
  return new KafkaError('BAD_RESPONSE', text, { kind: 'retriable', context: place })
}

/**
 * What those get whose records are lost: with what became of them.
 * @param isUnderWay whether an answer may yet come
 */
export function errorOf(batch: ProduceBatch, cause: unknown, isUnderWay = false): KafkaError {
  const outcome: ProduceOutcome = batch.mayBeWritten || isUnderWay ? 'unknown' : 'not-written'
  if (!(cause instanceof KafkaError)) {
    const text = 'The records could not be produced.'
    return new KafkaError('PRODUCE_FAILED', text, {
      ...{ kind: 'fatal', context: batch.place, outcome, cause },
    })
  }
  const { code, message, kind, errorCode } = cause
  const context = { ...cause.context, ...batch.place }
  return new KafkaError(code, message, { kind, errorCode, context, outcome, cause: cause.cause })
}

import {
  DescribeProducers,
  DescribeTransactions,
  InitProducerId,
  ListTransactions,
  WriteTxnMarkers,
} from '@pafka/protocol'

import { CoordinatorType } from '../cluster/cluster.ts'
import type { TopicPartition } from '../cluster/topic-partition.ts'
import { KafkaError, type KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, checkAnswer } from './admin-call.ts'
import { type Answers, answerOf, askEach, askNodes } from './ask-each.ts'
import { coordinatorsOf } from './coordinators.ts'
import { askBrokers } from './each-broker.ts'
import { leadersOf } from './leaders.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'
import { aboutPartition, answersOf, byTopic, flattened, numbersOf } from './partition-answers.ts'
import {
  type ActiveProducer,
  type FencedProducer,
  type ListTransactionsOptions,
  type OpenTransaction,
  type PartitionProducers,
  TRANSACTION_STATES,
  type TransactionDescription,
  type TransactionListing,
  transactionStateOf,
} from './transaction-description.ts'

const DURATION_VERSION = 1
const PATTERN_VERSION = 2
const NO_PRODUCER = { producerId: -1, producerEpoch: -1 }

/** Transactions: those that there are, and an end to those that nobody ends. */
export class TransactionAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** Those of all coordinators, sorted by id. @throws {KafkaError} when one cannot be asked */
  async list(options: ListTransactionsOptions = {}): Promise<TransactionListing[]> {
    const { states = [], producerIds = [], longerThanMs, idPattern } = options
    const checks = new Checks()
    for (const state of states) checks.oneOf('state', state, TRANSACTION_STATES)
    for (const producerId of producerIds) checks.number('producerId', producerId)
    if (longerThanMs !== undefined) checks.number('longerThanMs', longerThanMs)
    if (idPattern !== undefined) checks.name('idPattern', idPattern)
    checks.done()
    const byDuration = longerThanMs === undefined ? 0 : DURATION_VERSION
    const min = idPattern === undefined ? byDuration : PATTERN_VERSION
    const request = {
      ...{ stateFilters: states, producerIdFilters: producerIds },
      ...{ durationFilter: longerThanMs ?? -1, transactionalIdPattern: idPattern ?? null },
    }
    const { done, failed } = await askBrokers(this.#parts, undefined, options, async (nodeId) => {
      const ask = { api: ListTransactions, versions: { min }, request }
      const answer = await this.#parts.cluster.ask(nodeId, ask)
      checkAnswer(answer, { api: 'ListTransactions', subject: `broker ${nodeId}` })
      return answer.transactionStates
    })
    const [failure] = failed
    if (failure !== undefined) throw failure
    return done
      .flat()
      .map(({ transactionalId, producerId, transactionState }) => {
        return { transactionalId, producerId, state: transactionStateOf(transactionState) }
      })
      .toSorted((one, other) => (one.transactionalId < other.transactionalId ? -1 : 1))
  }

  /** @throws {KafkaError} TRANSACTIONAL_ID_NOT_FOUND, ... */
  async describe(transactionalId: string, options?: CallOptions): Promise<TransactionDescription>
  async describe(
    transactionalIds: readonly string[],
    options?: CallOptions,
  ): Promise<Outcome<TransactionDescription>>
  async describe(
    given: string | readonly string[],
    options: CallOptions = {},
  ): Promise<TransactionDescription | Outcome<TransactionDescription>> {
    if (isMany(given)) return this.#describe(given, options)
    return onlyOne(await this.#describe([given], options))
  }

  /**
   * Ends the open transactions of these ids, and shuts out the producers that have them: those that
   * begin anew are let in. @throws {KafkaError}
   */
  async fence(transactionalId: string, options?: CallOptions): Promise<FencedProducer>
  async fence(
    transactionalIds: readonly string[],
    options?: CallOptions,
  ): Promise<Outcome<FencedProducer>>
  async fence(
    given: string | readonly string[],
    options: CallOptions = {},
  ): Promise<FencedProducer | Outcome<FencedProducer>> {
    if (isMany(given)) return this.#fence(given, options)
    return onlyOne(await this.#fence([given], options))
  }

  /** Who writes to partitions with a producer id, and which transactions are open there. */
  async producers(
    partitions: readonly TopicPartition[],
    options: CallOptions = {},
  ): Promise<Outcome<PartitionProducers>> {
    const checks = new Checks()
    checks.partitions(partitions)
    checks.done()
    const ask = async (
      leaderId: number,
      some: readonly TopicPartition[],
    ): Promise<Answers<TopicPartition, PartitionProducers>> => {
      const answer = await this.#parts.cluster.ask(leaderId, {
        api: DescribeProducers,
        request: {
          topics: byTopic(some).map(({ name, own }) => ({
            ...{ name, partitionIndexes: numbersOf(own) },
          })),
        },
      })
      return answersOf(some, flattened(answer.topics), {
        ...{ api: 'DescribeProducers', isLeader: true },
        valueOf: ({ topic, partition }, { activeProducers }) => {
          return { topic, partition, producers: activeProducers.map((one) => producerFrom(one)) }
        },
      })
    }
    const attempt = async (
      left: readonly TopicPartition[],
    ): Promise<Answers<TopicPartition, PartitionProducers>> =>
      askNodes(this.#parts, await leadersOf(this.#parts, left), ask)
    return askEach(this.#parts, partitions, attempt, { ...options, about: aboutPartition })
  }

  /**
   * Ends a transaction in one partition, where no coordinator will: readers wait for its end.
   * Elsewhere it stays as it is: `fence` is for transactions whose coordinator knows them.
   * @throws {KafkaError} TRANSACTION_NOT_FOUND when the partition has no such transaction open, ...
   */
  async abort(transaction: OpenTransaction, options: CallOptions = {}): Promise<void> {
    const { topic, partition } = transaction
    const checks = new Checks()
    checks.partitions([{ topic, partition }])
    if ('startOffset' in transaction) checks.number('startOffset', transaction.startOffset)
    else checks.number('producerId', transaction.producerId)
    checks.done()
    const { producerId, producerEpoch, coordinatorEpoch } = await this.#whose(transaction, options)
    const ask = async (
      leaderId: number,
      some: readonly TopicPartition[],
    ): Promise<Answers<TopicPartition, true>> => {
      const { markers } = await this.#parts.cluster.ask(leaderId, {
        api: WriteTxnMarkers,
        request: {
          markers: [
            {
              ...{ producerId, producerEpoch, transactionResult: false, transactionVersion: 0 },
              coordinatorEpoch: Math.max(0, coordinatorEpoch),
              topics: [{ name: topic, partitionIndexes: [partition] }],
            },
          ],
        },
      })
      const results = markers.flatMap(({ topics }) => flattened(topics))
      const form = { api: 'WriteTxnMarkers', isLeader: true, valueOf: () => true as const }
      return answersOf(some, results, form)
    }
    const attempt = async (
      left: readonly TopicPartition[],
    ): Promise<Answers<TopicPartition, true>> =>
      askNodes(this.#parts, await leadersOf(this.#parts, left), ask)
    const place = [{ topic, partition }]
    onlyOne(await askEach(this.#parts, place, attempt, { ...options, about: aboutPartition }))
  }

  /** An end where nothing is open would be in the log for good. */
  async #whose(transaction: OpenTransaction, options: CallOptions): Promise<ActiveProducer> {
    const { topic, partition } = transaction
    const context = { topic, partition }
    const { producers } = onlyOne(await this.producers([context], options))
    const found = producers.find((one) => isOpen(one, transaction))
    if (found !== undefined) {
      const { coordinatorEpoch = found.coordinatorEpoch } =
        'startOffset' in transaction ? found : transaction
      return { ...found, coordinatorEpoch }
    }
    const which =
      'startOffset' in transaction
        ? `begins at offset ${transaction.startOffset}`
        : `is of producer ${transaction.producerId} in epoch ${transaction.producerEpoch}`
    const text = `No open transaction of ${topic}/${partition} ${which}.`
    throw new KafkaError('TRANSACTION_NOT_FOUND', text, { kind: 'usage', context })
  }

  async #describe(
    ids: readonly string[],
    options: CallOptions,
  ): Promise<Outcome<TransactionDescription>> {
    const api = 'DescribeTransactions'
    return this.#askCoordinators(ids, options, async (coordinatorId, some) => {
      const request = { transactionalIds: some }
      const ask = { api: DescribeTransactions, request }
      const { transactionStates } = await this.#parts.cluster.ask(coordinatorId, ask)
      return new Map(
        transactionStates.map((result) => {
          const { transactionalId, producerId, producerEpoch, transactionStartTimeMs } = result
          const description: TransactionDescription = {
            ...{ transactionalId, producerId, producerEpoch, coordinatorId },
            state: transactionStateOf(result.transactionState),
            timeoutMs: result.transactionTimeoutMs,
            startTimestamp: transactionStartTimeMs < 0 ? undefined : transactionStartTimeMs,
            partitions: result.topics.flatMap(({ topic, partitions }) =>
              partitions.map((partition) => ({ topic, partition })),
            ),
          }
          return [transactionalId, answerOf(result, { api, transactionalId }, description)]
        }),
      )
    })
  }

  async #fence(ids: readonly string[], options: CallOptions): Promise<Outcome<FencedProducer>> {
    const api = 'InitProducerId'
    const transactionTimeoutMs = this.#parts.options.requestTimeoutMs
    return this.#askCoordinators(ids, options, async (coordinatorId, some) => {
      const answers = await Promise.all(
        some.map(async (transactionalId) => {
          const result = await this.#parts.cluster.ask(coordinatorId, {
            api: InitProducerId,
            request: {
              ...{ ...NO_PRODUCER, transactionalId, transactionTimeoutMs },
              ...{ enable2Pc: false, keepPreparedTxn: false },
            },
          })
          const { producerId, producerEpoch } = result
          const fenced = { transactionalId, producerId, producerEpoch }
          return [transactionalId, answerOf(result, { api, transactionalId }, fenced)] as const
        }),
      )
      return new Map(answers)
    })
  }

  async #askCoordinators<T>(
    ids: readonly string[],
    options: CallOptions,
    ask: (nodeId: number, some: readonly string[]) => Promise<Answers<string, T>>,
  ): Promise<Outcome<T>> {
    const checks = new Checks()
    checks.names('transactionalId', ids)
    checks.done()
    const attempt = async (left: readonly string[]): Promise<Answers<string, T>> =>
      askNodes(
        this.#parts,
        await coordinatorsOf(this.#parts, CoordinatorType.TRANSACTION, left),
        ask,
      )
    return askEach(this.#parts, ids, attempt, { ...options, about: aboutTransaction })
  }
}

/** Whether it is this one that the producer has open. */
function isOpen(producer: ActiveProducer, transaction: OpenTransaction): boolean {
  const { producerId, producerEpoch, transactionStartOffset } = producer
  if (transactionStartOffset === undefined) return false
  if ('startOffset' in transaction) return transactionStartOffset === transaction.startOffset
  return producerId === transaction.producerId && producerEpoch === transaction.producerEpoch
}

function aboutTransaction(transactionalId: string): KafkaErrorContext {
  return { transactionalId }
}

interface WireProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  readonly currentTxnStartOffset: number
}

function producerFrom(wire: WireProducer): ActiveProducer {
  const { producerId, producerEpoch, coordinatorEpoch, currentTxnStartOffset: start } = wire
  return {
    ...{ producerId, producerEpoch, coordinatorEpoch },
    ...{ lastSequence: wire.lastSequence, lastTimestamp: wire.lastTimestamp },
    transactionStartOffset: start < 0 ? undefined : start,
  }
}

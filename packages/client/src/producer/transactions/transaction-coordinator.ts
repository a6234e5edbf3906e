import type { Clock, Random } from '@pafka/base'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  EndTxn,
  ErrorCode,
  InitProducerId,
  TxnOffsetCommit,
} from '@pafka/protocol'

import { type Cluster, CoordinatorType } from '../../cluster/cluster.ts'
import { Coordinator } from '../../cluster/coordinator.ts'
import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { GroupOffset } from '../../consumer/group/group-offsets.ts'
import type { MemberIdentity } from '../../consumer/group/group-member.ts'
import { isRetriableError, KafkaError } from '../../errors/kafka-error.ts'
import type { Backoff } from '../../time/backoff.ts'
import { retrying } from '../../time/retrying.ts'
import type { ProducerIdentity } from '../producer-identity.ts'

export interface TransactionCoordinatorOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  /** For all attempts of one call. */
  readonly timeoutMs: number
  readonly transactionalId: string
  /** After it the broker aborts a transaction on its own. */
  readonly transactionTimeoutMs: number
}

/** Whose progress is part of a transaction. */
export interface OffsetsOfGroup {
  readonly groupId: string
  /** In its newest generation: of a member that has the partitions. */
  readonly member: MemberIdentity
  readonly offsets: readonly GroupOffset[]
}

/**
 * How transactions go, by the cluster's `transaction.version` (KIP-890). In the first way
 * partitions and groups are added before something is written; in the second writing adds them, and
 * each end gives the producer a new epoch.
 */
export type TransactionVersion = 1 | 2

const FEATURE = 'transaction.version'
/** The first of the second way. */
const END_VERSION = 5
const OFFSETS_VERSION = 5
/** Later ones are for brokers among themselves, and for many transactions at once. */
const ADD_PARTITIONS_VERSIONS = { max: 3 }
/** Before it a producer cannot say who it is. */
const IDENTITY_VERSION = 3
const NOBODY: ProducerIdentity = { producerId: -1, epoch: -1 }
/** It may have failed at it after it had begun. */
const UNKNOWN = ErrorCode.UNKNOWN_SERVER_ERROR
/** To be tried again, as nothing of it was begun. */
const NOT_BEGUN: ReadonlySet<number> = new Set<number>([
  ErrorCode.CONCURRENT_TRANSACTIONS,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
])
/** The end of the transaction before is only moments away. */
const BACKOFF: Backoff = { leastMs: 10, mostMs: 1000 }

/** What is asked of the broker that looks after a transactional id, until it is answered. */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #coordinator: Coordinator

  constructor(options: TransactionCoordinatorOptions) {
    const { cluster, transactionalId } = options
    this.#options = options
    const type = CoordinatorType.TRANSACTION
    this.#coordinator = new Coordinator(cluster, type, transactionalId, { transactionalId })
  }

  /** @throws {KafkaError} */
  async version(): Promise<TransactionVersion> {
    const versions = await this.#retrying(async () => this.#coordinator.versions())
    return versions.feature(FEATURE) >= 2 ? 2 : 1
  }

  /**
   * Ends what was left open under this id, and fences whoever had it before.
   * @param before who this producer was: it is refused if somebody came after it
   * @throws {KafkaError}
   */
  async initialise(before: ProducerIdentity = NOBODY): Promise<ProducerIdentity> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    return this.#retrying(async () => {
      const answer = await this.#coordinator.ask({
        api: InitProducerId,
        request: (version) => {
          const { producerId, epoch } = version >= IDENTITY_VERSION ? before : NOBODY
          return {
            ...{ transactionalId, transactionTimeoutMs, producerId, producerEpoch: epoch },
            ...{ enable2Pc: false, keepPreparedTxn: false },
          }
        },
      })
      this.#coordinator.check(answer.errorCode, { api: 'InitProducerId' })
      return { producerId: answer.producerId, epoch: answer.producerEpoch }
    })
  }

  /** @throws {KafkaError} */
  async addPartitions(
    { producerId, epoch }: ProducerIdentity,
    places: readonly TopicPartition[],
  ): Promise<void> {
    const topics = [...Map.groupBy(places, ({ topic }) => topic)].map(([name, own]) => {
      return { name, partitions: own.map(({ partition }) => partition) }
    })
    await this.#retrying(async () => {
      const answer = await this.#coordinator.ask({
        api: AddPartitionsToTxn,
        versions: ADD_PARTITIONS_VERSIONS,
        request: {
          transactions: [],
          v3AndBelowTransactionalId: this.#options.transactionalId,
          v3AndBelowProducerId: producerId,
          v3AndBelowProducerEpoch: epoch,
          v3AndBelowTopics: topics,
        },
      })
      for (const { name: topic, resultsByPartition } of answer.resultsByTopicV3AndBelow) {
        for (const { partitionIndex: partition, partitionErrorCode } of resultsByPartition) {
          const context = { api: 'AddPartitionsToTxn', topic, partition }
          this.#coordinator.check(partitionErrorCode, context)
        }
      }
    })
  }

  /** @throws {KafkaError} */
  async commitOffsets(
    who: ProducerIdentity,
    version: TransactionVersion,
    group: () => OffsetsOfGroup,
  ): Promise<void> {
    const { groupId } = group()
    if (version === 1) await this.#addGroup(who, groupId)
    const { transactionalId, cluster } = this.#options
    const coordinator = new GroupCoordinator(cluster, groupId)
    await this.#retrying(async () => {
      const { member, offsets } = group()
      const { topics } = await coordinator.ask({
        api: TxnOffsetCommit,
        versions: version === 1 ? { max: OFFSETS_VERSION - 1 } : { min: OFFSETS_VERSION },
        request: {
          ...{ transactionalId, groupId, producerId: who.producerId, producerEpoch: who.epoch },
          ...{ generationId: member.generationId, memberId: member.memberId },
          groupInstanceId: member.instanceId,
          topics: [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, own]) => ({
            name,
            partitions: own.map(({ partition: partitionIndex, offset: committedOffset }) => {
              const rest = { committedLeaderEpoch: -1, committedMetadata: '' }
              return { partitionIndex, committedOffset, ...rest }
            }),
          })),
        },
      })
      for (const { name: topic, partitions } of topics) {
        for (const { partitionIndex: partition, errorCode } of partitions) {
          coordinator.check(errorCode, { api: 'TxnOffsetCommit', topic, partition })
        }
      }
    })
  }

  /**
   * @returns who the producer is from now on
   * @throws {KafkaError} with `outcome` `unknown` where an attempt may have ended it nevertheless
   */
  async end(
    who: ProducerIdentity,
    version: TransactionVersion,
    committed: boolean,
  ): Promise<ProducerIdentity> {
    let mayHaveEnded = false
    try {
      return await this.#retrying(async () => {
        let isSent = false
        try {
          return await this.#endOnce(who, version, { committed, sends: () => (isSent = true) })
        } catch (error) {
          mayHaveEnded ||= isSent && !isRefusal(error)
          throw error
        }
      })
    } catch (error) {
      throw mayHaveEnded && error instanceof KafkaError ? error.asUnknown() : error
    }
  }

  async #endOnce(
    who: ProducerIdentity,
    version: TransactionVersion,
    { committed, sends }: { readonly committed: boolean; readonly sends: () => void },
  ): Promise<ProducerIdentity> {
    const { transactionalId } = this.#options
    const { errorCode, producerId, producerEpoch } = await this.#coordinator.ask({
      api: EndTxn,
      versions: version === 1 ? { max: END_VERSION - 1 } : { min: END_VERSION },
      request: () => {
        sends()
        return { transactionalId, producerId: who.producerId, producerEpoch: who.epoch, committed }
      },
    })
    this.#coordinator.check(errorCode, { api: 'EndTxn' })
    return version === 1 ? who : { producerId, epoch: producerEpoch }
  }

  async #addGroup({ producerId, epoch }: ProducerIdentity, groupId: string): Promise<void> {
    const { transactionalId } = this.#options
    await this.#retrying(async () => {
      const { errorCode } = await this.#coordinator.ask({
        api: AddOffsetsToTxn,
        request: { transactionalId, producerId, producerEpoch: epoch, groupId },
      })
      this.#coordinator.check(errorCode, { api: 'AddOffsetsToTxn' })
    })
  }

  async #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, random, timeoutMs } = this.#options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    return retrying(attempt, { clock, random, deadlineMs, backoff: BACKOFF })
  }
}

/** A broker said that it does not do what it was asked for, nor will. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof KafkaError) || error.errorCode === undefined) return false
  return isRetriableError(error) ? NOT_BEGUN.has(error.errorCode) : error.errorCode !== UNKNOWN
}

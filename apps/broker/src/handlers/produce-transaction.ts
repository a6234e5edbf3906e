import type { PartitionLog } from '@pafka/log'
import {
  BATCH_HEADER_BYTES,
  batchSizeOf,
  ErrorCode,
  isTransactional,
  producerEpochOf,
  producerIdOf,
  type ProduceRequest,
} from '@pafka/protocol'

import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { ProducerClaim } from '../transactions/transaction-metadata.ts'
import type { HandlerContext } from './handler-context.ts'

/** From here on a batch itself adds its partition to the transaction (KIP-890). */
const ADDING_VERSION = 12
/** From here on clients know TRANSACTION_ABORTABLE. */
const ABORTABLE_VERSION = 11

interface Newcomers {
  readonly claim: ProducerClaim
  readonly logs: PartitionLog[]
}

/** The transaction that the batches of a request belong to. */
export class ProduceTransaction {
  readonly #request: ProduceRequest
  readonly #broker: HandlerContext
  readonly #apiVersion: number
  readonly #transactionalId: string
  readonly #refused = new Map<PartitionLog, ErrorCode>()

  constructor(request: ProduceRequest, broker: HandlerContext, apiVersion: number) {
    this.#request = request
    this.#broker = broker
    this.#apiVersion = apiVersion
    this.#transactionalId = request.transactionalId ?? ''
  }

  /** Adds partitions that have nothing of the transaction yet, or sees that they were added. */
  join(): Promise<void> | undefined {
    const newcomers = this.#newcomers()
    if (newcomers.length === 0) return undefined
    return Promise.all(newcomers.map((some) => this.#joinAs(some))).then(() => {})
  }

  /**
   * NONE: the batch may be appended now, and the marker of its transaction will come after it.
   * @returns undefined for what is in no transaction
   */
  check(log: PartitionLog, records: Uint8Array): ErrorCode | undefined {
    if (!isInTransaction(records)) return undefined
    // only the first batch is asked for
    if (batchSizeOf(records, 0) < records.length) return ErrorCode.INVALID_RECORD
    const claim = claimOf(records)
    if (log.transactions.isOpen(claim)) return ErrorCode.NONE
    const refused = this.#refused.get(log)
    if (refused !== undefined) return refused
    const isIn = this.#broker.transactions.isIn(this.#transactionalId, claim, log)
    return isIn ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE
  }

  /** Most requests have one producer. */
  #newcomers(): Newcomers[] {
    const byProducer = new Map<string, Newcomers>()
    for (const { topicId, name, partitionData } of this.#request.topicData) {
      const { topics } = this.#broker
      const topic = this.#apiVersion >= 13 ? topics.byId(topicId) : topics.byName(name)
      if (topic?.internal === true) continue // it will be refused
      for (const { index, records } of partitionData) {
        const log = topic?.partitions[index]?.log
        if (log === undefined || !isInTransaction(records)) continue
        const claim = claimOf(records)
        if (log.transactions.isOpen(claim)) continue
        const key = `${claim.producerId} ${claim.producerEpoch}`
        const some = byProducer.get(key) ?? { claim, logs: [] }
        byProducer.set(key, some)
        some.logs.push(log)
      }
    }
    return [...byProducer.values()]
  }

  async #joinAs({ claim, logs }: Newcomers): Promise<void> {
    const codes = await this.#codesOf(claim, logs)
    for (const [at, log] of logs.entries()) {
      const errorCode = this.#toClient(codes[at] ?? ErrorCode.UNKNOWN_SERVER_ERROR)
      if (errorCode !== ErrorCode.NONE) this.#refused.set(log, errorCode)
    }
  }

  async #codesOf(claim: ProducerClaim, logs: PartitionLog[]): Promise<readonly ErrorCode[]> {
    const { transactions } = this.#broker
    const partitions = logs.map(({ topic, partition }): TopicPartition => ({ topic, partition }))
    if (this.#apiVersion < ADDING_VERSION) {
      return transactions.verify(this.#transactionalId, claim, partitions)
    }
    const asked = { ...claim, partitions, clientVersion: 2 }
    const errorCode = await transactions.addPartitions(this.#transactionalId, asked)
    return logs.map(() => errorCode)
  }

  /**
   * Old clients take what they do not know for fatal, and come again with NOT_ENOUGH_REPLICAS.
   * Source: Kafka `ReplicaManager.handleProduceAppend`, `AddPartitionsToTxnManager`.
   */
  #toClient(errorCode: ErrorCode): ErrorCode {
    switch (errorCode) {
      case ErrorCode.PRODUCER_FENCED: {
        return ErrorCode.INVALID_PRODUCER_EPOCH
      }
      case ErrorCode.TRANSACTION_ABORTABLE: {
        return this.#apiVersion >= ABORTABLE_VERSION ? errorCode : ErrorCode.INVALID_TXN_STATE
      }
      case ErrorCode.CONCURRENT_TRANSACTIONS: {
        return this.#apiVersion >= ADDING_VERSION ? errorCode : ErrorCode.NOT_ENOUGH_REPLICAS
      }
      case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
      case ErrorCode.COORDINATOR_NOT_AVAILABLE:
      case ErrorCode.NOT_COORDINATOR: {
        return ErrorCode.NOT_ENOUGH_REPLICAS
      }
      default: {
        return errorCode
      }
    }
  }
}

/** What a client is told when `check` refuses a batch. */
export function refusalText(errorCode: ErrorCode): string {
  switch (errorCode) {
    case ErrorCode.INVALID_RECORD: {
      return 'In a transaction a request has one batch for each partition.'
    }
    case ErrorCode.INVALID_PRODUCER_EPOCH: {
      return 'The epoch is an old one: another producer has the id, or the transaction was aborted.'
    }
    case ErrorCode.INVALID_PRODUCER_ID_MAPPING: {
      return 'The transactional id belongs to another producer id, or to none.'
    }
    case ErrorCode.INVALID_TXN_STATE: {
      return 'The partition is not in a transaction of the producer.'
    }
    case ErrorCode.TRANSACTION_ABORTABLE: {
      return 'The partition is not in the transaction: it is to be aborted.'
    }
    case ErrorCode.CONCURRENT_TRANSACTIONS: {
      return 'The transaction before is still being ended.'
    }
    case ErrorCode.NOT_ENOUGH_REPLICAS: {
      return 'Whether the partition is in the transaction cannot be told now.'
    }
    default: {
      return 'The partition could not be added to the transaction.'
    }
  }
}

/** Only the header is looked at: what is wrong with the rest is found when it is appended. */
function isInTransaction(records: unknown): records is Uint8Array {
  if (!(records instanceof Uint8Array) || records.length < BATCH_HEADER_BYTES) return false
  return isTransactional(records, 0)
}

function claimOf(records: Uint8Array): ProducerClaim {
  return { producerId: producerIdOf(records, 0), producerEpoch: producerEpochOf(records, 0) }
}

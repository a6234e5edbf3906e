import type { TopicPartition } from '../metadata/topic-partition.ts'

/** As the records of `__transaction_state` number them. Source: Kafka `TransactionState.java`. */
export const TransactionState = {
  Empty: 0,
  Ongoing: 1,
  PrepareCommit: 2,
  PrepareAbort: 3,
  CompleteCommit: 4,
  CompleteAbort: 5,
  Dead: 6,
  PrepareEpochFence: 7,
} as const

export type TransactionState = (typeof TransactionState)[keyof typeof TransactionState]

export const NO_PRODUCER_ID = -1
export const NO_PRODUCER_EPOCH = -1
/** Clients are never given a higher one: the next is left for fencing. */
export const LAST_EPOCH: number = 2 ** 15 - 2

/** Who asks, as it knows itself. */
export interface ProducerClaim {
  readonly producerId: number
  readonly producerEpoch: number
}

/** What is kept of a transactional id. Source: Kafka `TransactionMetadata.java`. */
export interface TransactionMetadata {
  readonly transactionalId: string
  readonly producerId: number
  /** That it had before its epochs were used up, for a request that is sent again. */
  readonly previousProducerId: number
  /** That it gets when the transaction completes, for its epochs are used up. */
  readonly nextProducerId: number
  readonly producerEpoch: number
  /** That a producer may have that did not hear of the newest one; -1 where none may. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly state: TransactionState
  readonly partitions: readonly TopicPartition[]
  /** -1 before the first transaction. */
  readonly startMs: number
  readonly lastUpdateMs: number
  /** `transaction.version` that the client's request spoke: 2 from KIP-890's second part on. */
  readonly clientVersion: number
}

/** Of an id that is new. */
export function newMetadata(
  transactionalId: string,
  producerId: number,
  timeoutMs: number,
  nowMs: number,
): TransactionMetadata {
  return {
    transactionalId,
    producerId,
    previousProducerId: NO_PRODUCER_ID,
    nextProducerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs,
    state: TransactionState.Empty,
    partitions: [],
    startMs: -1,
    lastUpdateMs: nowMs,
    clientVersion: 0,
  }
}

/** The next epoch would be one that only the coordinator uses. */
export function isExhausted(producerEpoch: number): boolean {
  return producerEpoch >= LAST_EPOCH
}

/** Its markers are being written. */
export function isPreparing({ state }: TransactionMetadata): boolean {
  return state === TransactionState.PrepareCommit || state === TransactionState.PrepareAbort
}

/** Its transaction has ended, or never began. */
export function isIdle({ state }: TransactionMetadata): boolean {
  return (
    state === TransactionState.Empty ||
    state === TransactionState.CompleteCommit ||
    state === TransactionState.CompleteAbort
  )
}

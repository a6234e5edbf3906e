import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { CallOptions } from '../options/call-options.ts'

/** Kafka's words. */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'PrepareEpochFence'
  | 'Dead'

export const TRANSACTION_STATES: readonly TransactionState[] = [
  ...(['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit'] as const),
  ...(['CompleteAbort', 'PrepareEpochFence', 'Dead'] as const),
]

export interface ListTransactionsOptions extends CallOptions {
  /** All by default. */
  readonly states?: readonly TransactionState[]
  /** All by default. */
  readonly producerIds?: readonly number[]
  /** Those that have been open for longer. */
  readonly longerThanMs?: number
  /** A regular expression, as RE2 has them, that the whole id matches. */
  readonly idPattern?: string
}

export interface TransactionListing {
  readonly transactionalId: string
  readonly producerId: number
  readonly state: TransactionState | 'Unknown'
}

export interface TransactionDescription extends TransactionListing {
  readonly producerEpoch: number
  readonly coordinatorId: number
  /** It is aborted when it is open for so long. */
  readonly timeoutMs: number
  /** Undefined when none is open. */
  readonly startTimestamp: number | undefined
  /** Those that are part of it. */
  readonly partitions: readonly TopicPartition[]
}

/** Who may go on with a transactional id: none of those before. */
export interface FencedProducer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** A producer as a partition knows it. */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** -1 for none. */
  readonly lastSequence: number
  /** -1 for none. */
  readonly lastTimestamp: number
  /** -1 before the first transaction has ended. */
  readonly coordinatorEpoch: number
  /** Undefined when none is open. */
  readonly transactionStartOffset: number | undefined
}

export interface PartitionProducers extends TopicPartition {
  readonly producers: readonly ActiveProducer[]
}

/** A transaction in a partition: by where it begins there, or by its producer. */
export type OpenTransaction = TopicPartition &
  (
    | { readonly startOffset: number }
    | {
        readonly producerId: number
        readonly producerEpoch: number
        readonly coordinatorEpoch?: number
      }
  )

export function transactionStateOf(said: string): TransactionState | 'Unknown' {
  return TRANSACTION_STATES.find((one) => one === said) ?? 'Unknown'
}

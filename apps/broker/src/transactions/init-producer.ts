import { ErrorCode } from '@pafka/protocol'

import type { TransactionEntry } from './transaction-entry.ts'
import {
  isExhausted,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type TransactionMetadata,
  TransactionState,
} from './transaction-metadata.ts'

export interface InitProducer {
  readonly timeoutMs: number
  /** What the producer says that it has (KIP-360); undefined from one that begins. */
  readonly expected: { readonly producerId: number; readonly producerEpoch: number } | undefined
  readonly nowMs: number
  /** A fresh one, once it was asked for. */
  readonly newProducerId: number | undefined
}

/** What an id is to become, an error, or that a fresh producer id is wanted first. */
export type InitOutcome = TransactionMetadata | ErrorCode | 'producer-id'

/**
 * Source: Kafka `TransactionCoordinator.prepareInitProducerIdTransit`. Where a transaction runs the
 * outcome is `PrepareEpochFence`: it is aborted first, and the client comes again.
 */
export function initProducer(entry: TransactionEntry, asked: InitProducer): InitOutcome {
  const { metadata, pending } = entry
  const { expected } = asked
  if (pending !== undefined) return ErrorCode.CONCURRENT_TRANSACTIONS
  if (expected !== undefined && !isKnown(metadata, expected)) return ErrorCode.PRODUCER_FENCED
  switch (metadata.state) {
    case TransactionState.PrepareCommit:
    case TransactionState.PrepareAbort: {
      return ErrorCode.CONCURRENT_TRANSACTIONS
    }
    case TransactionState.Ongoing: {
      return fence(entry, asked.nowMs)
    }
    case TransactionState.Dead:
    case TransactionState.PrepareEpochFence: {
      return ErrorCode.UNKNOWN_SERVER_ERROR
    }
    default: {
      return initIdle(metadata, asked)
    }
  }
}

/** Nobody but the coordinator has the next epoch: what runs is aborted with it. */
export function fence(
  { metadata, hasFailedFence }: TransactionEntry,
  nowMs: number,
): TransactionMetadata {
  const { producerEpoch } = metadata
  return {
    ...metadata,
    producerEpoch: hasFailedFence ? producerEpoch : producerEpoch + 1,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    state: TransactionState.PrepareEpochFence,
    lastUpdateMs: nowMs,
  }
}

function initIdle(metadata: TransactionMetadata, asked: InitProducer): InitOutcome {
  const { timeoutMs, expected, nowMs, newProducerId } = asked
  const { producerEpoch, lastProducerEpoch } = metadata
  const idle = {
    ...metadata,
    timeoutMs,
    nextProducerId: NO_PRODUCER_ID,
    state: TransactionState.Empty,
    partitions: [],
    startMs: -1,
    lastUpdateMs: nowMs,
  }
  const isCurrent = expected === undefined || expected.producerEpoch === producerEpoch
  if (isExhausted(producerEpoch) && isCurrent) {
    if (newProducerId === undefined) return 'producer-id'
    return {
      ...idle,
      producerId: newProducerId,
      previousProducerId: metadata.producerId,
      producerEpoch: 0,
      lastProducerEpoch: expected === undefined ? NO_PRODUCER_EPOCH : producerEpoch,
    }
  }
  if (expected === undefined) {
    return { ...idle, producerEpoch: producerEpoch + 1, lastProducerEpoch: NO_PRODUCER_EPOCH }
  }
  if (producerEpoch === NO_PRODUCER_EPOCH || isCurrent) {
    return { ...idle, producerEpoch: producerEpoch + 1, lastProducerEpoch: producerEpoch }
  }
  // it did not hear the answer that told it the newest
  if (expected.producerEpoch === lastProducerEpoch) return idle
  return ErrorCode.PRODUCER_FENCED
}

/** Source: Kafka `TransactionCoordinator.isValidProducerId`. */
function isKnown(
  { producerId, previousProducerId, producerEpoch }: TransactionMetadata,
  expected: NonNullable<InitProducer['expected']>,
): boolean {
  if (producerEpoch === NO_PRODUCER_EPOCH || expected.producerId === producerId) return true
  return expected.producerId === previousProducerId && isExhausted(expected.producerEpoch)
}

import { ErrorCode } from '@pafka/protocol'

import {
  isExhausted,
  isIdle,
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

/** What an id is to become, an error, or that something must be done first. */
export type InitOutcome = TransactionMetadata | ErrorCode | 'producer-id' | 'abort'

/** Source: Kafka `TransactionCoordinator.prepareInitProducerIdTransit`. */
export function initProducer(metadata: TransactionMetadata, asked: InitProducer): InitOutcome {
  const { expected } = asked
  if (expected !== undefined && !isKnown(metadata, expected)) return ErrorCode.PRODUCER_FENCED
  if (metadata.state === TransactionState.Ongoing) return 'abort'
  return isIdle(metadata) ? initIdle(metadata, asked) : ErrorCode.CONCURRENT_TRANSACTIONS
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

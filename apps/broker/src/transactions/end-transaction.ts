import { ErrorCode } from '@pafka/protocol'

import {
  isExhausted,
  isPreparing,
  LAST_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type ProducerClaim,
  type TransactionMetadata,
  TransactionState,
} from './transaction-metadata.ts'

/** The highest that there is. */
const FENCING_EPOCH = LAST_EPOCH + 1

export interface EndTransaction extends ProducerClaim {
  readonly isCommit: boolean
  /** From 2 on each end raises the epoch: what comes late of a transaction is told by it. */
  readonly clientVersion: number
  readonly nowMs: number
  /** A fresh one, once it was asked for. */
  readonly newProducerId: number | undefined
}

/** What an id is to become, an error, or that a fresh producer id is wanted first. */
export type EndOutcome = TransactionMetadata | ErrorCode | 'producer-id'

/** NONE: it has ended so already. Source: Kafka `TransactionCoordinator.endTransaction`. */
export function endTransaction(metadata: TransactionMetadata, asked: EndTransaction): EndOutcome {
  return asked.clientVersion >= 2 ? endRaising(metadata, asked) : endKeeping(metadata, asked)
}

/**
 * The coordinator aborts for a producer that is late, or whose id another one uses now: what it
 * still writes in its epoch is refused. If it learns of that and aborts, it is told that it has,
 * and goes on in the new epoch, unless another one has come. Source: Kafka
 * `TransactionMetadata.prepareFenceProducerEpoch`.
 */
export function fencingAbort(metadata: TransactionMetadata, nowMs: number): TransactionMetadata {
  return {
    ...metadata,
    state: TransactionState.PrepareAbort,
    producerEpoch: Math.min(metadata.producerEpoch + 1, FENCING_EPOCH),
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    lastUpdateMs: nowMs,
  }
}

/** All markers are written. Source: Kafka `TransactionMetadata.prepareComplete`. */
export function completed(metadata: TransactionMetadata, nowMs: number): TransactionMetadata {
  const { state, nextProducerId, producerId, clientVersion } = metadata
  const isCommit = state === TransactionState.PrepareCommit
  const rotates = clientVersion >= 2 && nextProducerId !== NO_PRODUCER_ID
  return {
    ...metadata,
    ...(rotates && {
      producerId: nextProducerId,
      previousProducerId: producerId,
      producerEpoch: 0,
    }),
    nextProducerId: NO_PRODUCER_ID,
    state: isCommit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort,
    partitions: [],
    lastUpdateMs: nowMs,
  }
}

/** The epoch stays as it is. */
function endKeeping(metadata: TransactionMetadata, asked: EndTransaction): EndOutcome {
  if (asked.producerId !== metadata.producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  if (asked.producerEpoch !== metadata.producerEpoch) return ErrorCode.PRODUCER_FENCED
  if (metadata.state !== TransactionState.Ongoing) return ofEnded(metadata, asked.isCommit)
  return prepared(metadata, asked)
}

/** What an end means to a transaction that is at its end, or never began. */
function ofEnded({ state }: TransactionMetadata, isCommit: boolean): ErrorCode {
  switch (state) {
    case TransactionState.CompleteCommit: {
      return isCommit ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE
    }
    case TransactionState.CompleteAbort: {
      return isCommit ? ErrorCode.INVALID_TXN_STATE : ErrorCode.NONE
    }
    case TransactionState.PrepareCommit: {
      return isCommit ? ErrorCode.CONCURRENT_TRANSACTIONS : ErrorCode.INVALID_TXN_STATE
    }
    case TransactionState.PrepareAbort: {
      return isCommit ? ErrorCode.INVALID_TXN_STATE : ErrorCode.CONCURRENT_TRANSACTIONS
    }
    default: {
      return ErrorCode.INVALID_TXN_STATE
    }
  }
}

/** The epoch is raised by one with each end. */
function endRaising(metadata: TransactionMetadata, asked: EndTransaction): EndOutcome {
  const { state, producerEpoch } = metadata
  const again = retryOf(metadata, asked)
  if (asked.producerId !== metadata.producerId && again !== 'used-up') {
    return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  }
  const isAtEnd = state !== TransactionState.Empty && state !== TransactionState.Ongoing
  const isAgain = isAtEnd && again !== undefined
  const isCurrent = asked.producerEpoch === producerEpoch && !isPreparing(metadata)
  if (!isAgain && !isCurrent) return ErrorCode.PRODUCER_FENCED
  if (isAgain) return ofEnded(metadata, asked.isCommit)
  if (state === TransactionState.Ongoing) return raised(metadata, asked)
  // nothing was written: that can be aborted, for a producer that does not know
  return asked.isCommit ? ErrorCode.INVALID_TXN_STATE : raised(metadata, asked)
}

/** How a request that was sent again is recognised: the epoch was raised by the first one. */
function retryOf(
  { producerEpoch, previousProducerId, nextProducerId, clientVersion }: TransactionMetadata,
  asked: ProducerClaim,
): 'raised' | 'used-up' | undefined {
  if (clientVersion < 2) return undefined // the last end raised nothing
  // the coordinator aborted with the highest epoch: nobody goes on in that one
  if (producerEpoch === FENCING_EPOCH && nextProducerId === NO_PRODUCER_ID) return undefined
  if (producerEpoch === asked.producerEpoch + 1) return 'raised'
  const isUsedUp = asked.producerEpoch === LAST_EPOCH && producerEpoch === 0
  return isUsedUp && asked.producerId === previousProducerId ? 'used-up' : undefined
}

function raised(metadata: TransactionMetadata, asked: EndTransaction): EndOutcome {
  const { producerEpoch } = metadata
  const mustRotate = isExhausted(producerEpoch)
  if (mustRotate && asked.newProducerId === undefined) return 'producer-id'
  return {
    ...prepared(metadata, asked),
    nextProducerId: mustRotate ? (asked.newProducerId ?? NO_PRODUCER_ID) : NO_PRODUCER_ID,
    producerEpoch: producerEpoch + 1,
    lastProducerEpoch: producerEpoch,
    startMs: metadata.state === TransactionState.Ongoing ? metadata.startMs : asked.nowMs,
  }
}

function prepared(metadata: TransactionMetadata, asked: EndTransaction): TransactionMetadata {
  const { isCommit, nowMs: lastUpdateMs, clientVersion } = asked
  const state = isCommit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort
  const partitions = metadata.state === TransactionState.Ongoing ? metadata.partitions : []
  return { ...metadata, state, partitions, lastUpdateMs, clientVersion }
}

import { ErrorCode } from '@pafka/protocol'

import type { ProducerClaim } from './add-partitions.ts'
import type { TransactionEntry } from './transaction-entry.ts'
import {
  isExhausted,
  LAST_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type TransactionMetadata,
  TransactionState,
} from './transaction-metadata.ts'

export interface EndTransaction extends ProducerClaim {
  readonly isCommit: boolean
  /** From 2 on each end raises the epoch: what comes late of a transaction is told by it. */
  readonly clientVersion: number
  /** False for an abort by the coordinator itself. */
  readonly isFromClient: boolean
  readonly nowMs: number
  /** A fresh one, once it was asked for. */
  readonly newProducerId: number | undefined
}

/** What an id is to become, an error, or that a fresh producer id is wanted first. */
export type EndOutcome = TransactionMetadata | ErrorCode | 'producer-id'

/** NONE: it has ended so already. Source: Kafka `TransactionCoordinator.endTransaction`. */
export function endTransaction(entry: TransactionEntry, asked: EndTransaction): EndOutcome {
  return asked.clientVersion >= 2 ? endRaising(entry, asked) : endKeeping(entry, asked)
}

/** The epoch stays as it is. */
function endKeeping(entry: TransactionEntry, asked: EndTransaction): EndOutcome {
  const { metadata, pending } = entry
  const { producerEpoch } = metadata
  if (asked.producerId !== metadata.producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  const isOther = asked.isFromClient && asked.producerEpoch !== producerEpoch
  if (isOther || asked.producerEpoch < producerEpoch) return ErrorCode.PRODUCER_FENCED
  const isFencing = isFence(pending)
  if (pending !== undefined && !isFencing) return ErrorCode.CONCURRENT_TRANSACTIONS
  if (metadata.state !== TransactionState.Ongoing) return ofEnded(metadata, asked.isCommit)
  const next = prepared(metadata, asked)
  if (asked.isCommit || !isFencing) return next
  return { ...next, producerEpoch: asked.producerEpoch, lastProducerEpoch: NO_PRODUCER_EPOCH }
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
function endRaising(entry: TransactionEntry, asked: EndTransaction): EndOutcome {
  const { metadata, pending } = entry
  const { isCommit } = asked
  const isFencing = isFence(pending)
  if (pending !== undefined && !isFencing) return ErrorCode.CONCURRENT_TRANSACTIONS
  const again = isFencing ? undefined : retryOf(metadata, asked)
  if (asked.producerId !== metadata.producerId && again !== 'used-up') {
    return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  }
  if (!isEpochRight(metadata, asked, { isFencing, again })) return ErrorCode.PRODUCER_FENCED
  const { state } = metadata
  if (state === TransactionState.Ongoing) return raised(metadata, asked, isFencing)
  const isAtEnd = state !== TransactionState.Empty
  if (isAtEnd && (again !== undefined || isPreparing(state))) return ofEnded(metadata, isCommit)
  // nothing was written: that can be aborted, for a producer that does not know
  return isCommit ? ErrorCode.INVALID_TXN_STATE : raised(metadata, asked, isFencing)
}

/** How a request that was sent again is recognised: the epoch was raised by the first one. */
function retryOf(
  { producerEpoch, previousProducerId }: TransactionMetadata,
  asked: ProducerClaim,
): 'raised' | 'used-up' | undefined {
  if (producerEpoch === asked.producerEpoch + 1) return 'raised'
  const isUsedUp = asked.producerEpoch === LAST_EPOCH && producerEpoch === 0
  return isUsedUp && asked.producerId === previousProducerId ? 'used-up' : undefined
}

function isEpochRight(
  { state, producerEpoch }: TransactionMetadata,
  asked: EndTransaction,
  { isFencing, again }: { isFencing: boolean; again: 'raised' | 'used-up' | undefined },
): boolean {
  const isSame = asked.producerEpoch === producerEpoch
  if (isFencing) return isSame || (!asked.isFromClient && asked.producerEpoch > producerEpoch)
  if (isPreparing(state)) return again === 'raised'
  const isComplete =
    state === TransactionState.CompleteCommit || state === TransactionState.CompleteAbort
  return isSame || (isComplete && again !== undefined)
}

function raised(
  metadata: TransactionMetadata,
  asked: EndTransaction,
  isFencing: boolean,
): EndOutcome {
  const mustRotate = !isFencing && isExhausted(metadata.producerEpoch)
  if (mustRotate && asked.newProducerId === undefined) return 'producer-id'
  const producerEpoch = isFencing ? asked.producerEpoch : metadata.producerEpoch
  const next = prepared(metadata, asked)
  return {
    ...next,
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

function isFence(pending: TransactionMetadata | undefined): boolean {
  return pending?.state === TransactionState.PrepareEpochFence
}

function isPreparing(state: TransactionState): boolean {
  return state === TransactionState.PrepareCommit || state === TransactionState.PrepareAbort
}

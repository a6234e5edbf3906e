import { ErrorCode } from '@pafka/protocol'

import type { TopicPartition } from '../groups/offset-store.ts'
import type { TransactionEntry } from './transaction-entry.ts'
import { type TransactionMetadata, TransactionState } from './transaction-metadata.ts'

/** Who asks, as it knows itself. */
export interface ProducerClaim {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface AddPartitions extends ProducerClaim {
  readonly partitions: readonly TopicPartition[]
  readonly clientVersion: number
  readonly nowMs: number
}

/**
 * What an id is to become, or an error; NONE where it has the partitions already. Source: Kafka
 * `TransactionCoordinator.handleAddPartitionsToTransaction`.
 */
export function addPartitions(
  entry: TransactionEntry,
  asked: AddPartitions,
): TransactionMetadata | ErrorCode {
  const refused = whyNot(entry, asked)
  if (refused !== ErrorCode.NONE) return refused
  const { metadata } = entry
  const isOngoing = metadata.state === TransactionState.Ongoing
  const known = new Set(isOngoing ? metadata.partitions.map(keyOf) : [])
  const fresh = asked.partitions.filter((one) => !known.has(keyOf(one)))
  if (isOngoing && fresh.length === 0) return ErrorCode.NONE
  return {
    ...metadata,
    state: TransactionState.Ongoing,
    partitions: isOngoing ? [...metadata.partitions, ...fresh] : fresh,
    startMs: isOngoing ? metadata.startMs : asked.nowMs,
    lastUpdateMs: asked.nowMs,
    clientVersion: asked.clientVersion,
  }
}

function whyNot(
  { metadata, pending }: TransactionEntry,
  { producerId, producerEpoch }: ProducerClaim,
): ErrorCode {
  if (producerId !== metadata.producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  if (producerEpoch !== metadata.producerEpoch) return ErrorCode.PRODUCER_FENCED
  if (pending !== undefined || isPreparing(metadata)) return ErrorCode.CONCURRENT_TRANSACTIONS
  return ErrorCode.NONE
}

/** Its markers are being written. */
export function isPreparing({ state }: TransactionMetadata): boolean {
  return state === TransactionState.PrepareCommit || state === TransactionState.PrepareAbort
}

/** A slash is in no topic's name. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

import { ErrorCode } from '@pafka/protocol'

import type { TopicPartition } from '../metadata/topic-partition.ts'
import {
  isPreparing,
  type ProducerClaim,
  type TransactionMetadata,
  TransactionState,
} from './transaction-metadata.ts'

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
  metadata: TransactionMetadata,
  asked: AddPartitions,
): TransactionMetadata | ErrorCode {
  const refused = whyNot(metadata, asked)
  if (refused !== ErrorCode.NONE) return refused
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

/** Whether a partition is in the transaction that runs, for a batch that says so (KIP-890). */
export function verifyPartition(
  metadata: TransactionMetadata,
  claim: ProducerClaim,
  partition: TopicPartition,
): ErrorCode {
  const refused = whyNot(metadata, claim)
  if (refused !== ErrorCode.NONE) return refused
  const { state, partitions } = metadata
  const isThis = (one: TopicPartition): boolean =>
    one.partition === partition.partition && one.topic === partition.topic
  const isIn = state === TransactionState.Ongoing && partitions.some(isThis)
  return isIn ? ErrorCode.NONE : ErrorCode.TRANSACTION_ABORTABLE
}

function whyNot(
  metadata: TransactionMetadata,
  { producerId, producerEpoch }: ProducerClaim,
): ErrorCode {
  if (producerId !== metadata.producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  if (producerEpoch !== metadata.producerEpoch) return ErrorCode.PRODUCER_FENCED
  return isPreparing(metadata) ? ErrorCode.CONCURRENT_TRANSACTIONS : ErrorCode.NONE
}

/** A slash is in no topic's name. */
function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

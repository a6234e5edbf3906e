import { DecodeError } from '@pafka/base'
import {
  joinRecordBytes,
  TransactionLogKey,
  TransactionLogValue,
  WireReader,
  WireWriter,
} from '@pafka/protocol'

import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import {
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type TransactionMetadata,
  TransactionState,
} from './transaction-metadata.ts'

/** The first with the fields of KIP-890. */
const VALUE_VERSION = 1

const STATES: ReadonlySet<number> = new Set(Object.values(TransactionState))

/** Source of the format: Kafka `TransactionLogKey.json` and `TransactionLogValue.json`. */
export function transactionRecord(metadata: TransactionMetadata): CoordinatorRecord {
  const writer = new WireWriter(256)
  writer.int16(VALUE_VERSION)
  TransactionLogValue.encode(
    writer,
    {
      producerId: metadata.producerId,
      previousProducerId: metadata.previousProducerId,
      nextProducerId: metadata.nextProducerId,
      producerEpoch: metadata.producerEpoch,
      transactionTimeoutMs: metadata.timeoutMs,
      transactionStatus: metadata.state,
      transactionPartitions:
        metadata.state === TransactionState.Empty ? null : byTopic(metadata.partitions),
      transactionLastUpdateTimestampMs: metadata.lastUpdateMs,
      transactionStartTimestampMs: metadata.startMs,
      clientTransactionVersion: metadata.clientVersion,
    },
    VALUE_VERSION,
  )
  return { key: keyOf(metadata.transactionalId), value: joinRecordBytes(writer.finish()) }
}

export function transactionTombstone(transactionalId: string): CoordinatorRecord {
  return { key: keyOf(transactionalId), value: null }
}

/** @returns undefined for a key of another type. @throws {DecodeError} */
export function decodeTransactionKey(bytes: Uint8Array): string | undefined {
  const reader = new WireReader(bytes)
  if (reader.int16() !== TransactionLogKey.recordType) return undefined
  return TransactionLogKey.decode(reader, 0).transactionalId
}

/** @throws {DecodeError} */
export function decodeTransactionValue(
  transactionalId: string,
  bytes: Uint8Array,
): TransactionMetadata {
  const reader = new WireReader(bytes)
  const version = reader.int16()
  if (version < TransactionLogValue.minVersion || version > TransactionLogValue.maxVersion) {
    throw new DecodeError(`${TransactionLogValue.name} has no version ${version}`)
  }
  const value = TransactionLogValue.decode(reader, version)
  if (!STATES.has(value.transactionStatus)) {
    throw new DecodeError(`there is no transaction state ${value.transactionStatus}`)
  }
  return {
    transactionalId,
    producerId: value.producerId,
    previousProducerId: value.previousProducerId ?? NO_PRODUCER_ID,
    nextProducerId: value.nextProducerId ?? NO_PRODUCER_ID,
    producerEpoch: value.producerEpoch,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs: value.transactionTimeoutMs,
    state: value.transactionStatus as TransactionState,
    partitions: (value.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
      partitionIds.map((partition) => ({ topic, partition })),
    ),
    startMs: value.transactionStartTimestampMs,
    lastUpdateMs: value.transactionLastUpdateTimestampMs,
    clientVersion: value.clientTransactionVersion ?? 0,
  }
}

/** Partition numbers of each topic, in the order in which they come. */
export function byTopic(
  partitions: readonly TopicPartition[],
): { readonly topic: string; readonly partitionIds: readonly number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = topics.get(topic)
    if (known === undefined) topics.set(topic, [partition])
    else known.push(partition)
  }
  return [...topics].map(([topic, partitionIds]) => ({ topic, partitionIds }))
}

function keyOf(transactionalId: string): Uint8Array {
  const writer = new WireWriter(64)
  writer.int16(TransactionLogKey.recordType)
  TransactionLogKey.encode(writer, { transactionalId }, 0)
  return joinRecordBytes(writer.finish())
}

import {
  DescribeProducers,
  type DescribeProducersRequest,
  type DescribeProducersResponse,
  type DescribeProducersResponsePartitionResponse,
  ErrorCode,
} from '@pafka/protocol'

import { OFFLINE_TEXT, type Partition } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Idempotent producers that a partition remembers (KIP-664). */
export const describeProducers: RequestHandler = defineHandler(DescribeProducers, [0, 0], answer)

function answer(
  { topics }: DescribeProducersRequest,
  broker: HandlerContext,
): DescribeProducersResponse {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) =>
        described(index, broker.topics.byName(name)?.partitions[index]),
      ),
    })),
  }
}

function described(
  partitionIndex: number,
  partition: Partition | undefined,
): DescribeProducersResponsePartitionResponse {
  if (partition === undefined) {
    const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const errorMessage = 'There is no such partition.'
    return { partitionIndex, errorCode, errorMessage, activeProducers: [] }
  }
  const { log } = partition
  if (log === undefined) {
    const errorCode = ErrorCode.KAFKA_STORAGE_ERROR
    return { partitionIndex, errorCode, errorMessage: OFFLINE_TEXT, activeProducers: [] }
  }
  const activeProducers = log.producers().map((producer) => ({
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.lastSequence,
    lastTimestamp: producer.lastTimestampMs,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTxnStartOffset: producer.currentTransactionFirstOffset,
  }))
  return { partitionIndex, errorCode: ErrorCode.NONE, errorMessage: null, activeProducers }
}

import {
  AddPartitionsToTxn,
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnRequestAddPartitionsToTxnTransaction as Transaction,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult as TopicResult,
  ErrorCode,
} from '@pafka/protocol'

import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'
import { fencedAs } from './transaction-errors.ts'

/** From here on a request asks for any number of transactions, or only whether they run. */
const BATCH_VERSION = 4

/** Version 2 knows PRODUCER_FENCED. Source: AddPartitionsToTxnRequest.json. */
export const addPartitionsToTxn: RequestHandler = defineHandler(
  AddPartitionsToTxn,
  [0, 5],
  async (request, broker, { apiVersion }): Promise<AddPartitionsToTxnResponse> => {
    const nothing = { throttleTimeMs: 0, errorCode: ErrorCode.NONE }
    if (apiVersion < BATCH_VERSION) {
      const topics = await added(single(request), broker, apiVersion)
      return { ...nothing, resultsByTransaction: [], resultsByTopicV3AndBelow: topics }
    }
    const resultsByTransaction = await Promise.all(
      request.transactions.map(async (transaction) => ({
        transactionalId: transaction.transactionalId,
        topicResults: await added(transaction, broker, apiVersion),
      })),
    )
    return { ...nothing, resultsByTransaction, resultsByTopicV3AndBelow: [] }
  },
)

function single(request: AddPartitionsToTxnRequest): Transaction {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  }
}

/** All partitions are added, or none. */
async function added(
  transaction: Transaction,
  broker: HandlerContext,
  apiVersion: number,
): Promise<TopicResult[]> {
  const codes = await codesOf(transaction, broker)
  return transaction.topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partition) => ({
      partitionIndex: partition,
      partitionErrorCode: fencedAs(codes({ topic: name, partition }), apiVersion >= 2),
    })),
  }))
}

async function codesOf(
  { transactionalId, verifyOnly, topics, ...claim }: Transaction,
  { topics: catalog, transactions }: HandlerContext,
): Promise<(place: TopicPartition) => ErrorCode> {
  const isThere = ({ topic, partition }: TopicPartition): boolean =>
    catalog.byName(topic)?.partitions[partition] !== undefined
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ topic: name, partition })),
  )
  if (!places.every(isThere)) {
    return (place) =>
      isThere(place) ? ErrorCode.OPERATION_NOT_ATTEMPTED : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  }
  if (!verifyOnly) {
    const asked = { ...claim, partitions: places, clientVersion: 0 }
    const errorCode = await transactions.addPartitions(transactionalId, asked)
    return () => errorCode
  }
  const checked = await transactions.verify(transactionalId, claim, places)
  return ({ topic, partition }) =>
    checked[places.findIndex((one) => one.topic === topic && one.partition === partition)] ??
    ErrorCode.UNKNOWN_SERVER_ERROR
}

import { AddOffsetsToTxn, AddPartitionsToTxn, EndTxn, TxnOffsetCommit } from '@pafka/protocol'

import { defineErrorAnswer, type ErrorAnswer } from './error-answer.ts'

/** On each partition. */
export const addPartitionsToTxnError: ErrorAnswer = defineErrorAnswer(
  AddPartitionsToTxn,
  (request, { errorCode, origin }) => {
    const failed = (topics: typeof request.v3AndBelowTopics) =>
      topics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: errorCode,
        })),
      }))
    const isSingle = origin.apiVersion < 4
    return {
      throttleTimeMs: 0,
      errorCode,
      resultsByTransaction: isSingle
        ? []
        : request.transactions.map(({ transactionalId, topics }) => ({
            transactionalId,
            topicResults: failed(topics),
          })),
      resultsByTopicV3AndBelow: isSingle ? failed(request.v3AndBelowTopics) : [],
    }
  },
)

export const addOffsetsToTxnError: ErrorAnswer = defineErrorAnswer(
  AddOffsetsToTxn,
  (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode }),
)

export const endTxnError: ErrorAnswer = defineErrorAnswer(EndTxn, (_request, { errorCode }) => ({
  throttleTimeMs: 0,
  errorCode,
  producerId: -1,
  producerEpoch: -1,
}))

/** On each partition. */
export const txnOffsetCommitError: ErrorAnswer = defineErrorAnswer(
  TxnOffsetCommit,
  (request, { errorCode }) => {
    if (request.topics.length === 0) return undefined
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    }))
    return { throttleTimeMs: 0, topics }
  },
)

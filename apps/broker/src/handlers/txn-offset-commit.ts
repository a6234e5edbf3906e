import {
  ErrorCode,
  TxnOffsetCommit,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
  ZERO_UUID,
} from '@pafka/protocol'

import type { OffsetToCommit } from '../groups/offset-manager.ts'
import { CommitPlan } from './commit-plan.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** From here on clients know that the coordinator may still be loading. */
const LOADING_VERSION = 2
/** From here on clients know TRANSACTION_ABORTABLE. */
const ABORTABLE_VERSION = 4
/** From here on the commit itself adds its partition to the transaction (KIP-890). */
const ADDING_VERSION = 5

/** Version 3 says which member commits (KIP-447). Source: TxnOffsetCommitRequest.json. */
export const txnOffsetCommit: RequestHandler = defineHandler(
  TxnOffsetCommit,
  [0, 5],
  async (request, broker, origin): Promise<TxnOffsetCommitResponse> => {
    const plan = new CommitPlan()
    for (const topic of request.topics) {
      plan.add({ ...topic, topicId: ZERO_UUID }, broker.topics.byName(topic.name))
    }
    if (plan.offsets.length > 0) {
      const codes = await committed(request, plan.offsets, broker, origin)
      plan.settle(codes.map((code) => code && toClient(code, origin.apiVersion)))
    }
    return { throttleTimeMs: 0, topics: plan.topics }
  },
)

async function committed(
  request: TxnOffsetCommitRequest,
  offsets: readonly OffsetToCommit[],
  broker: HandlerContext,
  { apiVersion }: RequestOrigin,
): Promise<readonly (ErrorCode | undefined)[]> {
  const { groupId, transactionalId, producerId, producerEpoch } = request
  const refuse = (errorCode: ErrorCode): ErrorCode[] => offsets.map(() => errorCode)
  if (groupId === '') return refuse(ErrorCode.INVALID_GROUP_ID)
  const joined = await join(request, broker, apiVersion)
  if (joined !== ErrorCode.NONE) return refuse(joined)
  const commit = {
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    generationId: request.generationId,
    offsets,
    retentionMs: -1,
    knowsGroupNotFound: false,
  }
  const claim = { producerId, producerEpoch }
  return broker.groups.commitInTransaction(groupId, commit, {
    ...claim,
    isInTransaction: () =>
      broker.transactions.isIn(transactionalId, claim, broker.groups.placeOf(groupId)),
  })
}

/** The partition that keeps the group must be in the transaction, for its marker to come there. */
async function join(
  { groupId, transactionalId, producerId, producerEpoch }: TxnOffsetCommitRequest,
  { groups, transactions }: HandlerContext,
  apiVersion: number,
): Promise<ErrorCode> {
  const partitions = [groups.placeOf(groupId)]
  const claim = { producerId, producerEpoch }
  if (apiVersion >= ADDING_VERSION) {
    const isReady = await groups.ensureReady()
    if (isReady !== ErrorCode.NONE) return isReady
    return transactions.addPartitions(transactionalId, { ...claim, partitions, clientVersion: 2 })
  }
  const [errorCode = ErrorCode.UNKNOWN_SERVER_ERROR] = await transactions.verify(
    transactionalId,
    claim,
    partitions,
  )
  return errorCode
}

/** Old clients take what they do not know for fatal. Source: Kafka `AddPartitionsToTxnManager`. */
function toClient(errorCode: ErrorCode, apiVersion: number): ErrorCode {
  switch (errorCode) {
    case ErrorCode.PRODUCER_FENCED: {
      return ErrorCode.INVALID_PRODUCER_EPOCH
    }
    case ErrorCode.TRANSACTION_ABORTABLE: {
      return apiVersion >= ABORTABLE_VERSION ? errorCode : ErrorCode.INVALID_TXN_STATE
    }
    case ErrorCode.CONCURRENT_TRANSACTIONS: {
      return apiVersion >= ADDING_VERSION ? errorCode : ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS: {
      return apiVersion >= LOADING_VERSION ? errorCode : ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
    default: {
      return errorCode
    }
  }
}

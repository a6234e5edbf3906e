import { messageOf } from '@pafka/base'

import {
  ErrorCode,
  InitProducerId,
  type InitProducerIdRequest,
  type InitProducerIdResponse,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'
import { fencedAs } from './transaction-errors.ts'

/** From here on clients know PRODUCER_FENCED. */
const FENCED_VERSION = 4

/** Version 3 says which id the producer had (KIP-360). Source: InitProducerIdRequest.json. */
export const initProducerId: RequestHandler = defineHandler(InitProducerId, [0, 5], answer)

async function answer(
  request: InitProducerIdRequest,
  broker: HandlerContext,
  { apiVersion }: RequestOrigin,
): Promise<InitProducerIdResponse> {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
  if (transactionalId === '' || (producerId === -1) !== (producerEpoch === -1)) {
    return failed(ErrorCode.INVALID_REQUEST)
  }
  if (transactionalId === null) return idempotent(broker)
  const expected = producerId === -1 ? undefined : { producerId, producerEpoch }
  const asked = { timeoutMs: transactionTimeoutMs, expected }
  const { errorCode, ...next } = await broker.transactions.initProducer(transactionalId, asked)
  return { ...failed(fencedAs(errorCode, apiVersion >= FENCED_VERSION)), ...next }
}

async function idempotent({
  producerIds,
  logger,
}: HandlerContext): Promise<InitProducerIdResponse> {
  try {
    // As in Kafka a producer without a transactional id gets a new id whatever it had before.
    return { ...failed(ErrorCode.NONE), producerId: await producerIds.next(), producerEpoch: 0 }
  } catch (error) {
    const cause = messageOf(error)
    logger.error('producer-id-not-reserved', { cause })
    return failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) // clients try again, as with Kafka
  }
}

function failed(errorCode: ErrorCode): InitProducerIdResponse {
  return {
    throttleTimeMs: 0,
    errorCode,
    producerId: -1,
    producerEpoch: -1,
    ongoingTxnProducerId: -1,
    ongoingTxnProducerEpoch: -1,
  }
}
